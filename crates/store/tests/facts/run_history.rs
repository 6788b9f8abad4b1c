//! Facts about the run history.

use std::collections::BTreeMap;

use store::{RunOutcome, RunRecord, StepOutcome, StepRecord};
use store_testing::TestDatabase;

use crate::probe;

fn step(name: &str, outcome: StepOutcome, seconds: Option<f64>, rows: Option<u64>) -> StepRecord {
    StepRecord { step: name.to_owned(), outcome, seconds, rows }
}

fn record(outcome: RunOutcome, steps: Vec<StepRecord>) -> RunRecord {
    let metrics = BTreeMap::from([("ndcg@10".to_owned(), 0.5)]);
    let started_at = Some("2026-11-22T02:30:00Z".to_owned());
    RunRecord { outcome, version: Some(7), started_at, failed_step: None, reason: None, steps, metrics }
}

/// A run of these steps, each done in a second.
fn done(outcome: RunOutcome, steps: &[&str]) -> RunRecord {
    record(outcome, steps.iter().map(|name| step(name, StepOutcome::Done, Some(1.0), Some(5))).collect())
}

#[tokio::test]
async fn a_run_is_kept_in_one_form_and_a_retry_replaces_it() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    assert!(store.record_run("r", done(RunOutcome::Failed, &["ingest"])).await.unwrap());
    assert!(store.record_run("r", done(RunOutcome::Published, &["ingest", "publish"])).await.unwrap());
    let runs = probe::column(&database, "SELECT outcome, report ->> 'seconds' FROM runs").await;
    assert_eq!(runs, ["(published,2.0)"]);
    let keys = "SELECT string_agg(key, ' ' ORDER BY key) FROM runs, jsonb_object_keys(report) AS key";
    assert_eq!(
        probe::column(&database, keys).await,
        ["(\"failed_step metrics reason seconds started_at steps version\")"]
    );
}

#[tokio::test]
async fn a_published_run_stays_so_and_its_record_loses_no_step() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    for (outcome, steps, is_stored) in [
        (RunOutcome::Failed, &["ingest"][..], true),
        (RunOutcome::Published, &["publish"], true),
        (RunOutcome::Failed, &["ingest", "publish"], false),
        (RunOutcome::Published, &["ingest", "publish"], true),
        (RunOutcome::Published, &["publish"], false),
        (RunOutcome::Published, &["other", "steps"], true),
    ] {
        let stored = store.record_run("r", done(outcome, steps)).await.unwrap();
        assert_eq!(stored, is_stored, "{outcome:?} {steps:?}");
    }
    let first = "SELECT outcome, report -> 'steps' -> 0 ->> 'step' FROM runs";
    assert_eq!(probe::column(&database, first).await, ["(published,other)"]);
}

#[tokio::test]
async fn what_a_retry_found_done_keeps_the_time_and_the_rows_of_the_attempt_that_did_it() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let first = vec![
        step("ingest", StepOutcome::Done, Some(9.5), Some(100)),
        step("clean", StepOutcome::Failed, None, None),
    ];
    store.record_run("r", record(RunOutcome::Failed, first)).await.unwrap();
    let again = vec![
        step("ingest", StepOutcome::AlreadyDone, Some(0.1), Some(100)),
        step("clean", StepOutcome::Done, Some(2.0), Some(90)),
        step("publish", StepOutcome::AlreadyDone, Some(0.25), Some(1)),
    ];
    store.record_run("r", record(RunOutcome::Published, again)).await.unwrap();
    let steps = "SELECT step ->> 'step', step ->> 'outcome', step ->> 'seconds', step ->> 'rows'
                 FROM runs, jsonb_array_elements(report -> 'steps') AS step";
    assert_eq!(
        probe::column(&database, steps).await,
        ["(ingest,done,9.5,100)", "(clean,done,2.0,90)", "(publish,already_done,0.25,1)"]
    );
    assert_eq!(probe::column(&database, "SELECT report ->> 'seconds' FROM runs").await, ["(11.75)"]);
}

#[tokio::test]
async fn a_record_of_an_older_release_is_replaced() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let older = "INSERT INTO runs (run_id, outcome, report)
                 VALUES ('r', 'published', '{\"version\": 1, \"report\": {}}')";
    sqlx::query(older).execute(&mut probe::connect(&database).await).await.unwrap();
    assert!(store.record_run("r", done(RunOutcome::Published, &["publish"])).await.unwrap());
}
