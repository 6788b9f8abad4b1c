//! `silver/ratings`: one row per (user, movie): the latest rating wins.

use crate::table::table;
use crate::{LakehouseError, Snapshot, Timestamp};

table!(SilverRatings, "silver/ratings", Overwrite, {
    /// Outside id of the user.
    USER_ID user_id: i64,
    /// Outside id of the movie, known in `silver/movies`.
    MOVIE_ID movie_id: i64,
    /// Stars from 0.5 to 5 in half steps.
    RATING rating: f32,
    /// When the rating was given.
    RATED_AT rated_at: Timestamp,
});

/// Calls `each` with the user's and the movie's id of every row, and reads nothing else.
///
/// # Errors
/// When a file cannot be read.
pub async fn scan_ids(
    ratings: &Snapshot<SilverRatings>,
    mut each: impl FnMut(i64, i64),
) -> Result<(), LakehouseError> {
    let mut batches = ratings.read(&[USER_ID.name(), MOVIE_ID.name()]).await?;
    while let Some(batch) = batches.next().await? {
        let movies = MOVIE_ID.of(&batch)?.values();
        for (&user_id, &movie_id) in USER_ID.of(&batch)?.values().iter().zip(movies) {
            each(user_id, movie_id);
        }
    }
    Ok(())
}

/// Calls `each` with every row, in the order in which they were written: by user within a file.
///
/// # Errors
/// When a file cannot be read.
pub async fn scan(
    ratings: &Snapshot<SilverRatings>,
    mut each: impl FnMut(Row<'_>),
) -> Result<(), LakehouseError> {
    let columns = [USER_ID.name(), MOVIE_ID.name(), RATING.name(), RATED_AT.name()];
    let mut batches = ratings.read(&columns).await?;
    while let Some(batch) = batches.next().await? {
        let users = USER_ID.of(&batch)?.values();
        let movies = MOVIE_ID.of(&batch)?.values();
        let stars = RATING.of(&batch)?.values();
        let times = RATED_AT.of(&batch)?.values();
        for (((&user_id, &movie_id), &rating), &rated_at) in users.iter().zip(movies).zip(stars).zip(times) {
            each(Row { user_id, movie_id, rating, rated_at });
        }
    }
    Ok(())
}
