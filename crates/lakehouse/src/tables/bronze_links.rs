//! `bronze/links`: one row per line of the links file, nothing dropped; every field is the text it was.

use crate::Text;
use crate::table::table;

table!(BronzeLinks, "bronze/links", Overwrite, {
    /// The field `movieId`.
    MOVIE_ID movie_id: Option<Text>,
    /// The field `imdbId`.
    IMDB_ID imdb_id: Option<Text>,
    /// The field `tmdbId`.
    TMDB_ID tmdb_id: Option<Text>,
    /// The whole line, only where it does not have exactly the expected fields.
    RAW raw: Option<Text>,
    /// First line of the row in the file, from 1.
    SOURCE_LINE source_line: i64,
    /// The input file.
    SOURCE_FILE source_file: Text,
});
