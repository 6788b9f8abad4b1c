//! Facts about tables from before their contract grew, wherever the lake lies.

#![allow(clippy::unwrap_used, reason = "a panic is a test's failure message")]

#[allow(dead_code, reason = "other facts need the rest")]
mod ground;

use std::sync::Arc;

use contract::{Hyperparameters, ModelCard, ModelKind, Objective, Served, Solver, Training, Yardstick};
use lakehouse::arrow::array::{RecordBatch, StringArray};
use lakehouse::tables::GoldModels;
use lakehouse::tables::gold_models::{self, FINAL_LOSS};
use lakehouse::{Lake, LakehouseError, Provenance, Table, TableSpec};

use ground::lake;

/// `gold/models` when it had this many columns.
#[derive(Debug)]
struct Earlier<const COLUMNS: usize>;

/// Up to the final loss, before there was a choice of solvers.
type BeforeSolvers = Earlier<17>;

impl<const COLUMNS: usize> Table for Earlier<COLUMNS> {
    const SPEC: &'static TableSpec =
        &TableSpec { columns: GoldModels::SPEC.columns.split_at(COLUMNS).0, ..*GoldModels::SPEC };
    type Rows = ();
}

fn by(run_id: &str) -> Provenance {
    Provenance { run_id: run_id.to_owned(), task: "test", revision: "abc1234", inputs: String::new() }
}

/// A tenth and a third have no exact form: their last bits must survive, too.
fn card() -> ModelCard {
    ModelCard {
        model: ModelKind::Als,
        hyperparameters: Hyperparameters {
            regularization: 0.1 / 3.0,
            solver: Solver::Cg,
            cg_steps: Some(3),
            half_life_days: Some(30.0),
            ..Hyperparameters::usual(Objective::Implicit)
        },
        training: Training {
            holdout: 0.2,
            global_mean: 0.0,
            ratings_version: 1,
            training_ratings: 100,
            training_seconds: 1.5,
            final_loss: 1e10 / 3.0,
            tuned_trials: Some(8),
            validation_metric: Some(Yardstick::Ndcg),
            validation_value: Some(0.1 + 0.2),
        },
        served: Served::default(),
    }
}

fn batch(run_id: &str) -> RecordBatch {
    gold_models::row(run_id, &card()).unwrap()
}

async fn write<T: Table>(lake: &Lake, run_id: &str) -> Result<u64, LakehouseError> {
    let columns: Vec<_> = (0..T::columns().len()).collect();
    let mut writer = lake.write::<T>(&by(run_id)).await?;
    writer.write(&batch(run_id).project(&columns).unwrap()).await?;
    Ok(writer.commit().await?.version)
}

async fn find(lake: &Lake, run_id: &str) -> ModelCard {
    let newest = lake.newest::<GoldModels>().await.unwrap().unwrap();
    let found = gold_models::find(&newest, run_id).await.unwrap();
    let pinned = lake.written_by::<GoldModels>(run_id).await.unwrap();
    assert_eq!(gold_models::find(&pinned, run_id).await.unwrap(), found);
    found
}

fn without_new_columns() -> ModelCard {
    let ModelCard { model, hyperparameters, training, served } = card();
    let hyperparameters =
        Hyperparameters { solver: Solver::Cholesky, cg_steps: None, half_life_days: None, ..hyperparameters };
    let (tuned_trials, validation_metric, validation_value) = (None, None, None);
    let training = Training { tuned_trials, validation_metric, validation_value, ..training };
    ModelCard { model, hyperparameters, training, served }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_from_before_is_read_as_if_the_new_columns_were_null() {
    let (_folder, lake) = lake();
    write::<BeforeSolvers>(&lake, "old").await.unwrap();
    assert_eq!(find(&lake, "old").await, without_new_columns());
    assert_eq!(BeforeSolvers::columns().last(), Some(&FINAL_LOSS.name()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_commit_adds_the_new_columns_and_old_rows_stay() {
    let (_folder, lake) = lake();
    let old = write::<BeforeSolvers>(&lake, "old").await.unwrap();
    let new = write::<GoldModels>(&lake, "new").await.unwrap();
    assert_eq!(new, old + 1, "growing is part of the commit");
    assert_eq!(find(&lake, "new").await, card());
    assert_eq!(find(&lake, "old").await, without_new_columns());

    let refused = lake.newest::<BeforeSolvers>().await.unwrap_err();
    assert!(matches!(refused, LakehouseError::SchemaMismatch { .. }), "the table has grown: {refused}");
    write::<GoldModels>(&lake, "newer").await.unwrap();
    assert_eq!(find(&lake, "newer").await, card());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_first_commits_at_the_same_time_both_arrive() {
    let (_folder, lake) = lake();
    write::<BeforeSolvers>(&lake, "old").await.unwrap();
    let (one, two) = tokio::join!(write::<GoldModels>(&lake, "one"), write::<GoldModels>(&lake, "two"));
    assert_ne!(one.unwrap(), two.unwrap());
    for run in ["one", "two"] {
        assert_eq!(find(&lake, run).await, card());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_without_a_column_that_must_have_values_is_refused() {
    let (_folder, lake) = lake();
    write::<Earlier<16>>(&lake, "older").await.unwrap();
    let refused = write::<GoldModels>(&lake, "new").await.unwrap_err();
    assert!(matches!(refused, LakehouseError::SchemaMismatch { .. }), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_without_columns_beside_it_and_columns_without_a_card_say_the_same() {
    let (_folder, lake) = lake();
    write::<Earlier<23>>(&lake, "columns").await.unwrap();
    write::<GoldModels>(&lake, "card").await.unwrap();
    assert_eq!(find(&lake, "columns").await, card());
    assert_eq!(find(&lake, "card").await, card());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_row_says_that_is_not_known_is_an_error_that_names_it() {
    for (column, value) in
        [("card", "{\"objective\": \"ordinal\"}"), ("objective", "ordinal"), ("solver", "qr")]
    {
        let (_folder, lake) = lake();
        let row = batch("run");
        let place = row.schema().index_of(column).unwrap();
        let mut columns = row.columns().to_vec();
        columns[place] = Arc::new(StringArray::from(vec![value]));
        if column != "card" {
            let card = row.schema().index_of("card").unwrap();
            columns[card] = Arc::new(StringArray::from(vec![None::<&str>]));
        }
        let mut writer = lake.write::<GoldModels>(&by("run")).await.unwrap();
        writer.write(&RecordBatch::try_new(row.schema(), columns).unwrap()).await.unwrap();
        writer.commit().await.unwrap();
        let models = lake.newest::<GoldModels>().await.unwrap().unwrap();
        let error = gold_models::find(&models, "run").await.unwrap_err();
        let LakehouseError::Card { run_id, source } = error else { panic!("{error}") };
        assert_eq!(run_id, "run");
        assert!(source.to_string().contains(if column == "solver" { "qr" } else { "ordinal" }), "{source}");
    }
}
