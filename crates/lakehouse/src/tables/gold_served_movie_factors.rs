//! `gold/served_movie_factors`: one row per movie of the model refreshed on the full history: what is published.

use crate::FloatList;
use crate::table::table;

table!(GoldServedMovieFactors, "gold/served_movie_factors", Overwrite, {
    /// Outside id of the movie.
    MOVIE_ID movie_id: i64,
    /// `rank` floats.
    FACTOR factor: FloatList,
    /// Bias (explicit), else 0.
    BIAS bias: f32,
});
