//! Facts about tables from before their contract grew, on real Delta folders.

#![allow(clippy::unwrap_used, reason = "a panic is a test's failure message")]

use lakehouse::arrow::array::RecordBatch;
use lakehouse::tables::gold_models::{self, ModelRecord};
use lakehouse::tables::{GoldModels, gold_models::FINAL_LOSS};
use lakehouse::{Lake, LakehouseError, Provenance, Table, TableSpec};

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

fn lake() -> (tempfile::TempDir, Lake) {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(folder.path().to_str().unwrap()).unwrap();
    (folder, lake)
}

fn record(model_id: &str) -> ModelRecord {
    ModelRecord {
        model_id: model_id.to_owned(),
        objective: "implicit".to_owned(),
        rank: 64,
        iterations: 6,
        regularization: 0.01,
        regularization_exponent: 1.0,
        unobserved_weight: 0.1,
        confidence_alpha: 0.0,
        biases: false,
        min_rating: 4.0,
        holdout: 0.2,
        seed: 42,
        global_mean: 0.0,
        ratings_version: 1,
        training_ratings: 100,
        training_seconds: 1.5,
        final_loss: 12.25,
        solver: "cg".to_owned(),
        cg_steps: Some(3),
        half_life_days: Some(30.0),
        tuned_trials: Some(8),
        validation_metric: Some("ndcg@10".to_owned()),
        validation_value: Some(0.25),
    }
}

fn batch(record: &ModelRecord) -> RecordBatch {
    let mut rows = gold_models::Rows::default();
    rows.push(record.row());
    rows.take().unwrap()
}

async fn write<T: Table>(lake: &Lake, run_id: &str) -> Result<u64, LakehouseError> {
    let columns: Vec<_> = (0..T::columns().len()).collect();
    let mut writer = lake.write::<T>(&by(run_id)).await?;
    writer.write(&batch(&record(run_id)).project(&columns).unwrap()).await?;
    Ok(writer.commit().await?.version)
}

async fn find(lake: &Lake, run_id: &str) -> ModelRecord {
    let newest = lake.newest::<GoldModels>().await.unwrap().unwrap();
    let found = gold_models::find(&newest, run_id).await.unwrap();
    let pinned = lake.written_by::<GoldModels>(run_id).await.unwrap();
    assert_eq!(gold_models::find(&pinned, run_id).await.unwrap(), found);
    found
}

fn without_new_columns(run_id: &str) -> ModelRecord {
    ModelRecord {
        solver: "cholesky".to_owned(),
        cg_steps: None,
        half_life_days: None,
        tuned_trials: None,
        validation_metric: None,
        validation_value: None,
        ..record(run_id)
    }
}

#[tokio::test]
async fn a_table_from_before_is_read_as_if_the_new_columns_were_null() {
    let (_folder, lake) = lake();
    write::<BeforeSolvers>(&lake, "old").await.unwrap();
    assert_eq!(find(&lake, "old").await, without_new_columns("old"));
    assert_eq!(BeforeSolvers::columns().last(), Some(&FINAL_LOSS.name()));
}

#[tokio::test]
async fn the_first_commit_adds_the_new_columns_and_old_rows_stay() {
    let (_folder, lake) = lake();
    let old = write::<BeforeSolvers>(&lake, "old").await.unwrap();
    let new = write::<GoldModels>(&lake, "new").await.unwrap();
    assert_eq!(new, old + 1, "growing is part of the commit");
    assert_eq!(find(&lake, "new").await, record("new"));
    assert_eq!(find(&lake, "old").await, without_new_columns("old"));

    let refused = lake.newest::<BeforeSolvers>().await.unwrap_err();
    assert!(matches!(refused, LakehouseError::SchemaMismatch { .. }), "the table has grown: {refused}");
    write::<GoldModels>(&lake, "newer").await.unwrap();
    assert_eq!(find(&lake, "newer").await, record("newer"));
}

#[tokio::test]
async fn two_first_commits_at_the_same_time_both_arrive() {
    let (_folder, lake) = lake();
    write::<BeforeSolvers>(&lake, "old").await.unwrap();
    let (one, two) = tokio::join!(write::<GoldModels>(&lake, "one"), write::<GoldModels>(&lake, "two"));
    assert_ne!(one.unwrap(), two.unwrap());
    for run in ["one", "two"] {
        assert_eq!(find(&lake, run).await, record(run));
    }
}

#[tokio::test]
async fn a_table_without_a_column_that_must_have_values_is_refused() {
    let (_folder, lake) = lake();
    write::<Earlier<16>>(&lake, "older").await.unwrap();
    let refused = write::<GoldModels>(&lake, "new").await.unwrap_err();
    assert!(matches!(refused, LakehouseError::SchemaMismatch { .. }), "{refused}");
}
