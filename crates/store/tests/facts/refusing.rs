use store::{Counts, Row, RowFault, Store, StoreError, Table, UserRecommendations, VersionState};
use store_testing::{Sample, TestDatabase, begin, movie};

use crate::probe;

/// After a refusal: the version before is live, nothing of the refused one is left, and its load is closed.
async fn assert_unharmed(database: &TestDatabase, store: &Store, live: i64) {
    assert_eq!(store.live().await.unwrap().unwrap().version, live);
    assert_eq!(store.lists(live, &[1]).await.unwrap().len(), 1);
    assert_eq!(probe::partitions(database).await.len(), Table::ALL.len());
    let refused = store.versions().await.unwrap().pop().unwrap();
    assert_eq!((refused.state, refused.live), (VersionState::Failed, false));
}

async fn refusal_of<R: Row>(row: R) -> StoreError {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let live = Sample::default().publish(&store, "good").await;
    let load = begin(&store, "bad").await;
    for known in [movie(1, "A"), movie(2, "B")] {
        load.write(&known).await.unwrap();
    }
    let error = load.write(&row).await.unwrap_err();
    assert!(matches!(load.write(&movie(3, "C")).await, Err(StoreError::LoadClosed { .. })));
    assert_unharmed(&database, &store, live).await;
    error
}

#[tokio::test]
async fn a_list_with_an_unknown_movie_is_refused_with_its_row() {
    let row = UserRecommendations { user_id: 7, movie_ids: &[1, 404], scores: &[0.9, 0.8] };
    let error = refusal_of(row).await;
    assert_eq!(error.to_string(), "recommendations, user 7: movie 404 is not in movies");
}

#[tokio::test]
async fn a_score_that_is_not_a_number_is_refused() {
    let error = refusal_of(UserRecommendations { user_id: 7, movie_ids: &[1], scores: &[f32::NAN] }).await;
    assert!(matches!(error, StoreError::BadRow { fault: RowFault::NotFinite { .. }, .. }), "{error}");
}

#[tokio::test]
async fn a_title_with_a_nul_is_refused() {
    let error = refusal_of(movie(3, "a\0b")).await;
    assert!(
        matches!(error, StoreError::BadRow { fault: RowFault::NulInText { what: "title" }, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn what_clean_would_have_changed_is_refused() {
    let long = "x".repeat(1001);
    let error = refusal_of(movie(3, &long)).await;
    assert_eq!(
        error.to_string(),
        "movies, movie 3: the title is too long or has control characters: run clean of this release under a new run id"
    );
    let error = refusal_of(movie(1 << 53, "C")).await;
    assert_eq!(
        error.to_string(),
        "movies, movie 9007199254740992: the id 9007199254740992 is not from 0 to 2^53 - 1"
    );
}

async fn refused_finish(change: impl FnOnce(&mut Sample, &mut Counts)) -> StoreError {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let live = Sample::default().publish(&store, "good").await;
    let mut sample = Sample::default();
    let mut counts = sample.counts();
    change(&mut sample, &mut counts);
    let load = begin(&store, "bad").await;
    sample.write(&load).await.unwrap();
    let error = load.finish(&counts).await.unwrap_err();
    assert_unharmed(&database, &store, live).await;
    error
}

#[tokio::test]
async fn a_table_with_other_than_the_expected_rows_is_refused() {
    let error = refused_finish(|_, counts| counts.user_histories += 1).await;
    assert_eq!(error.to_string(), "user_histories of version 2 holds 3 rows, expected 4");
}

#[tokio::test]
async fn a_user_with_two_lists_is_refused() {
    let error = refused_finish(|sample, _| sample.users.push(2)).await;
    assert!(matches!(error, StoreError::DuplicateRow { table: Table::Recommendations, .. }), "{error}");
    assert!(error.to_string().contains("(2, 2)"), "{error}");
}

#[tokio::test]
async fn a_version_without_users_is_refused() {
    let error = refused_finish(|sample, counts| {
        sample.users.clear();
        (counts.recommendations, counts.user_histories) = (0, 0);
    })
    .await;
    assert!(matches!(error, StoreError::EmptyTable { table: Table::Recommendations, .. }), "{error}");
}

#[tokio::test]
async fn a_refused_run_can_be_published_once_it_is_right() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let load = begin(&store, "r").await;
    let number = load.version();
    load.finish(&Sample::default().counts()).await.unwrap_err();
    assert_eq!(Sample::default().publish(&store, "r").await, number);
}

#[tokio::test]
async fn the_database_itself_refuses_a_broken_row() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    Sample::default().publish(&store, "r").await;
    let mut connection = probe::connect(&database).await;
    for broken in [
        "recommendations SET movie_ids = '{}'",
        "recommendations SET scores = '{1}'",
        "recommendations SET scores[1] = NULL",
        "recommendations SET version = 9",
        "movies SET title = repeat('x', 1001)",
        "movies SET movie_id = -1",
        "user_histories SET user_id = 9007199254740992",
    ] {
        let sql = format!("UPDATE {broken}");
        let error = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap_err();
        assert!(
            error.as_database_error().is_some_and(|e| e.code().is_some_and(|c| c == "23514")),
            "{broken}: {error}"
        );
    }
}
