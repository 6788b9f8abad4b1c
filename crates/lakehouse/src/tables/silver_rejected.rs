//! `silver/rejected`: one row per bronze row that did not reach silver.

use crate::Text;
use crate::table::table;

table!(SilverRejected, "silver/rejected", Overwrite, {
    /// The bronze table, for example `bronze/ratings`.
    TABLE table: Text,
    /// The input file.
    SOURCE_FILE source_file: Text,
    /// Line in that file, from 1.
    SOURCE_LINE source_line: i64,
    /// The line, or its fields joined by commas.
    RAW raw: Text,
    /// A short fixed code, documented in the task `clean`.
    REASON reason: Text,
});
