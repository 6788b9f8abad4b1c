//! What belongs to single users: the lists made for them, and what they rated.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::{Store, error::Result};

/// The list made for a user, best movie first.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct UserList {
    pub user_id: i64,
    pub movie_ids: Vec<i64>,
    /// One per movie.
    pub scores: Vec<f32>,
}

/// What a user had rated when a version was made, oldest first.
#[derive(Debug, Clone, PartialEq, Default, FromRow)]
pub struct PublishedHistory {
    pub movie_ids: Vec<i64>,
    /// One per movie.
    pub ratings: Vec<f32>,
    /// When, one per movie.
    pub rated_at: Vec<DateTime<Utc>>,
}

impl Store {
    /// The lists of some users, in any order; users without one are left out.
    pub async fn lists(&self, version: i64, users: &[i64]) -> Result<Vec<UserList>> {
        sqlx::query_as(
            "SELECT user_id, movie_ids, scores FROM recommendations WHERE version = $1 AND user_id = ANY($2)",
        )
        .bind(version)
        .bind(users)
        .fetch_all(&self.pool)
        .await
        .map_err(self.faults.on("read recommendations"))
    }

    /// What a user had rated when the version was made; `None` if nothing.
    pub async fn history(&self, version: i64, user_id: i64) -> Result<Option<PublishedHistory>> {
        sqlx::query_as(
            "SELECT movie_ids, ratings, rated_at FROM user_histories WHERE version = $1 AND user_id = $2",
        )
        .bind(version)
        .bind(user_id)
        .fetch_optional(&self.pool)
        .await
        .map_err(self.faults.on("read a history"))
    }
}
