//! What users had rated, as it is stored and as it is read.

use store::{Counts, PublishedHistory, Store, UserHistory};
use store_testing::{Sample, TestDatabase, begin, movie};

use crate::probe;

const SECOND: i64 = 1_000_000;
const LARGE: i64 = (1 << 53) - 1;

/// Users from 1: their movies, ratings and moments, in each width that they are stored in.
const HISTORIES: [([i64; 2], [f32; 2], [i64; 2]); 4] = [
    ([1, 2], [0.5, 5.0], [SECOND, 1_700_000_000 * SECOND]),
    ([2, LARGE], [1.0, 2.0], [0, SECOND]),
    ([1, 2], [0.3, -7.25], [0, SECOND]),
    ([1, 2], [4.0, 4.5], [-SECOND, 1_700_000_000_123_456]),
];

async fn publish(store: &Store, run_id: &str) -> i64 {
    let sample = Sample { users: vec![], titles: vec!["A".into(), "B".into()] };
    let load = begin(store, run_id).await;
    load.write(&movie(LARGE, "C")).await.unwrap();
    sample.write(&load).await.unwrap();
    let list = Sample { users: vec![1], ..sample.clone() };
    list.write_recommendations(&load).await.unwrap();
    for (user_id, (movie_ids, ratings, rated_at)) in (1..).zip(&HISTORIES) {
        load.write(&UserHistory { user_id, movie_ids, ratings, rated_at }).await.unwrap();
    }
    let counts = Counts { movies: 3, user_histories: 4, ..list.counts() };
    load.finish(&counts).await.unwrap().activate().await.unwrap().version
}

async fn assert_read(store: &Store, version: i64) {
    for (user_id, (movie_ids, ratings, rated_at)) in (1..).zip(HISTORIES) {
        let PublishedHistory { movie_ids: movies, ratings: stars, rated_at: moments } =
            store.history(version, user_id).await.unwrap().unwrap();
        let moments: Vec<_> = moments.iter().map(chrono::DateTime::timestamp_micros).collect();
        assert_eq!((movies, stars, moments), (movie_ids.into(), ratings.into(), rated_at.into()));
    }
    assert_eq!(store.history(version, 9).await.unwrap(), None);
}

/// Every rating, as `history_of` tells it.
async fn by_sql(database: &TestDatabase) -> Vec<String> {
    let sql = "SELECT h.user_id, r.movie_id, r.rating, (extract(epoch FROM r.rated_at) * 1000000)::bigint
               FROM user_histories AS h CROSS JOIN LATERAL history_of(h) AS r";
    probe::column(database, sql).await
}

#[tokio::test]
async fn a_history_is_read_as_it_was_written_by_the_store_and_by_sql() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let version = publish(&store, "r").await;
    assert_read(&store, version).await;
    let users = (1..).zip(HISTORIES);
    let ratings = users.flat_map(|(user, (movies, ratings, moments))| {
        [0, 1].map(|at| format!("({user},{},{},{})", movies[at], ratings[at], moments[at]))
    });
    assert_eq!(by_sql(&database).await, ratings.collect::<Vec<String>>());
}

#[tokio::test]
async fn a_version_loaded_before_histories_were_packed_is_read_and_activated() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let old = publish(&store, "old").await;
    let ratings = by_sql(&database).await;
    database.execute(probe::UNPACK_HISTORIES).await;
    store.migrate().await.unwrap();
    assert_read(&store, old).await;
    assert_eq!(by_sql(&database).await, ratings);

    let new = publish(&store, "new").await;
    assert_read(&store, new).await;
    assert_eq!(store.activate(old).await.unwrap().previous, Some(new));
    assert_read(&store, old).await;
}

#[tokio::test]
async fn the_database_refuses_a_history_that_is_cut_off_or_stored_in_two_forms() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    publish(&store, "r").await;
    let mut connection = probe::connect(&database).await;
    for broken in [
        "packed = substring(packed FROM 1 FOR octet_length(packed) - 1)",
        "packed = substring(packed FROM 1 FOR 1)",
        "packed = ''",
        "packed = '\\x08' || packed",
        "packed = NULL",
        "movie_ids = '{1}'",
    ] {
        let sql = format!("UPDATE user_histories SET {broken} WHERE user_id = 1");
        let error = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap_err();
        assert!(
            error.as_database_error().is_some_and(|e| e.code().is_some_and(|c| c == "23514")),
            "{broken}: {error}"
        );
    }
}
