//! `gold/similar_movies`: one row per (movie, rank).

use crate::table::table;

table!(GoldSimilarMovies, "gold/similar_movies", Overwrite, {
    /// Outside id of the movie.
    MOVIE_ID movie_id: i64,
    /// From 1, most similar first.
    RANK rank: i32,
    /// Outside id of the similar movie.
    SIMILAR_MOVIE_ID similar_movie_id: i64,
    /// Cosine of the two factors.
    SCORE score: f32,
});
