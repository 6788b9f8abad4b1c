//! Looking into the database past the store.

use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use store_testing::TestDatabase;

/// Goes back to the schema before histories were packed, with its rows.
pub(crate) const UNPACK_HISTORIES: &str = "
    UPDATE user_histories AS h SET packed = NULL, (movie_ids, ratings, rated_at) =
        (SELECT array_agg(r.movie_id), array_agg(r.rating), array_agg(r.rated_at) FROM history_of(h) AS r);
    DROP FUNCTION history_of, real_at, number_at;
    ALTER TABLE user_histories DROP CONSTRAINT user_histories_form_check, DROP COLUMN packed,
        ALTER movie_ids SET NOT NULL, ALTER ratings SET NOT NULL, ALTER rated_at SET NOT NULL;
    DELETE FROM _sqlx_migrations WHERE version = 10";

/// A connection of somebody else.
pub(crate) async fn connect(database: &TestDatabase) -> PgConnection {
    PgConnection::connect(&database.url()).await.unwrap()
}

/// What the live version recommends to a user, best first, as somebody with `psql` sees it: movie, title and score.
pub(crate) async fn list_of(connection: &mut PgConnection, user_id: i64) -> Vec<(i64, String, f32)> {
    sqlx::query_as("SELECT movie_id, title, score FROM als_recos WHERE user_id = $1 ORDER BY score DESC")
        .bind(user_id)
        .fetch_all(connection)
        .await
        .unwrap()
}

/// The first column of every row, as text.
pub(crate) async fn column(database: &TestDatabase, sql: &str) -> Vec<String> {
    let mut connection = connect(database).await;
    let sql = format!("SELECT (t.*)::text FROM ({sql}) AS t");
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>(0)).collect()
}

/// The partitions that exist, attached or not.
pub(crate) async fn partitions(database: &TestDatabase) -> Vec<String> {
    let sql = "SELECT tablename FROM pg_tables WHERE schemaname = 'version_data' ORDER BY 1";
    column(database, sql).await.iter().map(|row| row.trim_matches(['(', ')']).to_owned()).collect()
}
