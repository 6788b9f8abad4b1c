//! A small lake with two groups of users who watch different movies.

use std::ops::ControlFlow;

use als::{Config, Factors, Index, Model, TrainingSet};
use clap::Parser;
use contract::{Figure, Hyperparameters, ModelCard, ModelKind, Served, Training};
use evaluate::Evaluate;
use histories::{Histories, Times};
use lakehouse::tables::gold_evaluations::figures_of;
use lakehouse::tables::{GoldEvaluations, GoldModels, GoldMovieFactors, GoldPublished, GoldUserFactors};
use lakehouse::tables::{SilverRatings, gold_evaluations, gold_models, gold_published, silver_ratings};
use lakehouse::{FactorRows, Lake, Provenance, Table};
use task::Task;

/// Users and movies of a group.
pub(crate) const GROUP: i64 = 20;
/// Ratings of a user in the own group, all liked.
const RATED: i64 = 10;
const HOLDOUT: f64 = 0.2;

pub(crate) struct World {
    folder: tempfile::TempDir,
    pub(crate) lake: Lake,
}

pub(crate) fn by(run_id: &str) -> Provenance {
    Provenance { run_id: run_id.to_owned(), task: "test", revision: "abc1234", inputs: String::new() }
}

fn is_explicit(objective: &str) -> bool {
    objective == "explicit"
}

/// (user, movie, stars, time): users 1 to 20 like movies 1 to 20, the others movies 21 to 40; for explicit, everybody
/// also dislikes some movies of the other group.
fn ratings(objective: &str) -> Vec<(i64, i64, f32, i64)> {
    let mut ratings = Vec::new();
    for user in 0..2 * GROUP {
        let (own, other) = if user < GROUP { (0, GROUP) } else { (GROUP, 0) };
        for turn in 0..RATED {
            let movie = 1 + (user * 7 + turn * 3) % GROUP;
            ratings.push((user + 1, own + movie, 5.0, 2 * turn));
            if is_explicit(objective) {
                ratings.push((user + 1, other + movie, 1.0, 2 * turn + 1));
            }
        }
    }
    ratings
}

fn histories(objective: &str) -> Histories {
    Histories::collect(Times::Drop, ratings(objective)).unwrap()
}

fn hyperparameters(objective: &str) -> Hyperparameters {
    let objective =
        if is_explicit(objective) { contract::Objective::Explicit } else { contract::Objective::Implicit };
    Hyperparameters {
        rank: 4,
        iterations: 10,
        regularization: 0.02,
        regularization_exponent: 1.0,
        min_rating: 0.0,
        seed: 1,
        ..Hyperparameters::usual(objective)
    }
}

/// The model that `train` would have made.
pub(crate) fn fitted(objective: &str) -> Model {
    let ratings = histories(objective).training(HOLDOUT, 0.0).unwrap();
    let set = TrainingSet::new(&ratings, None).unwrap();
    als::fit(&set, &Config::from(&hyperparameters(objective)), &mut |_| ControlFlow::Continue(())).unwrap()
}

/// A model of users who like what they in truth do not.
pub(crate) fn mistaken(objective: &str) -> Model {
    let fitted = fitted(objective);
    let (config, mean) = (*fitted.config(), fitted.global_mean());
    let (users, movies) = fitted.into_factors();
    let (rank, biases) = (users.rank(), users.biases().to_vec());
    let opposite = users.values().iter().map(|value| -value).collect();
    Model::from_parts(config, mean, Factors::from_parts(rank, opposite, biases).unwrap(), movies).unwrap()
}

