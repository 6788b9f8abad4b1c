//! `silver/movies`: one row per movie.

use crate::table::table;
use crate::{Text, TextList};

table!(SilverMovies, "silver/movies", Overwrite, {
    /// Outside id of the movie.
    MOVIE_ID movie_id: i64,
    /// Title without the year.
    TITLE title: Text,
    /// Year of release, where the title names it.
    YEAR year: Option<i32>,
    /// Genres; empty where none is listed.
    GENRES genres: TextList,
    /// Id at `IMDb`, with its leading zeros.
    IMDB_ID imdb_id: Option<Text>,
    /// Id at TMDB.
    TMDB_ID tmdb_id: Option<i64>,
    /// The id as the data set has it, where that is a text.
    KEY key: Option<Text>,
});
