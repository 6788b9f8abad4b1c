//! The model of a run and the ratings it was trained on, read back from the lake.

use als::{Config, Factors, Index, Model};
use anyhow::{Context, ensure};
use contract::ModelCard;
use histories::{Histories, Ids, Times};
use lakehouse::tables::{GoldMovieFactors, GoldUserFactors, SilverRatings};
use lakehouse::{FactorRows, FactorTable};
use task::{MemoryArgs, Run, read_histories};

use crate::holdout::Holdout;

/// The ratings of exactly the version the model was trained on.
pub(crate) async fn histories(run: &Run, memory: &MemoryArgs, card: &ModelCard) -> anyhow::Result<Histories> {
    let ratings = run.read_at::<SilverRatings>(card.training.ratings_version).await?;
    read_histories(run, memory, &ratings, Times::Drop, card.hyperparameters.rank).await
}

/// The fewest stars of a rating that the model was trained on.
#[allow(clippy::cast_possible_truncation, reason = "stars are exact in 32 bits")]
pub(crate) fn min_rating(card: &ModelCard) -> f32 {
    card.hyperparameters.min_rating as f32
}

/// The ratings split as for the training of the model.
pub(crate) async fn holdout(run: &Run, memory: &MemoryArgs, card: &ModelCard) -> anyhow::Result<Holdout> {
    let share = card.training.holdout;
    let holdout = Holdout::new(histories(run, memory, card).await?, share, min_rating(card));
    ensure!(
        holdout.measured_users() > 0,
        "there is nothing to measure model {:?} with: of its {} users none has a held-out rating; train with \
         --holdout above {share} (each user gives up that share of the ratings, rounded down) under a new run id",
        run.id(),
        holdout.histories().users().len()
    );
    Ok(holdout)
}

/// The model, whose users and movies must be those of the ratings.
pub(crate) async fn model(run: &Run, card: &ModelCard, histories: &Histories) -> anyhow::Result<Model> {
    let users = factors::<GoldUserFactors, _>(run, histories.users()).await?;
    let movies = factors::<GoldMovieFactors, _>(run, histories.movies()).await?;
    Model::from_parts(Config::from(&card.hyperparameters), card.trained_mean(), users, movies)
        .with_context(|| format!("the factors of model {:?} do not fit gold/models", run.id()))
}

async fn factors<T: FactorTable, I: Index>(run: &Run, ids: &Ids<I>) -> anyhow::Result<Factors<I>> {
    let snapshot = run.read::<T>().await?;
    let rows = FactorRows::read(&snapshot).await?;
    ensure!(
        rows.ids == ids.as_slice(),
        "{} of model {:?} holds {} {}s that are not the {} of its ratings: train again under a new run id",
        T::NAME,
        run.id(),
        rows.ids.len(),
        I::NAME,
        ids.len()
    );
    Factors::from_parts(rows.rank, rows.values, rows.biases)
        .with_context(|| format!("cannot use {}", T::NAME))
}
