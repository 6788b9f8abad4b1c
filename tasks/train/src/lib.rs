//! Trains the ALS model on the silver ratings.

mod arguments;

use std::ops::ControlFlow;
use std::time::Instant;

use als::{Config, Histories, HistoriesBuilder, Index, Model, Objective, Ratings};
use anyhow::{Context, ensure};
use lakehouse::tables::{
    GoldModels, GoldMovieFactors, GoldUserFactors, SilverRatings, gold_models, silver_ratings,
};
use lakehouse::{Committed, FactorRows, Lake, Provenance, Snapshot};
use task::{CommonArgs, Report, Task};

pub use crate::arguments::Train;

impl Task for Train {
    const NAME: &'static str = "train";

    fn common(&self) -> &CommonArgs {
        &self.common
    }

    async fn run(self) -> anyhow::Result<Report> {
        let lake = Lake::open(&self.common.lake)?;
        let run_id = lake.resolve_run::<SilverRatings>(self.common.run_id()?).await?;
        let inputs = self.inputs();
        let by = Provenance { run_id, task: Self::NAME, revision: task::REVISION, inputs };
        if let Some(report) = already_done(&lake, &by.run_id).await? {
            return Ok(report);
        }
        let ratings = lake.written_by::<SilverRatings>(&by.run_id).await?;
        let histories = read(&ratings).await?;
        let trained = self.train(&histories)?;
        write(&lake, &by, &self, &ratings, &histories, trained).await
    }
}

async fn already_done(lake: &Lake, run_id: &str) -> anyhow::Result<Option<Report>> {
    let mut report = Report::of_run(run_id);
    for committed in [
        lake.committed::<GoldUserFactors>(run_id).await?,
        lake.committed::<GoldMovieFactors>(run_id).await?,
        lake.committed::<GoldModels>(run_id).await?,
    ] {
        let Some(committed) = committed else { return Ok(None) };
        add(&mut report, committed);
    }
    Ok(Some(report))
}

fn add(report: &mut Report, committed: Committed) {
    report.table(committed.table, committed.version, committed.rows, committed.already);
}

async fn read(ratings: &Snapshot<SilverRatings>) -> anyhow::Result<Histories> {
    let mut builder = HistoriesBuilder::with_capacity(usize::try_from(ratings.rows())?);
    silver_ratings::scan(ratings, |row| builder.push(row.user_id, row.movie_id, row.rating, row.rated_at))
        .await?;
    Ok(builder.build())
}

/// A model and how its training went.
struct Trained {
    model: Model,
    ratings: usize,
    seconds: f64,
    loss: f64,
}

impl Train {
    fn train(&self, histories: &Histories) -> anyhow::Result<Trained> {
        #[allow(clippy::cast_possible_truncation, reason = "stars are exact in 32 bits")]
        let ratings = histories.training(self.holdout, self.min_rating() as f32)?;
        ensure!(
            !ratings.is_empty(),
            "none of the {} ratings is left to train on: lower --min-rating ({}) or --holdout ({})",
            histories.len(),
            self.min_rating(),
            self.holdout
        );
        let config = self.config();
        tracing::info!(
            users = ratings.users(),
            movies = ratings.movies(),
            ratings = ratings.len(),
            ?config,
            "training"
        );
        fit(&ratings, &config)
    }
}

fn fit(ratings: &Ratings, config: &Config) -> anyhow::Result<Trained> {
    let started = Instant::now();
    let progress = task::Progress::items("train", Some(config.iterations as u64));
    let mut loss = f64::NAN;
    let model = als::fit(ratings, config, &mut |iteration| {
        tracing::info!(
            iteration = iteration.number,
            loss = iteration.loss,
            seconds = iteration.seconds,
            "iterated"
        );
        progress.add(1);
        loss = iteration.loss;
        ControlFlow::Continue(())
    })?;
    Ok(Trained { model, ratings: ratings.len(), seconds: started.elapsed().as_secs_f64(), loss })
}

async fn write(
    lake: &Lake,
    by: &Provenance,
    train: &Train,
    ratings: &Snapshot<SilverRatings>,
    histories: &Histories,
    trained: Trained,
) -> anyhow::Result<Report> {
    let record = record(train, by, ratings.version(), &trained)?;
    let mut report = Report::of_run(&by.run_id);
    report.metric("training_seconds", trained.seconds);
    report.metric("final_loss", trained.loss);

    let (users, movies) = trained.model.into_factors();
    let users = rows(histories.users().as_slice(), users).write::<GoldUserFactors>(lake, by).await?;
    let movies = rows(histories.movies().as_slice(), movies).write::<GoldMovieFactors>(lake, by).await?;
    let mut models = gold_models::Rows::default();
    models.push(record.row());
    let mut writer = lake.write::<GoldModels>(by).await?;
    writer.write(&models.take()?).await?;

    // The record comes last: a model that is recorded is whole.
    add(&mut report, users.commit().await?);
    add(&mut report, movies.commit().await?);
    add(&mut report, writer.commit().await?);
    Ok(report)
}

fn rows<I: Index>(ids: &[i64], factors: als::Factors<I>) -> FactorRows {
    let rank = factors.rank();
    let (values, biases) = factors.into_parts();
    FactorRows { ids: ids.to_vec(), rank, values, biases }
}

fn record(
    train: &Train,
    by: &Provenance,
    ratings_version: lakehouse::Version,
    trained: &Trained,
) -> anyhow::Result<gold_models::ModelRecord> {
    let config = trained.model.config();
    let (objective, unobserved_weight, confidence_alpha, biases) = match config.objective {
        Objective::Implicit { unobserved_weight, confidence_alpha } => {
            ("implicit", unobserved_weight, confidence_alpha, false)
        }
        Objective::Explicit { biases } => ("explicit", 0.0, 0.0, biases),
    };
    Ok(gold_models::ModelRecord {
        model_id: by.run_id.clone(),
        objective: objective.to_owned(),
        rank: i32::try_from(config.rank)?,
        iterations: i32::try_from(config.iterations)?,
        regularization: config.regularization,
        regularization_exponent: config.regularization_exponent,
        unobserved_weight,
        confidence_alpha,
        biases,
        min_rating: train.min_rating(),
        holdout: train.holdout,
        seed: i64::try_from(config.seed)?,
        global_mean: f64::from(trained.model.global_mean()),
        ratings_version: i64::try_from(ratings_version).context("the version of silver/ratings")?,
        training_ratings: i64::try_from(trained.ratings)?,
        training_seconds: trained.seconds,
        final_loss: trained.loss,
    })
}
