//! `gold/movie_factors`: one row per movie of the model as trained, without the holdout.

use crate::FloatList;
use crate::table::table;

table!(GoldMovieFactors, "gold/movie_factors", Overwrite, {
    /// Outside id of the movie.
    MOVIE_ID movie_id: i64,
    /// `rank` floats.
    FACTOR factor: FloatList,
    /// Bias (explicit), else 0.
    BIAS bias: f32,
});
