//! All that a service holds of a version in memory.

use std::time::Duration;

use futures::TryStreamExt;
use serde_json::Value;
use sqlx::{Connection, FromRow, postgres::PgConnection, types::Json};

use crate::{ListedMovie, Store, connect::milliseconds, error::Result};

/// The whole of a version but what belongs to single users.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VersionContents {
    pub version: i64,
    /// The run that made it.
    pub run_id: String,
    /// Hyper-parameters, the global mean and so on.
    pub model: Value,
    /// When the version was begun, in microseconds since 1970: with the number it names these contents for good.
    pub created_at: i64,
    /// Every movie, by ascending id.
    pub movies: Vec<ListedMovie>,
    /// The movies that the model knows, ascending.
    pub factor_ids: Vec<i64>,
    /// A factor for each of them, one after the other.
    pub factors: Vec<f32>,
    /// A bias for each of them.
    pub biases: Vec<f32>,
    /// Every user with a history, ascending: who has rated all movies has no list.
    pub users: Vec<i64>,
    /// Whether the data set names its users by texts. The keys stay in the database: there may be many.
    pub has_user_keys: bool,
}

#[derive(FromRow)]
struct Head {
    run_id: String,
    model: Json<Value>,
    created_at: i64,
    has_user_keys: bool,
}

/// No read of a whole table takes longer on any catalogue that fits in memory.
const PATIENCE: Duration = Duration::from_mins(2);

impl Store {
    /// Reads a version on a connection of its own; `None` if it cannot be served any more.
    pub async fn contents(&self, version: i64) -> Result<Option<VersionContents>> {
        let mut session = self.open_session(self.faults.acquire_timeout).await?;
        let contents = self.read_contents(&mut session, version).await;
        // Whatever became of the connection: the contents are read.
        let _ = session.close().await;
        contents
    }

    async fn read_contents(
        &self,
        session: &mut PgConnection,
        version: i64,
    ) -> Result<Option<VersionContents>> {
        let failed = self.faults.on("read a version");
        sqlx::query("SELECT set_config('statement_timeout', $1, false)")
            .bind(milliseconds(PATIENCE))
            .execute(&mut *session)
            .await
            .map_err(&failed)?;
        let Some(head) = self.head(session, version).await? else { return Ok(None) };
        let mut contents = VersionContents {
            version,
            run_id: head.run_id,
            model: head.model.0,
            created_at: head.created_at,
            has_user_keys: head.has_user_keys,
            ..VersionContents::default()
        };
        contents.movies = sqlx::query_as(
            "SELECT movie_id, title, year, genres, imdb_id, tmdb_id, ratings, key
             FROM movies WHERE version = $1 ORDER BY movie_id",
        )
        .bind(version)
        .fetch_all(&mut *session)
        .await
        .map_err(&failed)?;
        let mut rows = sqlx::query_as::<_, (i64, Vec<f32>, f32)>(
            "SELECT movie_id, factor, bias FROM movie_factors WHERE version = $1 ORDER BY movie_id",
        )
        .bind(version)
        .fetch(&mut *session);
        while let Some((movie_id, factor, bias)) = rows.try_next().await.map_err(&failed)? {
            contents.factor_ids.push(movie_id);
            contents.factors.extend(factor);
            contents.biases.push(bias);
        }
        drop(rows);
        contents.users =
            sqlx::query_scalar("SELECT user_id FROM user_histories WHERE version = $1 ORDER BY user_id")
                .bind(version)
                .fetch_all(&mut *session)
                .await
                .map_err(&failed)?;
        // Pruned meanwhile, the tables may have been read half.
        Ok(self.head(session, version).await?.map(|_| contents))
    }

    async fn head(&self, session: &mut PgConnection, version: i64) -> Result<Option<Head>> {
        sqlx::query_as(
            "SELECT run_id, model, (extract(epoch FROM created_at) * 1000000)::bigint AS created_at,
                    EXISTS (SELECT FROM user_keys WHERE version = $1) AS has_user_keys
             FROM versions WHERE version = $1 AND state = 'ready'",
        )
        .bind(version)
        .fetch_optional(session)
        .await
        .map_err(self.faults.on("read a version"))
    }
}
