use sqlx::Connection;
use store::{Begin, Store, StoreError, Table};
use store_testing::{Sample, TestDatabase, begin};

use crate::probe;

#[tokio::test]
async fn a_loaded_version_is_invisible_until_it_is_activated() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let first = Sample::default().publish(&store, "first").await;
    let loaded = Sample { users: vec![42], ..Sample::default() }.load(&store, "second").await;
    let users = async || probe::column(&database, "SELECT DISTINCT user_id FROM als_recos ORDER BY 1").await;
    assert_eq!(users().await, ["(1)", "(2)", "(3)"]);
    let second = loaded.activate().await.unwrap();
    assert_eq!((second.previous, second.run_id.as_str()), (Some(first), "second"));
    assert_eq!(users().await, ["(42)"]);
}

#[tokio::test]
async fn publishing_a_run_twice_changes_nothing() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let version = Sample::default().publish(&store, "r").await;
    let before = (store.live().await.unwrap(), probe::partitions(&database).await);
    let again = store.begin_publish(&Sample::new_version("r")).await.unwrap();
    assert!(matches!(again, Begin::AlreadyPublished { version: same } if same == version), "{again:?}");
    assert_eq!((store.live().await.unwrap(), probe::partitions(&database).await), before);
}

#[tokio::test]
async fn a_run_that_was_rolled_back_is_not_made_live_by_a_retry() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let good = Sample::default().publish(&store, "good").await;
    Sample::default().publish(&store, "bad").await;
    store.activate(good).await.unwrap();
    let again = store.begin_publish(&Sample::new_version("bad")).await.unwrap();
    assert!(matches!(again, Begin::AlreadyPublished { .. }), "{again:?}");
    assert_eq!(store.live().await.unwrap().unwrap().version, good);
}

#[tokio::test]
async fn a_publisher_that_died_while_loading_leaves_no_row_and_its_number_is_used_again() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let dead = begin(&store, "r").await;
    Sample::default().write(&dead).await.unwrap();
    let number = dead.version();
    drop(dead);
    // The next one waits for the server to notice, so nothing is left when it begins.
    let load = begin(&store, "r").await;
    assert_eq!(load.version(), number);
    assert!(probe::partitions(&database).await.is_empty());
    Sample::default().write(&load).await.unwrap();
    load.finish(&Sample::default().counts()).await.unwrap().activate().await.unwrap();
    assert_eq!(store.live().await.unwrap().unwrap().version, number);
}

#[tokio::test]
async fn a_publisher_that_died_before_activating_only_has_to_activate() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let number = {
        let loaded = Sample::default().load(&store, "r").await;
        loaded.version()
    };
    match store.begin_publish(&Sample::new_version("r")).await.unwrap() {
        Begin::Loaded(loaded) => assert_eq!(loaded.activate().await.unwrap().version, number),
        other => panic!("expected the loaded version, got {other:?}"),
    }
    assert_eq!(store.live().await.unwrap().unwrap().version, number);
}

#[tokio::test]
async fn a_connection_killed_while_loading_is_an_error_and_the_live_version_stays() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let live = Sample::default().publish(&store, "good").await;
    let load = begin(&store, "killed").await;
    let mut other = probe::connect(&database).await;
    sqlx::query(
        "SELECT pg_terminate_backend(l.pid) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
         WHERE l.locktype = 'advisory' AND d.datname = current_database()",
    )
    .execute(&mut other)
    .await
    .unwrap();
    other.close().await.unwrap();
    Sample::default().write(&load).await.unwrap();
    let error = load.finish(&Sample::default().counts()).await.unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    assert_eq!(store.live().await.unwrap().unwrap().version, live);
    assert_eq!(probe::partitions(&database).await.len(), Table::ALL.len());
}

#[tokio::test]
async fn of_two_publishes_of_a_run_at_the_same_time_one_loads_and_the_other_sees_it_done() {
    let database = TestDatabase::migrated().await;
    let (one, two) = (database.connect().await, database.connect().await);
    let publish = async |store| match Store::begin_publish(store, &Sample::new_version("r")).await.unwrap() {
        Begin::Load(load) => {
            Sample::default().write(&load).await.unwrap();
            load.finish(&Sample::default().counts()).await.unwrap().activate().await.unwrap();
            true
        }
        Begin::AlreadyPublished { .. } => false,
        Begin::Loaded(_) => panic!("nobody died"),
    };
    let (first, second) = tokio::join!(publish(&one), publish(&two));
    assert!(first ^ second);
    assert_eq!(probe::partitions(&database).await.len(), Table::ALL.len());
}

#[tokio::test]
async fn a_second_publish_gives_up_waiting_in_time_and_says_why() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let busy = begin(&store, "long").await;
    let options = store::ConnectOptions { publish_wait: std::time::Duration::ZERO, ..database.options() };
    let hasty = Store::connect(&options).await.unwrap();
    let error = hasty.begin_publish(&Sample::new_version("other")).await.unwrap_err();
    assert!(matches!(error, StoreError::PublishInProgress { .. }), "{error}");
    drop(busy);
    store.begin_publish(&Sample::new_version("other")).await.unwrap();
}

#[tokio::test]
async fn many_calls_and_full_buffers_load_every_row() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    // 20,000 users x (10 movies + 10 scores) are several megabytes: more than one COPY.
    let sample =
        Sample { users: (1..=20_000).collect(), titles: (1..=10).map(|i| format!("M{i}")).collect() };
    let version = sample.publish(&store, "r").await;
    let distinct = probe::column(
        &database,
        "SELECT count(*), count(DISTINCT user_idx), max(user_idx) FROM recommendations",
    )
    .await;
    assert_eq!(distinct, ["(20000,20000,19999)"]);
    assert_eq!(store.lists(version, &[20_000]).await.unwrap()[0].movie_ids.len(), 10);
}
