use std::time::{Duration, Instant};

use sqlx::{Connection, Executor};
use store::{Store, Table, VersionState};
use store_testing::{Sample, TestDatabase, begin};

use crate::probe;

async fn publish_runs(store: &Store, runs: std::ops::RangeInclusive<i64>) {
    for run in runs {
        Sample::default().publish(store, &format!("run {run}")).await;
    }
}

async fn ready(store: &Store) -> Vec<i64> {
    let versions = store.versions().await.unwrap();
    versions.iter().filter(|v| v.state == VersionState::Ready).map(|v| v.version).collect()
}

#[tokio::test]
async fn pruning_keeps_the_live_version_and_the_newest_others() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    publish_runs(&store, 1..=5).await;
    store.activate(1).await.unwrap();
    let pruned = store.prune(2).await.unwrap();
    assert_eq!((pruned.versions, pruned.postponed), (vec![2, 3], None));
    assert_eq!(ready(&store).await, [1, 4, 5]);
    assert_eq!(probe::partitions(&database).await.len(), 3 * Table::ALL.len());
    assert_eq!(store.live().await.unwrap().unwrap().version, 1);
    store.activate(4).await.unwrap();
    let gone = store.activate(2).await.unwrap_err().to_string();
    assert!(gone.contains("1 (run run 1), 4 (run run 4, live), 5"), "{gone}");
}

#[tokio::test]
async fn keeping_none_still_keeps_the_live_version() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    publish_runs(&store, 1..=2).await;
    assert_eq!(store.prune(0).await.unwrap().versions, [1]);
    assert_eq!(ready(&store).await, [2]);
}

#[tokio::test]
async fn a_long_reader_delays_a_prune_but_neither_is_blocked() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    publish_runs(&store, 1..=2).await;
    let mut reader = probe::connect(&database).await;
    reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ").await.unwrap();
    reader.execute("SELECT * FROM als_recos").await.unwrap();

    publish_runs(&store, 3..=3).await;
    let began = Instant::now();
    let pruned = store.prune(1).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(pruned.versions, [1]);
    assert!(pruned.postponed.is_some());
    // The reader still sees its version, others the new one.
    reader.execute("SELECT * FROM als_recos WHERE user_id = 1").await.unwrap();
    assert_eq!(store.live().await.unwrap().unwrap().version, 3);
    // A publish goes through while a detach is half done.
    publish_runs(&store, 4..=4).await;

    reader.execute("COMMIT").await.unwrap();
    reader.close().await.unwrap();
    assert_eq!(store.prune(1).await.unwrap().postponed, None);
    assert_eq!(ready(&store).await, [3, 4]);
    assert_eq!(probe::partitions(&database).await.len(), 2 * Table::ALL.len());
}

#[tokio::test]
async fn pruning_drops_partitions_that_belong_to_no_version() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    publish_runs(&store, 1..=1).await;
    database.execute("CREATE TABLE version_data.movies_77 (LIKE movies)").await;
    database.execute("CREATE TABLE version_data.\"Odd name\" (x int)").await;
    assert_eq!(store.prune(3).await.unwrap().postponed, None);
    assert_eq!(probe::partitions(&database).await.len(), Table::ALL.len());
}

#[tokio::test]
async fn a_version_pruned_before_it_was_live_can_be_loaded_again() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let number = Sample::default().load(&store, "early").await.version();
    publish_runs(&store, 2..=2).await;
    assert_eq!(store.prune(0).await.unwrap().versions, [number]);
    let load = begin(&store, "early").await;
    assert_eq!(load.version(), number);
}
