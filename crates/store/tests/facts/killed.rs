//! Loads that end before they are complete: what they leave nobody sees, and the next publish or prune drops it.

use std::time::Duration;

use sqlx::Connection;
use store::{Begin, ConnectOptions, Store, StoreError, Table, VersionState};
use store_testing::{Sample, TestDatabase, begin};

use crate::probe;

/// The lock of those who load, as another session names it: "CINELOAD" in ASCII.
const LOAD_LOCK: i64 = 0x4349_4e45_4c4f_4144;

/// Ends one of the sessions of this database that hold an advisory lock, alone or shared.
async fn end_a_session(database: &TestDatabase, mode: &'static str) {
    let mut other = probe::connect(database).await;
    sqlx::query(
        "SELECT pg_terminate_backend(l.pid) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
         WHERE l.locktype = 'advisory' AND d.datname = current_database() AND l.mode = $1 LIMIT 1",
    )
    .bind(mode)
    .execute(&mut other)
    .await
    .unwrap();
    other.close().await.unwrap();
}

/// The tables of versions that no reader can find.
async fn leftovers(database: &TestDatabase) -> usize {
    let sql = "SELECT relname FROM pg_class
               WHERE relnamespace = 'version_data'::regnamespace AND relkind = 'r' AND NOT relispartition";
    probe::column(database, sql).await.len()
}

/// A store whose publisher waits for locks as long as it takes to end it.
async fn patient(database: &TestDatabase) -> Store {
    let lock_timeout = Duration::from_mins(1);
    Store::connect(&ConnectOptions { lock_timeout, ..database.options() }).await.unwrap()
}

/// Ends a publisher when all its tables are committed and none is attached. Returns the number of the live version.
async fn kill_before_it_attaches(database: &TestDatabase, store: &Store) -> i64 {
    let live = Sample::default().publish(store, "good").await;
    let load = begin(&patient(database).await, "killed").await;
    Sample::default().write(&load).await.unwrap();
    let mut other = database.session().await;
    other.execute("BEGIN; LOCK TABLE movies IN SHARE UPDATE EXCLUSIVE MODE").await;
    let counts = Sample::default().counts();
    let finish = load.finish(&counts);
    let kill = async {
        other.wait_for_blocked().await;
        end_a_session(database, "ExclusiveLock").await;
    };
    let (finished, ()) = tokio::join!(finish, kill);
    let error = finished.unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    other.execute("ROLLBACK").await;
    live
}

/// What a reader sees is what was live, and no more.
async fn assert_unharmed(database: &TestDatabase, store: &Store, live: i64) {
    assert_eq!(store.live().await.unwrap().unwrap().version, live);
    let versions = probe::column(database, "SELECT DISTINCT version FROM recommendations").await;
    assert_eq!(versions, [format!("({live})")]);
    let users = probe::column(database, "SELECT DISTINCT user_id FROM als_recos ORDER BY 1").await;
    assert_eq!(users, ["(1)", "(2)", "(3)"]);
}

#[tokio::test]
async fn tables_of_a_load_that_was_killed_before_it_attached_them_are_dropped_by_the_next_publish_of_any_run()
{
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let live = kill_before_it_attaches(&database, &store).await;
    assert_eq!(leftovers(&database).await, Table::ALL.len());
    assert_unharmed(&database, &store, live).await;
    let next = begin(&store, "next").await;
    assert_eq!(leftovers(&database).await, 0);
    drop(next);
}

#[tokio::test]
async fn a_run_that_was_killed_before_it_attached_its_tables_is_loaded_again_under_its_number() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let live = kill_before_it_attaches(&database, &store).await;
    assert_eq!(Sample::default().publish(&store, "killed").await, live + 1);
    assert_eq!(leftovers(&database).await, 0);
    assert_eq!(probe::partitions(&database).await.len(), 2 * Table::ALL.len());
}

#[tokio::test]
async fn a_prune_drops_what_a_killed_load_left() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let live = kill_before_it_attaches(&database, &store).await;
    let pruned = store.prune(3).await.unwrap();
    assert_eq!((pruned.versions, pruned.postponed), (vec![], None));
    assert_eq!(leftovers(&database).await, 0);
    assert_unharmed(&database, &store, live).await;
}

#[tokio::test]
async fn a_version_that_cannot_be_attached_in_time_is_given_up_whole() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let live = Sample::default().publish(&store, "good").await;
    let mut other = database.session().await;
    // Of the last table that is attached: the others were before it.
    other.execute("BEGIN; LOCK TABLE user_keys IN SHARE UPDATE EXCLUSIVE MODE").await;
    let load = begin(&store, "late").await;
    Sample::default().write(&load).await.unwrap();
    let error = load.finish(&Sample::default().counts()).await.unwrap_err();
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    assert_eq!(probe::partitions(&database).await.len(), Table::ALL.len());
    let versions = store.versions().await.unwrap();
    assert_eq!(versions.last().unwrap().state, VersionState::Failed);
    assert_unharmed(&database, &store, live).await;
    other.execute("ROLLBACK").await;
    Sample::default().publish(&store, "late").await;
}

#[tokio::test]
async fn where_one_connection_of_a_load_breaks_nothing_of_the_others_stays() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let live = Sample::default().publish(&store, "good").await;
    let load = begin(&store, "broken").await;
    end_a_session(&database, "ShareLock").await;
    Sample::default().write(&load).await.unwrap();
    let error = load.finish(&Sample::default().counts()).await.unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    assert_eq!(probe::partitions(&database).await.len(), Table::ALL.len());
    let versions = store.versions().await.unwrap();
    assert_eq!(versions.last().unwrap().state, VersionState::Failed);
    assert_unharmed(&database, &store, live).await;
    Sample::default().publish(&store, "broken").await;
}

#[tokio::test]
async fn a_publish_begins_only_when_every_connection_of_a_dead_one_has_ended() {
    let database = TestDatabase::migrated().await;
    let hasty = ConnectOptions { publish_wait: Duration::ZERO, ..database.options() };
    let store = Store::connect(&hasty).await.unwrap();
    let mut outlived = probe::connect(&database).await;
    let lock = format!("BEGIN; SELECT pg_advisory_xact_lock_shared({LOAD_LOCK})");
    sqlx::raw_sql(sqlx::AssertSqlSafe(lock)).execute(&mut outlived).await.unwrap();
    let error = store.begin_publish(&Sample::new_version("r")).await.unwrap_err();
    assert!(matches!(error, StoreError::PublishInProgress { .. }), "{error}");
    outlived.close().await.unwrap();
    let begun = database.connect().await.begin_publish(&Sample::new_version("r")).await.unwrap();
    assert!(matches!(begun, Begin::Load(_)), "{begun:?}");
}

#[tokio::test]
async fn different_tables_can_be_written_at_the_same_time() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let load = begin(&store, "r").await;
    let sample = Sample { users: (1..=20_000).collect(), ..Sample::default() };
    sample.write_movies(&load).await.unwrap();
    let (lists, rest) = tokio::join!(sample.write_recommendations(&load), sample.write_others(&load));
    lists.and(rest).unwrap();
    let version = load.finish(&sample.counts()).await.unwrap().activate().await.unwrap().version;
    assert_eq!(store.lists(version, &[20_000]).await.unwrap()[0].movie_ids, sample.list_of(20_000));
    assert_eq!(store.history(version, 20_000).await.unwrap().unwrap().movie_ids, sample.list_of(20_000));
}
