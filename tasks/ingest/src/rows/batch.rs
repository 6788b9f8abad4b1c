//! Rows of text as Arrow columns.

use std::borrow::Cow;
use std::sync::Arc;

use contract::description::Encoding;
use encoding_rs::WINDOWS_1252;
use lakehouse::arrow::array::{Array, ArrayRef, Int64Builder, StringArray, StringBuilder};

use super::{BATCH_BYTES, BATCH_ROWS, dialect::Quote, record::Record, split::Field};
use crate::table::Table;

/// Rows of one file.
///
/// The columns are those of the bronze table: the fields of [`Table::meanings`], `raw`, `source_line` (the line on which
/// a row begins, from 1) and `source_file`; those of [`Table::late`] come last. A row whose `raw` is null had exactly the
/// fields its file promises. Any other row is malformed (too few or too many fields, a broken quote, a blank line): `raw`
/// holds its text, and the fields whatever could be told apart, else null. A column that the file does not have is null.
#[derive(Debug, PartialEq)]
pub(crate) struct Batch {
    pub(crate) table: Table,
    pub(crate) columns: Vec<ArrayRef>,
}

/// Where a field of a row comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The file does not have it.
    Absent,
    /// A field of the record, from 0.
    Field(usize),
    /// The fields from this one on are 1 for each of the genres that a movie has.
    Flags(usize),
    /// The line above the block.
    Block,
}

/// How the bytes of a file are text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Writing {
    pub(super) encoding: Encoding,
    /// What stands around fields.
    pub(super) quote: Quote,
}

/// A batch being filled row by row.
pub(super) struct BatchBuilder {
    table: Table,
    /// Genres, by the order of their columns.
    flags: Vec<String>,
    fields: Vec<StringBuilder>,
    raw: StringBuilder,
    source_line: Int64Builder,
    bytes: usize,
    rows: usize,
    has_well_formed: bool,
    first_fault: Option<String>,
}

impl BatchBuilder {
    pub(super) fn new(table: Table, flags: Vec<String>) -> Self {
        let column = |_| StringBuilder::with_capacity(BATCH_ROWS, BATCH_ROWS * 8);
        Self {
            table,
            flags,
            fields: table.meanings().iter().map(column).collect(),
            raw: StringBuilder::with_capacity(BATCH_ROWS, 0),
            source_line: Int64Builder::with_capacity(BATCH_ROWS),
            bytes: 0,
            rows: 0,
            has_well_formed: false,
            first_fault: None,
        }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows >= BATCH_ROWS || self.bytes >= BATCH_BYTES
    }

    pub(super) fn has_well_formed(&self) -> bool {
        self.has_well_formed
    }

    /// What is wrong with the first malformed row.
    pub(super) fn take_first_fault(&mut self) -> Option<String> {
        self.first_fault.take()
    }

    /// Adds a record as one row. `sources` say where each column comes from, `block` is the id above the record.
    pub(super) fn push(
        &mut self,
        record: &Record<'_>,
        sources: &[Source],
        writing: Writing,
        block: Option<&str>,
    ) {
        let text = decoded(record.text, writing.encoding);
        // Fields end at ASCII characters, so that a range of the bytes is one of the text, unless the bytes had
        // to change.
        let unchanged = matches!(text, Cow::Borrowed(_)).then_some(&*text);
        let field = |field: &Field| match unchanged {
            Some(text) => Cow::Borrowed(&text[field.start..field.end]),
            None => decoded(&record.text[field.start..field.end], writing.encoding),
        };
        for (column, source) in self.fields.iter_mut().zip(sources) {
            match *source {
                Source::Absent => column.append_null(),
                Source::Block => column.append_option(block),
                Source::Field(place) => match record.fields.get(place) {
                    None => column.append_null(),
                    Some(found) => append(column, &field(found), *found, writing.quote),
                },
                Source::Flags(first) => {
                    let set = |place: &usize| {
                        record.fields.get(first + place).is_some_and(|found| &*field(found) == "1")
                    };
                    let named: Vec<_> =
                        (0..self.flags.len()).filter(set).map(|place| &*self.flags[place]).collect();
                    column.append_value(named.join("|"));
                }
            }
        }
        self.end_row(record.line, record.text.len(), record.malformed.then(|| (&*text, record.fault())));
    }

    /// Adds a row of values; with its text and what is wrong with it, if it is malformed.
    pub(super) fn push_values(
        &mut self,
        line: i64,
        values: &[Option<Cow<'_, str>>],
        fault: Option<(&str, String)>,
    ) {
        let mut bytes = 0;
        for (column, value) in self.fields.iter_mut().zip(values) {
            bytes += value.as_ref().map_or(0, |value| value.len());
            column.append_option(value.as_deref());
        }
        self.end_row(line, bytes, fault);
    }

    /// Adds rows as columns, all well-formed, that begin on this line; they make a batch of their own.
    pub(super) fn push_columns(&mut self, first_line: i64, columns: &[Option<&StringArray>], rows: usize) {
        for row in 0..rows {
            let value = |column: &'_ StringArray| column.is_valid(row).then(|| column.value(row).to_owned());
            let values: Vec<_> = columns.iter().map(|column| Some(Cow::Owned(value((*column)?)?))).collect();
            self.push_values(first_line + i64::try_from(row).unwrap_or(0), &values, None);
        }
    }

    fn end_row(&mut self, line: i64, bytes: usize, fault: Option<(&str, String)>) {
        self.rows += 1;
        self.bytes += bytes;
        self.source_line.append_value(line);
        match fault {
            None => {
                self.has_well_formed = true;
                self.raw.append_null();
            }
            Some((raw, what)) => {
                self.raw.append_value(raw);
                self.first_fault.get_or_insert(what);
            }
        }
    }

    /// The batch with rows of the named file.
    pub(super) fn finish(mut self, source_file: &str) -> Batch {
        let source_line = self.source_line.finish();
        let files = StringArray::new_repeated(source_file, source_line.len());
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.fields.len() + 3);
        columns.extend(self.fields.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef));
        let late = columns.split_off(columns.len() - self.table.late());
        columns.extend([Arc::new(self.raw.finish()) as ArrayRef, Arc::new(source_line), Arc::new(files)]);
        columns.extend(late);
        Batch { table: self.table, columns }
    }
}

fn append(column: &mut StringBuilder, text: &str, field: Field, quote: Quote) {
    if field.has_pairs {
        column.append_value(quote.meant(text));
    } else {
        column.append_value(text);
    }
}

/// The text of some bytes. What is not UTF-8 is taken for Windows-1252, in which tables that are not UTF-8 are mostly
/// written, `ml-1m` among them (as Latin-1, its subset): any bytes are text in it.
fn decoded(bytes: &[u8], encoding: Encoding) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if encoding == Encoding::Utf8 || text.is_ascii() => Cow::Borrowed(text),
        _ => Cow::Owned(WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned()),
    }
}
