//! The model of a run and the ratings it was trained on, read back from the lake.

use als::{Config, Factors, Histories, HistoriesBuilder, Ids, Index, Model, Objective, Solver};
use anyhow::{Context, ensure};
use lakehouse::tables::gold_models::ModelRecord;
use lakehouse::tables::{GoldMovieFactors, GoldUserFactors, SilverRatings, silver_ratings};
use lakehouse::{FactorRows, FactorTable, Lake, Version};

use crate::holdout::Holdout;

/// The ratings of exactly the version the model was trained on.
pub(crate) async fn histories(lake: &Lake, record: &ModelRecord) -> anyhow::Result<Histories> {
    let version = Version::try_from(record.ratings_version)
        .with_context(|| format!("gold/models names version {} of silver/ratings", record.ratings_version))?;
    let ratings = lake.at::<SilverRatings>(version).await?;
    let mut builder = HistoriesBuilder::with_capacity(usize::try_from(ratings.rows())?);
    silver_ratings::scan(&ratings, |row| builder.push(row.user_id, row.movie_id, row.rating, row.rated_at))
        .await?;
    Ok(builder.build())
}

/// The fewest stars of a rating that the model was trained on.
#[allow(clippy::cast_possible_truncation, reason = "stars are exact in 32 bits")]
pub(crate) fn min_rating(record: &ModelRecord) -> f32 {
    record.min_rating as f32
}

/// The ratings split as for the training of the model.
pub(crate) async fn holdout(lake: &Lake, record: &ModelRecord) -> anyhow::Result<Holdout> {
    let holdout = Holdout::new(histories(lake, record).await?, record.holdout, min_rating(record));
    ensure!(
        holdout.measured_users() > 0,
        "there is nothing to measure model {:?} with: of its {} users none has a held-out rating; train with \
         --holdout above {} (each user gives up that share of the ratings, rounded down) under a new run id",
        record.model_id,
        holdout.histories().users().len(),
        record.holdout
    );
    Ok(holdout)
}

/// The model, whose users and movies must be those of the ratings.
pub(crate) async fn model(lake: &Lake, record: &ModelRecord, histories: &Histories) -> anyhow::Result<Model> {
    let users = factors::<GoldUserFactors, _>(lake, record, histories.users()).await?;
    let movies = factors::<GoldMovieFactors, _>(lake, record, histories.movies()).await?;
    #[allow(clippy::cast_possible_truncation, reason = "it was widened from 32 bits when it was stored")]
    let global_mean = record.global_mean as f32;
    Model::from_parts(config(record)?, global_mean, users, movies)
        .with_context(|| format!("the factors of model {:?} do not fit gold/models", record.model_id))
}

async fn factors<T: FactorTable, I: Index>(
    lake: &Lake,
    record: &ModelRecord,
    ids: &Ids<I>,
) -> anyhow::Result<Factors<I>> {
    let snapshot = lake.written_by::<T>(&record.model_id).await?;
    let rows = FactorRows::read(&snapshot).await?;
    ensure!(
        rows.ids == ids.as_slice(),
        "{} of model {:?} holds {} {}s that are not the {} of silver/ratings version {}: train again under a new \
         run id",
        T::NAME,
        record.model_id,
        rows.ids.len(),
        I::NAME,
        ids.len(),
        record.ratings_version
    );
    Factors::from_parts(rows.rank, rows.values, rows.biases)
        .with_context(|| format!("cannot use {}", T::NAME))
}

/// The solver's configuration as it was recorded.
pub(crate) fn config(record: &ModelRecord) -> anyhow::Result<Config> {
    let objective = match record.objective.as_str() {
        "explicit" => Objective::Explicit { biases: record.biases },
        _ => Objective::Implicit {
            unobserved_weight: record.unobserved_weight,
            confidence_alpha: record.confidence_alpha,
        },
    };
    let solver = match record.cg_steps {
        Some(steps) => Solver::ConjugateGradient { steps: usize::try_from(steps)? },
        None => Solver::Cholesky,
    };
    Ok(Config {
        objective,
        rank: usize::try_from(record.rank)?,
        iterations: usize::try_from(record.iterations)?,
        regularization: record.regularization,
        regularization_exponent: record.regularization_exponent,
        seed: u64::try_from(record.seed)?,
        solver,
    })
}
