//! `bronze/tags`: one row per line of the tags file, nothing dropped; every field is the text it was.

use crate::Text;
use crate::table::table;

table!(BronzeTags, "bronze/tags", Overwrite, {
    /// The field `userId`.
    USER_ID user_id: Option<Text>,
    /// The field `movieId`.
    MOVIE_ID movie_id: Option<Text>,
    /// The field `tag`.
    TAG tag: Option<Text>,
    /// The field `timestamp`.
    TAGGED_AT timestamp: Option<Text>,
    /// The whole line, only where it does not have exactly the expected fields.
    RAW raw: Option<Text>,
    /// First line of the row in the file, from 1.
    SOURCE_LINE source_line: i64,
    /// The input file.
    SOURCE_FILE source_file: Text,
});
