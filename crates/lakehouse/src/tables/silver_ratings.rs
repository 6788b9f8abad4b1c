//! `silver/ratings`: one row per (user, movie): the latest rating wins.

use crate::Timestamp;
use crate::table::table;

table!(SilverRatings, "silver/ratings", Overwrite, {
    /// Outside id of the user, positive.
    USER_ID user_id: i64,
    /// Outside id of the movie, positive and known in `silver/movies`.
    MOVIE_ID movie_id: i64,
    /// Stars from 0.5 to 5 in half steps.
    RATING rating: f32,
    /// When the rating was given.
    RATED_AT rated_at: Timestamp,
});
