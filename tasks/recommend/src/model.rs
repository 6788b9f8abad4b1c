//! The model as it is served: refreshed on the full history.

use std::ops::ControlFlow;

use als::{Index, Model, MovieIdx, Ratings, TrainingSet, UserIdx};
use contract::Hyperparameters;
use histories::{Histories, Ids};
use lakehouse::FactorRows;
use lakehouse::tables::GoldMovieFactors;
use task::Run;

/// The model, and for whom and what it is.
pub(crate) struct Served {
    pub(crate) model: Model,
    pub(crate) users: Ids<UserIdx>,
    pub(crate) movies: Ids<MovieIdx>,
    /// Everything that users have rated: never recommended to them.
    pub(crate) seen: Ratings,
    /// Of which users the model has learnt anything.
    has_learnt: Vec<bool>,
}

/// Refreshes the run's model by `iterations` on the full history.
pub(crate) async fn refresh(
    run: &Run,
    made_by: &Hyperparameters,
    histories: Histories,
    iterations: usize,
) -> anyhow::Result<Served> {
    let trained = run.read::<GoldMovieFactors>().await?;
    let trained = FactorRows::read(&trained).await?;
    let previous_of = places(&trained.ids, histories.movies());
    let previous = als::Factors::from_parts(trained.rank, trained.values, trained.biases)?;

    let (learnt, config) = histories.training_of(made_by, 0.0)?;
    let set = TrainingSet::new(&learnt, made_by.chunks)?;
    let progress = task::Progress::items("refresh", Some(iterations as u64));
    let model = als::refresh(&set, &config, &previous, &previous_of, iterations, &mut |iteration| {
        tracing::info!(
            iteration = iteration.number,
            loss = iteration.loss,
            seconds = iteration.seconds,
            "refreshed"
        );
        progress.add(1);
        ControlFlow::Continue(())
    })?;
    drop(set);
    let is_known = |user| !learnt.by_user().row(user).0.is_empty();
    let has_learnt = (0..).map(UserIdx).take(learnt.users()).map(is_known).collect();
    // Before the histories become what was seen: there are never both.
    drop(learnt);
    let (users, movies, seen) = histories.into_ratings()?;
    Ok(Served { model, users, movies, seen, has_learnt })
}

/// For each movie its row among the trained factors.
fn places(trained: &[i64], movies: &Ids<MovieIdx>) -> Vec<Option<MovieIdx>> {
    let mut places = vec![None; movies.len()];
    for (row, id) in (0..).map(MovieIdx).zip(trained) {
        if let Some(movie) = movies.index(*id) {
            places[movie.position()] = Some(row);
        }
    }
    places
}

impl Served {
    /// Whether the model has learnt anything of a user.
    pub(crate) fn knows(&self, user: UserIdx) -> bool {
        self.has_learnt[user.position()]
    }

    /// The factors by outside id, users first.
    pub(crate) fn into_rows(self) -> (FactorRows, FactorRows) {
        let (users, movies) = self.model.into_factors();
        (rows(self.users.as_slice(), users), rows(self.movies.as_slice(), movies))
    }
}

fn rows<I: Index>(ids: &[i64], factors: als::Factors<I>) -> FactorRows {
    let rank = factors.rank();
    let (values, biases) = factors.into_parts();
    FactorRows { ids: ids.to_vec(), rank, values, biases }
}
