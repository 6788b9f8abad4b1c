//! What users say through the API: an event log, in which the newest event of a (user, movie) counts.
//!
//! A user's *revision* is the greatest `feedback_id` of their events. It only grows, so an answer computed from one
//! revision is out of date as soon as there is a greater one.
//!
//! Ids are given before the commit: of two users, the smaller id may become visible after the greater one. Who
//! reads the log in portions therefore reads up to a [watermark](Store::feedback_watermark).

use chrono::{DateTime, Utc};
use sqlx::{FromRow, postgres::PgConnection};

use crate::{Store, announcements::FEEDBACK_CHANNEL, connect::milliseconds, error::Result};

/// "FEED" in ASCII: the first key of the locks that keep a user's events in order. Pairs of keys are a space of
/// their own, apart from the publish lock.
const USER_LOCK: i32 = 0x4645_4544;

/// A rating, or its being taken back.
#[derive(Debug, Clone, Copy, PartialEq, FromRow)]
pub struct FeedbackEvent {
    /// Greater is newer.
    pub feedback_id: i64,
    /// Who rated.
    pub user_id: i64,
    /// What was rated.
    pub movie_id: i64,
    /// 0.5, 1, 1.5 to 5 stars; `None` takes back whatever rating there was, in the data set too.
    pub rating: Option<f32>,
    /// When it was recorded, in the database's time.
    pub rated_at: DateTime<Utc>,
}

impl Store {
    /// Records a user's ratings of movies, all or none, in their order: of two for the same movie the last one
    /// counts. Returns the user's new revision; without ratings nothing is recorded, and it returns 0.
    ///
    /// # Errors
    /// Why the database failed; ids that are not positive and ratings that are not half stars are a
    /// [`StoreError::Database`](crate::StoreError::Database).
    pub async fn record_feedback(&self, user_id: i64, ratings: &[(i64, Option<f32>)]) -> Result<i64> {
        let mut transaction = self.pool.begin().await.map_err(self.faults.on("record feedback"))?;
        let recorded = record(&mut transaction, user_id, ratings).await;
        let revision = recorded.map_err(self.faults.on("record feedback"))?;
        transaction.commit().await.map_err(self.faults.on("record feedback"))?;
        Ok(revision.unwrap_or_default())
    }

    /// The newest event of every movie that a user ever gave feedback on, those taken back included, by movie.
    pub async fn feedback_of(&self, user_id: i64) -> Result<Vec<FeedbackEvent>> {
        sqlx::query_as(
            "SELECT DISTINCT ON (movie_id) feedback_id, user_id, movie_id, rating, rated_at
             FROM feedback WHERE user_id = $1 ORDER BY movie_id, feedback_id DESC",
        )
        .bind(user_id)
        .fetch_all(&self.pool)
        .await
        .map_err(self.faults.on("read a user's feedback"))
    }

    /// The greatest `feedback_id` given so far, 0 before the first. Every event up to it that there will ever be
    /// is visible: writers are kept out for the moment it takes to look.
    ///
    /// # Errors
    /// [`StoreError::Locked`](crate::StoreError::Locked) if a writer does not end within the lock timeout, or why
    /// the database could not be asked.
    pub async fn feedback_watermark(&self) -> Result<i64> {
        let failed = self.faults.on("take the watermark of feedback");
        let mut transaction = self.pool.begin().await.map_err(&failed)?;
        sqlx::query("SELECT set_config('lock_timeout', $1, true)")
            .bind(milliseconds(self.lock_timeout))
            .execute(&mut *transaction)
            .await
            .map_err(&failed)?;
        // An insert holds its lock on the table from before it takes an id until it commits.
        sqlx::query("LOCK TABLE feedback IN SHARE MODE").execute(&mut *transaction).await.map_err(&failed)?;
        // The sequence, not the greatest row: old events may have been deleted.
        let watermark: i64 = sqlx::query_scalar(
            "SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM feedback_feedback_id_seq",
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(&failed)?;
        transaction.commit().await.map_err(&failed)?;
        Ok(watermark)
    }

    /// The first `limit` events after one id up to and including another, by id: the log in portions of bounded
    /// size, up to a [watermark](Store::feedback_watermark).
    pub async fn feedback_after(&self, after: i64, through: i64, limit: u32) -> Result<Vec<FeedbackEvent>> {
        sqlx::query_as(
            "SELECT feedback_id, user_id, movie_id, rating, rated_at FROM feedback
             WHERE feedback_id > $1 AND feedback_id <= $2 ORDER BY feedback_id LIMIT $3",
        )
        .bind(after)
        .bind(through)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await
        .map_err(self.faults.on("read feedback"))
    }
}

/// Inserts and announces a user's events, and returns the greatest id.
async fn record(
    connection: &mut PgConnection,
    user_id: i64,
    ratings: &[(i64, Option<f32>)],
) -> sqlx::Result<Option<i64>> {
    let (movie_ids, stars): (Vec<i64>, Vec<Option<f32>>) = ratings.iter().copied().unzip();
    // One writer per user, from before the ids are given until the commit: a revision seen is never followed by a
    // smaller one. That users whose ids agree in 31 bits wait for each other is no matter.
    sqlx::query("SELECT pg_advisory_xact_lock($1, ($2 & 2147483647)::integer)")
        .bind(USER_LOCK)
        .bind(user_id)
        .execute(&mut *connection)
        .await?;
    sqlx::query_scalar(
        "WITH recorded AS (
             INSERT INTO feedback (user_id, movie_id, rating)
             SELECT $1, given.movie_id, given.rating
             FROM unnest($2::bigint[], $3::real[]) WITH ORDINALITY AS given (movie_id, rating, place)
             ORDER BY given.place
             RETURNING feedback_id
         )
         SELECT max(feedback_id), pg_notify($4, $1 || ':' || max(feedback_id))
         FROM recorded HAVING count(*) > 0",
    )
    .bind(user_id)
    .bind(movie_ids)
    .bind(stars)
    .bind(FEEDBACK_CHANNEL)
    .fetch_optional(connection)
    .await
}
