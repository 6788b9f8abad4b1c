//! A small lake with two groups of users who watch different movies.

use clap::Parser;
use contract::ModelCard;
use lakehouse::tables::{
    GoldModels, GoldMovieFactors, GoldUserFactors, SilverRatings, gold_models, silver_ratings,
};
use lakehouse::{FactorRows, FactorTable, Lake, Provenance};
use task::Task;
use train::Train;

/// Users and movies of a group.
const GROUP: i64 = 41;
/// Ratings of a user; the two latest are the holdout.
const RATED: i64 = 12;
const DAY: i64 = 86_400_000_000;

/// What users watched last: the holdout of `train`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Latest {
    Own,
    /// Movies of the other group.
    Other,
}

pub(crate) struct World {
    folder: tempfile::TempDir,
    lake: Lake,
}

/// The factors of both sides.
#[derive(Debug, PartialEq)]
pub(crate) struct Factors {
    pub(crate) users: Vec<f32>,
    pub(crate) movies: Vec<f32>,
}

impl World {
    /// Writes the ratings as every run that will be trained.
    pub(crate) async fn new(latest: Latest, runs: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::open(folder.path().to_str().unwrap()).unwrap();
        for run in runs {
            let mut writer = lake.write::<SilverRatings>(&by(run)).await.unwrap();
            writer.write(&ratings(latest)).await.unwrap();
            writer.commit().await.unwrap();
        }
        Self { folder, lake }
    }

    /// Runs the task as from its command line.
    pub(crate) async fn train(&self, run_id: &str, flags: &[&str]) -> anyhow::Result<task::Report> {
        let lake = self.folder.path().to_str().unwrap();
        let mut arguments = vec!["train", "--lake", lake, "--run-id", run_id];
        if !flags.iter().any(|flag| flag.starts_with("--rank")) {
            arguments.push("--rank=8");
        }
        arguments.extend(flags);
        Train::try_parse_from(arguments)?.run().await
    }

    /// Trains, and gives what was recorded.
    pub(crate) async fn trained(&self, run_id: &str, flags: &[&str]) -> ModelCard {
        self.train(run_id, flags).await.unwrap();
        let models = self.lake.written_by::<GoldModels>(run_id).await.unwrap();
        gold_models::find(&models, run_id).await.unwrap()
    }

    pub(crate) async fn factors(&self, run_id: &str) -> Factors {
        let users = self.side::<GoldUserFactors>(run_id).await;
        Factors { users, movies: self.side::<GoldMovieFactors>(run_id).await }
    }

    async fn side<T: FactorTable>(&self, run_id: &str) -> Vec<f32> {
        let snapshot = self.lake.written_by::<T>(run_id).await.unwrap();
        FactorRows::read(&snapshot).await.unwrap().values
    }
}

fn by(run_id: &str) -> Provenance {
    Provenance { run_id: run_id.to_owned(), task: "test", revision: "abc1234", inputs: String::new() }
}

/// Users like movies of their own group; one in four is of the other group and is not liked.
fn ratings(latest: Latest) -> lakehouse::arrow::array::RecordBatch {
    let mut rows = silver_ratings::Rows::default();
    for user in 0..2 * GROUP {
        let (own, other) = if user < GROUP { (0, GROUP) } else { (GROUP, 0) };
        for turn in 0..RATED {
            let movie = (user * 7 + turn * 3) % GROUP;
            let is_latest = turn >= RATED - 2;
            let strays = if is_latest { latest == Latest::Other } else { (user + turn) % 4 == 0 };
            let movie_id = 1 + movie + if strays { other } else { own };
            let rating = if strays { 3.0 } else { 5.0 };
            rows.push(silver_ratings::Row {
                user_id: user + 1,
                movie_id,
                rating,
                rated_at: (user + 30 * turn) * DAY,
            });
        }
    }
    rows.take().unwrap()
}
