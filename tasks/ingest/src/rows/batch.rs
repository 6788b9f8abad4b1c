//! Rows of text as Arrow columns.

use std::borrow::Cow;
use std::sync::Arc;

use lakehouse::arrow::array::{ArrayRef, Int64Builder, StringArray, StringBuilder};

use super::{record::Record, split::Field};
use crate::{layout::Format, table::Table};

/// Rows of one file.
///
/// The columns are those of the bronze table: the fields of [`Table::columns`], `raw`, `source_line` (the line on which
/// a row begins, from 1) and `source_file`. A row whose `raw` is null had exactly the fields its file promises. Any
/// other row is malformed (too few or too many fields, a broken quote, a blank line, bytes that are not UTF-8): `raw`
/// holds its text, and the fields whatever could be told apart, else null.
#[derive(Debug, PartialEq)]
pub(crate) struct Batch {
    pub(crate) table: Table,
    pub(crate) columns: Vec<ArrayRef>,
}

/// A batch being filled row by row.
pub(super) struct BatchBuilder {
    table: Table,
    fields: Vec<StringBuilder>,
    raw: StringBuilder,
    source_line: Int64Builder,
}

impl BatchBuilder {
    pub(super) fn with_capacity(table: Table, rows: usize) -> Self {
        Self {
            table,
            fields: table.columns().iter().map(|_| StringBuilder::with_capacity(rows, rows * 8)).collect(),
            raw: StringBuilder::with_capacity(rows, 0),
            source_line: Int64Builder::with_capacity(rows),
        }
    }

    /// Adds a record as one row, and tells whether it was well-formed. `positions` says which field of the record each
    /// column is.
    pub(super) fn push(&mut self, record: &Record<'_>, positions: &[usize], format: Format) -> bool {
        let (text, is_text) = decoded(record.text, format);
        let well_formed = is_text && !record.malformed;
        // Fields end at ASCII characters, so that a range of the bytes is one of the text, unless the bytes had
        // to change.
        let unchanged = matches!(text, Cow::Borrowed(_)).then_some(&*text);
        self.source_line.append_value(record.line);
        for (column, &position) in self.fields.iter_mut().zip(positions) {
            match record.fields.get(position) {
                None => column.append_null(),
                Some(field) => match unchanged {
                    Some(text) => append(column, &text[field.start..field.end], *field),
                    None => append(column, &decoded(&record.text[field.start..field.end], format).0, *field),
                },
            }
        }
        if well_formed {
            self.raw.append_null();
        } else {
            self.raw.append_value(&text);
        }
        well_formed
    }

    /// The batch with rows of the named file.
    pub(super) fn finish(mut self, source_file: &str) -> Batch {
        let source_line = self.source_line.finish();
        let files = StringArray::new_repeated(source_file, source_line.len());
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.fields.len() + 3);
        columns.extend(self.fields.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef));
        columns.extend([Arc::new(self.raw.finish()) as ArrayRef, Arc::new(source_line), Arc::new(files)]);
        Batch { table: self.table, columns }
    }
}

fn append(column: &mut StringBuilder, text: &str, field: Field) {
    if field.has_doubled_quotes {
        column.append_value(text.replace("\"\"", "\""));
    } else {
        column.append_value(text);
    }
}

/// The text of some bytes, and whether they are text at all. The older layout has no fixed encoding: `ml-10m`
/// is UTF-8, `ml-1m` is Latin-1, in which any bytes are text.
fn decoded(bytes: &[u8], format: Format) -> (Cow<'_, str>, bool) {
    match (std::str::from_utf8(bytes), format) {
        (Ok(text), _) => (Cow::Borrowed(text), true),
        (Err(_), Format::DoubleColons) => (bytes.iter().copied().map(char::from).collect(), true),
        (Err(_), Format::Csv) => (String::from_utf8_lossy(bytes), false),
    }
}