impl World {
    /// A lake with nothing in it.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::open(folder.path().to_str().unwrap()).unwrap();
        Self { folder, lake }
    }

    /// Writes ratings and a model as the run that trained it.
    pub(crate) async fn train(&self, run_id: &str, objective: &str, model: Model) {
        self.train_with(run_id, objective, model, |_| ()).await;
    }

    pub(crate) async fn train_with(
        &self,
        run_id: &str,
        objective: &str,
        model: Model,
        change: impl FnOnce(&mut ModelCard),
    ) {
        let ratings = self.rate(run_id, &ratings(objective)).await;
        let mut card = card(objective, &model, ratings);
        change(&mut card);
        self.record(run_id, &card).await;

        let histories = histories(objective);
        let (users, movies) = model.into_factors();
        let users = factor_rows(histories.users().as_slice(), users);
        let users = users.write::<GoldUserFactors>(&self.lake, &by(run_id)).await.unwrap();
        let movies = factor_rows(histories.movies().as_slice(), movies);
        let movies = movies.write::<GoldMovieFactors>(&self.lake, &by(run_id)).await.unwrap();
        users.commit().await.unwrap();
        movies.commit().await.unwrap();
    }

    /// Writes ratings and gives the version of `silver/ratings`.
    async fn rate(&self, run_id: &str, ratings: &[(i64, i64, f32, i64)]) -> u64 {
        let mut rows = silver_ratings::Rows::default();
        for &(user_id, movie_id, rating, rated_at) in ratings {
            rows.push(silver_ratings::Row { user_id, movie_id, rating, rated_at });
        }
        self.commit::<SilverRatings>(run_id, rows.take().unwrap()).await
    }

    /// Writes all implicit ratings but those of one movie and gives the version of `silver/ratings`.
    pub(crate) async fn rate_all_but(&self, movie_id: i64) -> u64 {
        let mut ratings = ratings("implicit");
        ratings.retain(|rating| rating.1 != movie_id);
        self.rate("others", &ratings).await
    }

    /// Makes a model of a run live that was evaluated with this figure.
    pub(crate) async fn publish(&self, run_id: &str, objective: &str, figure: (&str, Option<i32>, f64)) {
        self.record(run_id, &card(objective, &fitted(objective), 1)).await;
        let mut rows = gold_evaluations::Rows::default();
        let (metric, k, value) = figure;
        rows.push(gold_evaluations::Row { model_id: run_id, baseline: false, metric, k, value });
        self.commit::<GoldEvaluations>(run_id, rows.take().unwrap()).await;
        self.publish_again(run_id, "publish", 1).await;
    }

    /// Adds a row to `gold/published`.
    pub(crate) async fn publish_again(&self, model_id: &str, run_id: &str, published_at: i64) {
        let mut rows = gold_published::Rows::default();
        rows.push(gold_published::Row { model_id, version: 1, published_at });
        self.commit::<GoldPublished>(run_id, rows.take().unwrap()).await;
    }

    async fn record(&self, run_id: &str, card: &ModelCard) {
        self.commit::<GoldModels>(run_id, gold_models::row(run_id, card).unwrap()).await;
    }

    async fn commit<T: Table>(&self, run_id: &str, batch: lakehouse::arrow::array::RecordBatch) -> u64 {
        let mut writer = self.lake.write::<T>(&by(run_id)).await.unwrap();
        writer.write(&batch).await.unwrap();
        writer.commit().await.unwrap().version
    }

    /// Runs the task as from its command line.
    pub(crate) async fn evaluate(&self, run_id: &str, flags: &[&str]) -> anyhow::Result<task::Report> {
        let lake = self.folder.path().to_str().unwrap();
        let common = ["evaluate", "--lake", lake, "--run-id", run_id];
        Evaluate::try_parse_from(common.iter().chain(flags))?.run().await
    }

    /// The figures that a run has committed, and the version of the table.
    pub(crate) async fn figures(&self, run_id: &str) -> (Vec<Figure>, u64) {
        let evaluations = self.lake.newest::<GoldEvaluations>().await.unwrap().unwrap();
        (figures_of(&evaluations, run_id).await.unwrap(), evaluations.version())
    }
}

fn factor_rows<I: Index>(ids: &[i64], factors: Factors<I>) -> FactorRows {
    let rank = factors.rank();
    let (values, biases) = factors.into_parts();
    FactorRows { ids: ids.to_vec(), rank, values, biases }
}

fn card(objective: &str, model: &Model, ratings_version: u64) -> ModelCard {
    let global_mean = f64::from(model.global_mean());
    ModelCard {
        model: ModelKind::Als,
        hyperparameters: hyperparameters(objective),
        training: Training { holdout: HOLDOUT, global_mean, ratings_version, ..Training::default() },
        served: Served::default(),
    }
}
