//! `gold/popular_movies`: one row per (genre, rank); the empty genre stands for all movies.

use crate::Text;
use crate::table::table;

table!(GoldPopularMovies, "gold/popular_movies", Overwrite, {
    /// Genre, or empty for all movies.
    GENRE genre: Text,
    /// From 1, most popular first.
    RANK rank: i32,
    /// Outside id of the movie.
    MOVIE_ID movie_id: i64,
    /// Number of ratings.
    SCORE score: f32,
});
