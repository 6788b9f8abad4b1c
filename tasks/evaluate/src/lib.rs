//! Measures the model of a run on its holdout, beside a popularity baseline, and decides whether it may be published.
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
use contract::{Figure, ModelCard, Yardstick, figure::USERS, gate as decision};
use lakehouse::tables::{GoldEvaluations, GoldModels, gold_evaluations::figures_of, gold_models};
use lakehouse::{Committed, Lake, Provenance};
use rayon::prelude::*;
use task::{CommonArgs, GateClosed, Report, Task, Written};

pub use crate::arguments::Evaluate;
use crate::baseline::Baseline;
use crate::gate::Standing;
use crate::holdout::{Holdout, users_of};

impl Task for Evaluate {
    const NAME: &'static str = "evaluate";

    fn common(&self) -> &CommonArgs {
        &self.common
    }

    fn is_step(&self) -> bool {
        !self.is_by_published_protocol()
    }

    async fn run(self) -> anyhow::Result<Report> {
        let protocol = self.published_protocol()?;
        let lake = Lake::open(&self.common.lake)?;
        let run_id = lake.resolve_run::<GoldModels>(self.common.run_id()?).await?;
        task::log_run(&run_id);
        let by = Provenance { run_id, task: Self::NAME, revision: task::REVISION, inputs: String::new() };
        let models = lake.written_by::<GoldModels>(&by.run_id).await?;
        let card = gold_models::find(&models, &by.run_id).await?;
        if let Some(protocol) = protocol {
            return protocol::run(&lake, &by.run_id, &card, protocol).await;
        }
        let committed = match lake.committed::<GoldEvaluations>(&by.run_id).await? {
            Some(committed) => committed,
            None => self.evaluate(&lake, &by, &card).await?,
        };
        self.decide(&lake, &by.run_id, &card, committed).await
    }
}

impl Evaluate {
    /// Measures model and baseline and commits the figures.
    async fn evaluate(&self, lake: &Lake, by: &Provenance, card: &ModelCard) -> anyhow::Result<Committed> {
        let objective = card.hyperparameters.objective;
        let yardstick = Yardstick::of(objective);
        let holdout = trained::holdout(lake, &by.run_id, card).await?;
        let model = trained::model(lake, &by.run_id, card, holdout.histories()).await?;
        let mut figures = measure(&holdout, &model, yardstick)?;

        let compared = published::compared(lake, &by.run_id, objective).await?;
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
        Ok(write::commit(lake, by, &figures, compared).await?)
    }

    /// Reports the committed figures, and decides from them.
    async fn decide(
        &self,
        lake: &Lake,
        run_id: &str,
        card: &ModelCard,
        committed: Committed,
    ) -> anyhow::Result<Report> {
        let evaluations = lake.at::<GoldEvaluations>(committed.version).await?;
        let figures = figures_of(&evaluations, run_id).await?;
        let mut report = Report::of_run(run_id);
        add(&mut report, committed);
        for figure in &figures {
            figures::add(&mut report, figure);
        }
        let standing =
            Standing::of(Yardstick::of(card.hyperparameters.objective), &figures, self.max_regression)?;
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
        figures.extend(measure::rating_errors(holdout, false, |user, event| {
            f64::from(model.score(user, event.movie))
        }));
        figures.extend(measure::rating_errors(holdout, true, |_, event| baseline.prediction(event.movie)));
    }
    Ok(figures)
}

fn rank_by_model(
    holdout: &Holdout,
    seen: &Ratings,
    model: &Model,
    baseline: &Baseline,
) -> anyhow::Result<Vec<Figure>> {
    let recommender = als::Recommender::new(model, seen, None)?;
    let figures = measure::ranking(holdout, seen, false, |block| {
        let lists = recommender.top_n(block.clone(), measure::LONGEST)?;
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

fn add(report: &mut Report, committed: Committed) {
    let Committed { table, version, rows, size, already } = committed;
    report.table(Written { table, version, rows, files: size.files, bytes: size.bytes, already });
}
