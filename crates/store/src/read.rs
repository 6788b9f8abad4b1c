//! The queries of the API. Each is one statement, so one snapshot: the pointer and the rows belong together.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{FromRow, types::Json};

use crate::{Counts, Store, StoreError, error::Result};

/// The version that readers see.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveVersion {
    /// Its number.
    pub version: i64,
    /// The run that made it.
    pub run_id: String,
    /// Hyper-parameters, the global mean and so on.
    pub model: Value,
    /// Rows per table.
    pub counts: Counts,
    /// When it first went live.
    pub published_at: DateTime<Utc>,
    /// When it last went live: later than `published_at` after a rollback.
    pub activated_at: DateTime<Utc>,
}

impl LiveVersion {
    /// How long ago the version first went live.
    #[must_use]
    pub fn age(&self) -> Duration {
        (Utc::now() - self.published_at).to_std().unwrap_or_default()
    }
}

/// A movie of somebody's list.
#[derive(Debug, Clone, PartialEq)]
pub struct RecommendedMovie {
    /// The movie.
    pub movie_id: i64,
    /// Its title, without the year.
    pub title: String,
    /// Higher is better.
    pub score: f32,
}

/// What is recommended to one user.
#[derive(Debug, Clone, PartialEq)]
pub struct RecommendationList {
    /// The version it was read from.
    pub version: i64,
    /// The user.
    pub user_id: i64,
    /// Best first.
    pub movies: Vec<RecommendedMovie>,
}

/// The answer for one user.
#[derive(Debug, Clone, PartialEq)]
pub enum Lookup {
    /// Nothing was published yet.
    NoLiveVersion,
    /// The live version has no such user.
    UnknownUser {
        /// The live version.
        version: i64,
    },
    /// The user's list.
    Found(RecommendationList),
}

#[derive(FromRow)]
struct LiveRow {
    version: i64,
    run_id: String,
    model: Json<Value>,
    counts: Json<Counts>,
    published_at: DateTime<Utc>,
    activated_at: DateTime<Utc>,
}

#[derive(FromRow)]
struct ListRow {
    version: i64,
    user_id: Option<i64>,
    movie_ids: Option<Vec<i64>>,
    scores: Option<Vec<f32>>,
    titles: Option<Vec<String>>,
}

/// The first `$1` movies of the row of `recommendations` that the condition chooses. The partitions of other
/// versions are skipped at run time, because `s.version` is known by then.
macro_rules! list_query {
    ($condition:literal) => {
        concat!(
            "SELECT s.version, r.user_id, r.movie_ids, r.scores, r.titles
             FROM serving AS s
             LEFT JOIN LATERAL (
                 SELECT r.user_id, r.movie_ids[1:$1] AS movie_ids, r.scores[1:$1] AS scores,
                        ARRAY(SELECT m.title
                              FROM unnest(r.movie_ids[1:$1]) WITH ORDINALITY AS listed (movie_id, rank)
                              JOIN movies AS m ON m.version = r.version AND m.movie_id = listed.movie_id
                              ORDER BY listed.rank) AS titles
                 FROM recommendations AS r
                 WHERE r.version = s.version AND ",
            $condition,
            ") AS r ON true
             WHERE s.singleton = 1 AND s.version IS NOT NULL"
        )
    };
}

const BY_USER: &str = list_query!("r.user_id = $2");

/// Uniform over all users: they are numbered from 0, and the scalar subquery is evaluated once.
const BY_CHANCE: &str = list_query!(
    "r.user_idx = (SELECT floor(random() * (v.counts ->> 'recommendations')::bigint)::bigint
                   FROM versions AS v JOIN serving AS p ON p.version = v.version)"
);

impl Store {
    /// The live version, if anything was published.
    ///
    /// # Errors
    /// Why the database could not be asked.
    pub async fn live(&self) -> Result<Option<LiveVersion>> {
        let row: Option<LiveRow> = sqlx::query_as(
            "SELECT v.version, v.run_id, v.model, v.counts, v.published_at, s.activated_at
             FROM serving AS s JOIN versions AS v ON v.version = s.version",
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(self.faults.on("read the live version"))?;
        Ok(row.map(|row| LiveVersion {
            version: row.version,
            run_id: row.run_id,
            model: row.model.0,
            counts: row.counts.0,
            published_at: row.published_at,
            activated_at: row.activated_at,
        }))
    }

    /// The best `n` movies for a user, fewer if the list is shorter.
    ///
    /// # Errors
    /// Why the database could not be asked.
    pub async fn recommendations(&self, user_id: i64, n: u16) -> Result<Lookup> {
        let row: Option<ListRow> = sqlx::query_as(BY_USER)
            .bind(i32::from(n))
            .bind(user_id)
            .fetch_optional(&self.pool)
            .await
            .map_err(self.faults.on("read recommendations"))?;
        match row {
            None => Ok(Lookup::NoLiveVersion),
            Some(ListRow { version, user_id: None, .. }) => Ok(Lookup::UnknownUser { version }),
            Some(row) => row.into_list().map(Lookup::Found),
        }
    }

    /// The best `n` movies for a user chosen at random, each with the same chance. `None` if nothing was published.
    ///
    /// # Errors
    /// Why the database could not be asked.
    pub async fn random_recommendations(&self, n: u16) -> Result<Option<RecommendationList>> {
        let row: Option<ListRow> = sqlx::query_as(BY_CHANCE)
            .bind(i32::from(n))
            .fetch_optional(&self.pool)
            .await
            .map_err(self.faults.on("read recommendations"))?;
        row.map(ListRow::into_list).transpose()
    }
}

impl ListRow {
    fn into_list(self) -> Result<RecommendationList> {
        let user_id = self.user_id.unwrap_or_default();
        let (movie_ids, scores, titles) = (
            self.movie_ids.unwrap_or_default(),
            self.scores.unwrap_or_default(),
            self.titles.unwrap_or_default(),
        );
        if titles.len() != movie_ids.len() || scores.len() != movie_ids.len() {
            return Err(StoreError::BrokenList { version: self.version, user_id });
        }
        let movies = movie_ids
            .into_iter()
            .zip(titles)
            .zip(scores)
            .map(|((movie_id, title), score)| RecommendedMovie { movie_id, title, score })
            .collect();
        Ok(RecommendationList { version: self.version, user_id, movies })
    }
}
