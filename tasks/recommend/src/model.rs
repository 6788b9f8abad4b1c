//! The model as it is served: refreshed on the full history.

use std::ops::ControlFlow;

use als::{Config, Histories, Index, Model, MovieIdx, Objective, Ratings, Solver};
use anyhow::{Context, bail};
use lakehouse::tables::{GoldMovieFactors, gold_models::ModelRecord};
use lakehouse::{FactorRows, Lake};

/// The model and what it was refreshed on.
pub(crate) struct Served {
    pub(crate) model: Model,
    /// What the model learnt from.
    pub(crate) learnt: Ratings,
    /// Everything that users have rated: never recommended to them.
    pub(crate) seen: Ratings,
}

/// Refreshes the run's model by `iterations` on the full history.
pub(crate) async fn refresh(
    lake: &Lake,
    record: &ModelRecord,
    histories: &Histories,
    iterations: usize,
) -> anyhow::Result<Served> {
    let trained = lake.written_by::<GoldMovieFactors>(&record.model_id).await?;
    let trained = FactorRows::read(&trained).await?;
    let previous_of = places(&trained.ids, histories);
    let previous = als::Factors::from_parts(trained.rank, trained.values, trained.biases)?;

    #[allow(clippy::cast_possible_truncation, reason = "stars are exact in 32 bits")]
    let min_rating = record.min_rating as f32;
    let (learnt, config) =
        histories.training_for(&config(record)?, 0.0, min_rating, record.half_life_days)?;
    let seen = histories.training(0.0, 0.0)?;
    let progress = task::Progress::items("refresh", Some(iterations as u64));
    let model = als::refresh(&learnt, &config, &previous, &previous_of, iterations, &mut |iteration| {
        tracing::info!(
            iteration = iteration.number,
            loss = iteration.loss,
            seconds = iteration.seconds,
            "refreshed"
        );
        progress.add(1);
        ControlFlow::Continue(())
    })?;
    Ok(Served { model, learnt, seen })
}

/// For each movie of the histories its row among the trained factors.
fn places(trained: &[i64], histories: &Histories) -> Vec<Option<MovieIdx>> {
    let mut places = vec![None; histories.movies().len()];
    for (row, id) in (0..).map(MovieIdx).zip(trained) {
        if let Some(movie) = histories.movies().index(*id) {
            places[movie.position()] = Some(row);
        }
    }
    places
}

/// The configuration that the model was trained with.
fn config(record: &ModelRecord) -> anyhow::Result<Config> {
    let objective = match record.objective.as_str() {
        "implicit" => Objective::Implicit {
            unobserved_weight: record.unobserved_weight,
            confidence_alpha: record.confidence_alpha,
        },
        "explicit" => Objective::Explicit { biases: record.biases },
        other => bail!(
            "gold/models has the objective {other:?} for run {:?}: expected implicit or explicit",
            record.model_id
        ),
    };
    let recorded = |what| format!("gold/models has an impossible {what} for run {:?}", record.model_id);
    let solver = match record.cg_steps {
        Some(steps) => {
            let steps = usize::try_from(steps).with_context(|| recorded("number of solver steps"))?;
            Solver::ConjugateGradient { steps }
        }
        None => Solver::Cholesky,
    };
    Ok(Config {
        objective,
        rank: usize::try_from(record.rank).with_context(|| recorded("rank"))?,
        iterations: usize::try_from(record.iterations).with_context(|| recorded("number of iterations"))?,
        regularization: record.regularization,
        regularization_exponent: record.regularization_exponent,
        seed: u64::try_from(record.seed).with_context(|| recorded("seed"))?,
        solver,
    })
}

impl Served {
    /// The factors by outside id, users first.
    pub(crate) fn into_rows(self, histories: &Histories) -> (FactorRows, FactorRows) {
        let (users, movies) = self.model.into_factors();
        (rows(histories.users().as_slice(), users), rows(histories.movies().as_slice(), movies))
    }
}

fn rows<I: Index>(ids: &[i64], factors: als::Factors<I>) -> FactorRows {
    let rank = factors.rank();
    let (values, biases) = factors.into_parts();
    FactorRows { ids: ids.to_vec(), rank, values, biases }
}
