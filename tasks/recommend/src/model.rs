//! The model as it is served: refreshed on the full history.

use std::ops::ControlFlow;

use als::{Index, Model, MovieIdx, Ratings};
use contract::Hyperparameters;
use histories::Histories;
use lakehouse::FactorRows;
use lakehouse::tables::GoldMovieFactors;
use task::Run;

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
    run: &Run,
    made_by: &Hyperparameters,
    histories: &Histories,
    iterations: usize,
) -> anyhow::Result<Served> {
    let trained = run.read::<GoldMovieFactors>().await?;
    let trained = FactorRows::read(&trained).await?;
    let previous_of = places(&trained.ids, histories);
    let previous = als::Factors::from_parts(trained.rank, trained.values, trained.biases)?;

    let (learnt, config) = histories.training_of(made_by, 0.0)?;
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
