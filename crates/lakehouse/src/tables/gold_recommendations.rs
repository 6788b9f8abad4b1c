//! `gold/recommendations`: one row per (user, rank).

use crate::table::table;

table!(GoldRecommendations, "gold/recommendations", Overwrite, {
    /// Outside id of the user.
    USER_ID user_id: i64,
    /// From 1, best first.
    RANK rank: i32,
    /// Outside id of a movie the user has not rated.
    MOVIE_ID movie_id: i64,
    /// Score of the served model.
    SCORE score: f32,
});
