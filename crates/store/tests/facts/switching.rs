use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use sqlx::PgConnection;
use store::{Announcement, StoreError};
use store_testing::{Sample, TestDatabase};

use crate::probe;

#[tokio::test]
async fn activating_goes_back_and_forth() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let one = Sample::default().publish(&store, "one").await;
    let two = Sample::default().publish(&store, "two").await;
    let back = store.activate(one).await.unwrap();
    assert_eq!((back.version, back.previous, back.run_id.as_str()), (one, Some(two), "one"));
    assert_eq!(store.live().await.unwrap().unwrap().version, one);
    store.activate(two).await.unwrap();
    let live = store.live().await.unwrap().unwrap();
    assert_eq!(live.version, two);
    assert!(live.published_at < live.activated_at, "the age of a model is that of its first publish");
}

#[tokio::test]
async fn activating_the_live_version_changes_nothing() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let version = Sample::default().publish(&store, "r").await;
    let before = store.live().await.unwrap();
    assert_eq!(store.activate(version).await.unwrap().previous, Some(version));
    assert_eq!(store.live().await.unwrap(), before);
}

#[tokio::test]
async fn activating_an_unknown_version_lists_those_there_are() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let none = store.activate(9).await.unwrap_err().to_string();
    assert_eq!(none, "version 9 cannot be made live; versions that can: none");
    Sample::default().publish(&store, "a").await;
    Sample::default().publish(&store, "b").await;
    let error = store.activate(9).await.unwrap_err();
    assert!(matches!(error, StoreError::UnknownVersion { version: 9, .. }));
    assert!(error.to_string().ends_with("1 (run a), 2 (run b, live)"), "{error}");
    assert_eq!(store.live().await.unwrap().unwrap().run_id, "b");
}

#[tokio::test]
async fn an_activation_is_announced_once_it_is_done() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let mut announcements = store.listen().await.unwrap();
    let version = Sample::default().publish(&store, "r").await;
    assert_eq!(announcements.next().await.unwrap(), Some(Announcement::Serving));
    assert_eq!(announcements.live().await.unwrap(), Some(version));
}

/// Each title begins with the number of the version.
fn numbered(version: i64) -> Sample {
    Sample { users: (1..=50).collect(), titles: (0..20).map(|i| format!("{version} {i}")).collect() }
}

/// Reads until told to stop; every answer must be whole and of one version.
async fn read_on(mut session: PgConnection, stop: Arc<AtomicBool>, answers: Arc<AtomicU64>) {
    let mut newest = 0;
    while !stop.load(Ordering::Relaxed) {
        let list = probe::list_of(&mut session, 7).await;
        assert_eq!(list.len(), 20);
        let versions = list.iter().map(|(_, title, _)| title.split_once(' ').unwrap().0.parse().unwrap());
        let versions: BTreeSet<i64> = versions.collect();
        assert_eq!(versions.len(), 1, "{list:?}");
        assert!(versions.first() >= Some(&newest), "went back from {newest}: {list:?}");
        newest = *versions.first().unwrap();
        answers.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_during_publishes_and_prunes_see_one_whole_version_and_never_an_error() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    numbered(1).publish(&store, "run 1").await;
    let (stop, answers) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut readers = Vec::new();
    for _ in 0..4 {
        let session = probe::connect(&database).await;
        readers.push(tokio::spawn(read_on(session, stop.clone(), answers.clone())));
    }
    for number in 2..=8 {
        assert_eq!(numbered(number).publish(&store, &format!("run {number}")).await, number);
        store.prune(1).await.unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.await.unwrap();
    }
    assert!(answers.load(Ordering::Relaxed) > 100);
}
