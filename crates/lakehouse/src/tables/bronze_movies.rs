//! `bronze/movies`: one row per line of the movies file, nothing dropped; every field is the text it was. Where the movies are
//! those of the ratings file, one row wherever it says something new of a movie.

use crate::Text;
use crate::table::table;

table!(BronzeMovies, "bronze/movies", Overwrite, {
    /// The field `movieId`.
    MOVIE_ID movie_id: Option<Text>,
    /// The field `title`, year included.
    TITLE title: Option<Text>,
    /// The field `genres`, separated by `|`.
    GENRES genres: Option<Text>,
    /// The whole line, only where it does not have exactly the expected fields.
    RAW raw: Option<Text>,
    /// First line of the row in the file, from 1.
    SOURCE_LINE source_line: i64,
    /// The input file.
    SOURCE_FILE source_file: Text,
    /// The year of release, where the file has a column for it.
    YEAR year: Option<Text>,
});
