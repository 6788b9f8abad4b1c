use std::{net::TcpListener, time::Duration};

use store::{ConnectOptions, Store, StoreError};
use store_testing::TestDatabase;

/// The URL of a port where nobody listens.
fn nobody() -> String {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    format!("postgres://cinelake:s3cret@127.0.0.1:{port}/movies")
}

#[tokio::test]
async fn a_database_that_is_down_is_named_without_the_password() {
    let url = nobody();
    let error = Store::connect(&ConnectOptions::new(&url)).await.unwrap_err();
    assert!(error.is_unavailable());
    let message = error.to_string();
    let address = url.split_once('@').unwrap().1;
    assert!(message.starts_with(&format!("cannot connect to database {address}: ")), "{message}");
    assert!(
        message.contains("refused") && message.ends_with("is it running? check DATABASE_URL"),
        "{message}"
    );
    assert!(!format!("{error:?} {:?}", ConnectOptions::new(&url)).contains("s3cret"));
}

#[tokio::test]
async fn a_lazy_store_answers_within_its_timeout_when_the_database_is_down() {
    let options =
        ConnectOptions { acquire_timeout: Duration::from_millis(200), ..ConnectOptions::new(nobody()) };
    let error = Store::connect_lazily(&options).unwrap().live().await.unwrap_err();
    assert!(matches!(error, StoreError::NoConnection { .. }), "{error}");
    assert!(error.is_unavailable());
}

#[tokio::test]
async fn a_missing_database_is_named() {
    let database = TestDatabase::empty().await;
    let options = ConnectOptions::new(database.url().replace('?', "_gone?"));
    let message = Store::connect(&options).await.unwrap_err().to_string();
    assert!(message.contains("does not exist"), "{message}");
}

#[tokio::test]
async fn a_url_that_is_not_one_is_refused_without_repeating_it() {
    for url in ["", "mysql://u:s3cret@h/d", "postgres://u:s3cret@h:port/d"] {
        let error = Store::connect(&ConnectOptions::new(url)).await.unwrap_err();
        assert!(matches!(error, StoreError::InvalidUrl { .. }), "{url}: {error}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}

#[tokio::test]
async fn a_database_of_another_encoding_is_refused_before_anything_is_made_in_it() {
    let database = TestDatabase::encoded("LATIN1").await;
    let message = database.connect().await.migrate().await.unwrap_err().to_string();
    assert!(message.contains("has the encoding LATIN1") && message.contains("ENCODING 'UTF8'"), "{message}");
}

#[tokio::test]
async fn a_database_without_our_schema_is_told_apart_from_an_old_and_a_new_one() {
    let database = TestDatabase::empty().await;
    let store = database.connect().await;
    let missing = store.check_schema().await.unwrap_err();
    assert!(missing.to_string().contains("admin migrate"), "{missing}");
    assert!(matches!(missing, StoreError::SchemaMissing { .. }));
    assert!(matches!(store.live().await.unwrap_err(), StoreError::SchemaMissing { .. }));

    store.migrate().await.unwrap();
    store.check_schema().await.unwrap();

    database.execute("UPDATE _sqlx_migrations SET version = version - 1").await;
    let old = store.check_schema().await.unwrap_err();
    assert!(matches!(old, StoreError::SchemaTooOld { .. }), "{old}");

    database.execute("UPDATE _sqlx_migrations SET version = version + 1000").await;
    assert!(matches!(store.check_schema().await.unwrap_err(), StoreError::SchemaTooNew { .. }));
    assert!(matches!(store.migrate().await.unwrap_err(), StoreError::SchemaTooNew { .. }));
}

#[tokio::test]
async fn migrating_again_and_at_the_same_time_changes_nothing() {
    let database = TestDatabase::empty().await;
    let (one, two) = (database.connect().await, database.connect().await);
    let (first, second) = tokio::join!(one.migrate(), two.migrate());
    first.unwrap();
    second.unwrap();
    one.migrate().await.unwrap();
    one.check_schema().await.unwrap();
}

#[tokio::test]
async fn a_publish_into_an_old_schema_is_refused() {
    let database = TestDatabase::empty().await;
    let store = database.connect().await;
    let error = store.begin_publish(&store_testing::Sample::new_version("r")).await.unwrap_err();
    assert!(matches!(error, StoreError::SchemaMissing { .. }), "{error}");
}
