//! `bronze/feedback`: one row per event of feedback that was recorded in the database, each event once over all runs.

use crate::table::table;
use crate::{LakehouseError, Snapshot, Timestamp};

table!(BronzeFeedback, "bronze/feedback", Append, {
    /// Id of the event in the database: greater is newer.
    FEEDBACK_ID feedback_id: i64,
    /// Who rated.
    USER_ID user_id: i64,
    /// What was rated, known in `silver/movies` or not.
    MOVIE_ID movie_id: i64,
    /// Stars from 0.5 to 5 in half steps; null takes back whatever rating there was.
    RATING rating: Option<f32>,
    /// When it was recorded.
    RATED_AT rated_at: Timestamp,
});

/// The greatest `feedback_id`, 0 without any row.
///
/// # Errors
/// When a file cannot be read.
pub async fn greatest_id(feedback: &Snapshot<BronzeFeedback>) -> Result<i64, LakehouseError> {
    let mut greatest = 0;
    let mut batches = feedback.read(&[FEEDBACK_ID.name()]).await?;
    while let Some(batch) = batches.next().await? {
        greatest = FEEDBACK_ID.of(&batch)?.values().iter().copied().fold(greatest, i64::max);
    }
    Ok(greatest)
}
