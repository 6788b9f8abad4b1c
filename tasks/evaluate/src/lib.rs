//! Measures a run's model on its holdout, against a popularity baseline, and decides whether it may be published.
//!
//! The figures are committed to `gold/evaluations` first, whatever they are; the quality gate is then decided from
//! what stands there. So a closed gate can be looked into, and a retry of it comes to the same end.
//!
//! Who is measured on what: every user who has held-out ratings, whatever their stars, on the full ranking of all
//! movies that somebody rated in training, without those the user rated in training. A user of whom the model knows
//! nothing gets what `recommend` would serve: the popular movies.
//!
//! `--protocol` measures by the rules of published papers instead: see the module `protocol`.

mod arguments;
mod baseline;
mod figures;
mod gate;
mod holdout;
mod measure;
mod metrics;
mod protocol;
mod published;
mod trained;
mod write;

use als::{Model, Ratings, UserIdx};
use contract::{Figure, Yardstick, figure::USERS, gate as decision};
use lakehouse::tables::{GoldEvaluations, GoldModels, gold_evaluations, gold_models};
use lakehouse::{Table, TableSpec, UntypedWriter};
use rayon::prelude::*;
use task::{CommonArgs, GateClosed, Report, Run, Step, WrongUsage};

pub use crate::arguments::Evaluate;
use crate::baseline::Baseline;
use crate::gate::Standing;
use crate::holdout::{Holdout, users_of};

impl Step for Evaluate {
    const NAME: &'static str = "evaluate";
    const INPUT: Option<&'static TableSpec> = Some(GoldModels::SPEC);
    const OUTPUTS: &'static [&'static TableSpec] = &[GoldEvaluations::SPEC];

    fn common(&self) -> &CommonArgs {
        &self.common
    }

    fn is_step(&self) -> bool {
        !self.is_by_published_protocol()
    }

    fn check(&self) -> Result<(), WrongUsage> {
        self.published_protocol().map(drop)
    }

    async fn before(&self, run: &Run) -> anyhow::Result<Option<Report>> {
        match self.published_protocol()? {
            Some(protocol) => protocol::run(run, &self.memory, protocol).await.map(Some),
            None => Ok(None),
        }
    }

    /// Measures model and baseline.
    async fn work(&self, run: &Run) -> anyhow::Result<Option<Vec<UntypedWriter>>> {
        let card = gold_models::of_run(run.lake(), run.id()).await?;
        let objective = card.hyperparameters.objective;
        let yardstick = Yardstick::of(objective);
        let holdout = trained::holdout(run, &self.memory, &card).await?;
        let model = trained::model(run, &card, holdout.histories()).await?;
        let mut figures = measure(&holdout, &model, yardstick)?;

        let compared = published::compared(run, objective).await?;
        if let Some(compared) = &compared {
            tracing::info!(
                model = compared.run_id,
                value = compared.value,
                "compared with the published model"
            );
            figures.push(Figure::of_model(yardstick.compared_metric(), yardstick.k(), compared.value));
        }
        let open = Standing::of(yardstick, &figures, self.max_regression)?.decide().is_ok();
        figures.push(decision::decision(open));
        Ok(Some(vec![write::figures(run, &figures, compared).await?.untyped()]))
    }

    /// Reports the committed figures, and decides from them.
    async fn describe(&self, run: &Run, mut report: Report) -> anyhow::Result<Report> {
        let card = gold_models::of_run(run.lake(), run.id()).await?;
        let figures = gold_evaluations::of_run(run.lake(), run.id()).await?;
        for figure in &figures {
            figures::add(&mut report, figure);
        }
        let yardstick = Yardstick::of(card.hyperparameters.objective);
        let standing = Standing::of(yardstick, &figures, self.max_regression)?;
        tracing::info!(?standing, "measured");
        // The committed figure, which `recommend` goes by, and not a --max-regression that a retry was given.
        let open = decision::is_open(&figures);
        let reason = match standing.decide() {
            _ if open => return Ok(report),
            Err(closed) => standing.explain(closed),
            Ok(()) => "this run was evaluated with a lower --max-regression: start a new run".to_owned(),
        };
        Err(GateClosed::new(reason, report).into())
    }
}

/// All figures of the model and of its baseline.
fn measure(holdout: &Holdout, model: &Model, yardstick: Yardstick) -> anyhow::Result<Vec<Figure>> {
    let seen = holdout.seen()?;
    let baseline = Baseline::new(&seen);
    let users = holdout.measured_users();
    tracing::info!(users, movies = seen.movies(), ratings = seen.len(), "measuring");

    let mut figures = vec![Figure::of_model(USERS, None, metrics::count(users))];
    figures.extend(rank_by_model(holdout, &seen, model, &baseline)?);
    figures.extend(rank_by_popularity(holdout, &seen, &baseline)?);
    if yardstick == Yardstick::Rmse {
        let by_model = |user, movie| f64::from(model.score(user, movie));
        figures.extend(measure::rating_errors(holdout, false, by_model));
        figures.extend(measure::rating_errors(holdout, true, |_, movie| baseline.prediction(movie)));
    }
    Ok(figures)
}

fn rank_by_model(
    holdout: &Holdout,
    seen: &Ratings,
    model: &Model,
    baseline: &Baseline,
) -> anyhow::Result<Vec<Figure>> {
    let ranker = als::BlockRanker::new(model, seen)?;
    let figures = measure::ranking(holdout, seen, false, |block| {
        let lists = ranker.top_n(block.clone(), measure::LONGEST)?;
        let served = users_of(block).zip(lists).map(|(user, list)| {
            if holdout.is_known(user) {
                list.into_iter().map(|scored| scored.movie).collect()
            } else {
                baseline.list(seen.by_user().row(user).0, measure::LONGEST)
            }
        });
        Ok(served.collect())
    })?;
    Ok(figures)
}

fn rank_by_popularity(holdout: &Holdout, seen: &Ratings, baseline: &Baseline) -> anyhow::Result<Vec<Figure>> {
    let figures = measure::ranking(holdout, seen, true, |block| {
        let list = |user| baseline.list(seen.by_user().row(UserIdx(user)).0, measure::LONGEST);
        Ok((block.start.0..block.end.0).into_par_iter().map(list).collect())
    })?;
    Ok(figures)
}
