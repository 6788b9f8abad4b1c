//! What belongs to single users: the lists made for them, and what they rated.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::{Store, error::Result, pack::unpack};

/// The list made for a user, best movie first.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct UserList {
    pub user_id: i64,
    pub movie_ids: Vec<i64>,
    /// One per movie.
    pub scores: Vec<f32>,
}

/// What a user had rated when a version was made, oldest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PublishedHistory {
    pub movie_ids: Vec<i64>,
    /// One per movie.
    pub ratings: Vec<f32>,
    /// When, one per movie.
    pub rated_at: Vec<DateTime<Utc>>,
}

/// A history as it is stored: packed, or by an older release as arrays.
#[derive(FromRow)]
struct StoredHistory {
    packed: Option<Vec<u8>>,
    movie_ids: Option<Vec<i64>>,
    ratings: Option<Vec<f32>>,
    rated_at: Option<Vec<DateTime<Utc>>>,
}

impl StoredHistory {
    fn read(self) -> sqlx::Result<PublishedHistory> {
        match self.packed {
            Some(packed) => unpack(&packed).ok_or_else(|| sqlx::Error::Decode("a history is cut off".into())),
            None => Ok(PublishedHistory {
                movie_ids: self.movie_ids.unwrap_or_default(),
                ratings: self.ratings.unwrap_or_default(),
                rated_at: self.rated_at.unwrap_or_default(),
            }),
        }
    }
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
        let failed = self.faults.on("read a history");
        let stored: Option<StoredHistory> = sqlx::query_as(
            "SELECT packed, movie_ids, ratings, rated_at FROM user_histories WHERE version = $1 AND user_id = $2",
        )
        .bind(version)
        .bind(user_id)
        .fetch_optional(&self.pool)
        .await
        .map_err(&failed)?;
        stored.map(StoredHistory::read).transpose().map_err(&failed)
    }
}
