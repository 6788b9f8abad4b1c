//! Ids that are texts.

use store::{Counts, Movie, MovieSearch, Store, StoreError, Table, UserKey, VersionLoad};
use store_testing::{Sample, TestDatabase, begin, movie};

use crate::probe;

const USER_KEYS: [(i64, &str); 3] = [(1, "A1/B2"), (2, "ключ й"), (3, "007")];

/// The movies of the sample with keys, and its other tables.
async fn write_movies(load: &VersionLoad, sample: &Sample) {
    for (movie_id, title) in sample.movie_ids().into_iter().zip(&sample.titles) {
        let key = format!("tt{movie_id}");
        load.write(&Movie { key: Some(&key), ..movie(movie_id, title) }).await.unwrap();
    }
    sample.write_lists(load).await.unwrap();
}

/// A version of a data set whose ids are texts.
async fn publish(store: &Store, run_id: &str) -> i64 {
    let sample = Sample::default();
    let load = begin(store, run_id).await;
    write_movies(&load, &sample).await;
    for (user_id, key) in USER_KEYS {
        load.write(&UserKey { user_id, key }).await.unwrap();
    }
    let counts = Counts { user_keys: 3, ..sample.counts() };
    load.finish(&counts).await.unwrap().activate().await.unwrap().version
}

#[tokio::test]
async fn a_key_leads_to_its_user_and_back() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let version = publish(&store, "texts").await;
    for (user_id, key) in USER_KEYS {
        assert_eq!(store.user_by_key(version, key).await.unwrap(), Some(user_id), "{key}");
        assert_eq!(store.key_of_user(version, user_id).await.unwrap().as_deref(), Some(key));
    }
    for (version, unknown) in [(version, "7"), (version, "a1/b2"), (version, ""), (version + 1, "007")] {
        assert_eq!(store.user_by_key(version, unknown).await.unwrap(), None, "{unknown}");
    }
    for (version, unknown) in [(version, 4), (version + 1, 1)] {
        assert_eq!(store.key_of_user(version, unknown).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_version_tells_its_movies_keys_and_whether_its_users_have_any() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let numbers = Sample::default().publish(&store, "numbers").await;
    let texts = publish(&store, "texts").await;
    for (version, has_user_keys, key) in [(numbers, false, None), (texts, true, Some("tt1".to_owned()))] {
        let contents = store.contents(version).await.unwrap().unwrap();
        assert_eq!((contents.has_user_keys, &contents.movies[0].key), (has_user_keys, &key));
        let listed = MovieSearch {
            text: Some("amelie"),
            genre: None,
            year: None,
            after: store::MoviePlace::BY_RELEVANCE,
            limit: 1,
        };
        assert_eq!(store.search_movies(version, &listed).await.unwrap().movies[0].key, key);
    }
    assert_eq!(store.user_by_key(numbers, "007").await.unwrap(), None);
}

#[tokio::test]
async fn two_users_with_one_key_are_refused() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let sample = Sample::default();
    let load = begin(&store, "texts").await;
    sample.write(&load).await.unwrap();
    for user_id in [1, 2] {
        load.write(&UserKey { user_id, key: "same" }).await.unwrap();
    }
    let error = load.finish(&Counts { user_keys: 2, ..sample.counts() }).await.unwrap_err();
    assert!(matches!(error, StoreError::DuplicateRow { table: Table::UserKeys, .. }), "{error}");
}

#[tokio::test]
async fn a_key_that_cannot_be_asked_for_is_refused_with_its_row() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let load = begin(&store, "texts").await;
    let error = load.write(&UserKey { user_id: 7, key: "" }).await.unwrap_err();
    assert_eq!(error.to_string(), "user_keys, user 7: the key is empty");
    drop(load);
    let load = begin(&store, "texts").await;
    let long = "x".repeat(257);
    let error = load.write(&Movie { key: Some(&long), ..movie(1, "A") }).await.unwrap_err();
    assert_eq!(error.to_string(), "movies, movie 1: the key has 257 bytes, more than 256");
}

#[tokio::test]
async fn a_version_loaded_before_there_were_keys_is_served_activated_and_pruned() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let old = Sample::default().publish(&store, "old").await;
    // Back to the schema before, with its rows.
    database
        .execute(
            "DROP TABLE user_keys; ALTER TABLE movies DROP COLUMN key;
             UPDATE versions SET counts = counts - 'user_keys';
             DELETE FROM _sqlx_migrations WHERE version = 8",
        )
        .await;
    store.migrate().await.unwrap();
    assert_eq!(probe::partitions(&database).await.len(), Table::ALL.len() - 1);

    let live = store.live().await.unwrap().unwrap();
    assert_eq!((live.version, live.counts), (old, Sample::default().counts()));
    assert_eq!(store.lists(old, &[1]).await.unwrap().len(), 1);
    let contents = store.contents(old).await.unwrap().unwrap();
    assert_eq!((contents.movies.len(), contents.has_user_keys), (5, false));
    assert_eq!(store.user_by_key(old, "007").await.unwrap(), None);
    assert_eq!(store.key_of_user(old, 1).await.unwrap(), None);

    let new = publish(&store, "texts").await;
    assert_eq!(store.activate(old).await.unwrap().previous, Some(new));
    assert_eq!(store.activate(new).await.unwrap().previous, Some(old));
    let pruned = store.prune(0).await.unwrap();
    assert_eq!((pruned.versions, pruned.postponed), (vec![old], None));
    assert!(store.is_ready(new).await.unwrap() && !store.is_ready(old).await.unwrap());
    assert_eq!(probe::partitions(&database).await.len(), Table::ALL.len());
    assert_eq!(store.user_by_key(new, "007").await.unwrap(), Some(3));
}
