//! Rows of text, by column.

use std::sync::Arc;

use super::TextColumn;
use crate::Table;

/// Some rows of one table, each field as the text it was in the file.
///
/// All columns have the same number of values. A row whose [`Self::raw`] is null had exactly the fields its
/// file promises. Any other row is malformed (too few or too many fields, a broken quote, a blank line, bytes
/// that are not UTF-8): `raw` holds its text, and the columns whatever could be told apart, else null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawBatch {
    /// The table these rows belong to.
    pub table: Table,
    /// The file they come from, as named inside its zip or folder.
    pub source_file: Arc<str>,
    /// The line on which each row begins, from 1.
    pub source_line: Vec<i64>,
    /// One column for each of [`Table::columns`], in that order.
    pub columns: Vec<TextColumn>,
    /// The text of each malformed row, null for the others.
    pub raw: TextColumn,
}

impl RawBatch {
    pub(crate) fn with_capacity(table: Table, source_file: Arc<str>, rows: usize) -> Self {
        let column = || TextColumn::with_capacity(rows, rows * 8);
        Self {
            table,
            source_file,
            source_line: Vec::with_capacity(rows),
            columns: table.columns().iter().map(|_| column()).collect(),
            raw: TextColumn::with_capacity(rows, 0),
        }
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.source_line.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.source_line.is_empty()
    }

    /// How many rows are malformed.
    #[must_use]
    pub fn malformed(&self) -> usize {
        self.raw.iter().flatten().count()
    }

    pub(crate) fn byte_len(&self) -> usize {
        self.columns.iter().map(TextColumn::byte_len).sum::<usize>() + self.raw.byte_len()
    }
}
