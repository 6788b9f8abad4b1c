//! Rows of text out of a stream of bytes: nothing typed, nothing dropped.

mod batch;
mod column;
mod lines;
mod record;
mod split;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, io::Read, sync::Arc};

pub use self::{
    batch::RawBatch,
    column::{TextColumn, TextParts},
};
use self::{
    record::{Record, Records},
    split::Field,
};
use crate::{IngestError, Table, input::Place, layout::Format};

/// A batch ends at this many rows ...
const BATCH_ROWS: usize = 1 << 16;
/// ... or at this many bytes of text, whichever comes first.
const BATCH_BYTES: usize = 16 << 20;

/// The rows of one file, as an iterator of batches. It ends after the first error.
///
/// A file without any well-formed row ends with [`IngestError::NoRows`], unless its table may be missing and
/// it has no rows at all.
pub struct RawRows<'a> {
    table: Table,
    place: Place,
    file: Arc<str>,
    format: Format,
    total_bytes: Option<u64>,
    records: Records<Box<dyn Read + Send + 'a>>,
    /// For each column of the table, which field of a record it is.
    positions: Vec<usize>,
    seen: u64,
    well_formed: u64,
    ended: bool,
}

impl<'a> RawRows<'a> {
    pub(crate) fn open(
        table: Table,
        place: Place,
        format: Format,
        total_bytes: Option<u64>,
        input: Box<dyn Read + Send + 'a>,
    ) -> Result<Self, IngestError> {
        let file = place.source_file();
        let records = Records::new(input, format).map_err(|source| place.read_error(source))?;
        let positions = (0..table.columns().len()).collect();
        let mut rows = Self {
            table,
            place,
            file,
            format,
            total_bytes,
            records,
            positions,
            seen: 0,
            well_formed: 0,
            ended: false,
        };
        match format {
            Format::Csv => rows.read_header()?,
            Format::DoubleColons => rows.records.expect_fields(table.columns().len()),
        }
        Ok(rows)
    }

    /// How many bytes of the file were read so far, for a progress bar.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.records.bytes_read()
    }

    /// How many bytes the file has, if that is known.
    #[must_use]
    pub fn total_bytes(&self) -> Option<u64> {
        self.total_bytes
    }

    fn read_header(&mut self) -> Result<(), IngestError> {
        let record = loop {
            match self.records.next().map_err(|source| self.place.read_error(source))? {
                None => return Ok(()),
                Some(record) if record.text.is_empty() => {}
                Some(record) => break record,
            }
        };
        let (positions, count) = positions(self.table, &self.file, &record)?;
        self.positions = positions;
        self.records.expect_fields(count);
        Ok(())
    }

    fn next_batch(&mut self) -> Result<Option<RawBatch>, IngestError> {
        let mut batch = RawBatch::with_capacity(self.table, Arc::clone(&self.file), BATCH_ROWS);
        while batch.len() < BATCH_ROWS && batch.byte_len() < BATCH_BYTES {
            let next = self.records.next().map_err(|source| self.place.read_error(source))?;
            let Some(record) = next else { break };
            let well_formed = push(&mut batch, &record, &self.positions, self.format);
            self.seen += 1;
            self.well_formed += u64::from(well_formed);
        }
        if !batch.is_empty() {
            return Ok(Some(batch));
        }
        if self.well_formed == 0 && (self.seen > 0 || self.table.is_required()) {
            return Err(IngestError::NoRows {
                file: self.file.to_string(),
                lines: self.records.lines_read(),
            });
        }
        Ok(None)
    }
}

impl Iterator for RawRows<'_> {
    type Item = Result<RawBatch, IngestError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.next_batch().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

/// Where each column of the table stands in the header, and how many fields the header has. Order, case,
/// underscores and surplus columns do not matter.
fn positions(table: Table, file: &str, header: &Record<'_>) -> Result<(Vec<usize>, usize), IngestError> {
    let text = String::from_utf8_lossy(header.text);
    let plain = |name: &str| name.trim().replace('_', "").to_ascii_lowercase();
    let names: Vec<_> = header
        .fields
        .iter()
        .map(|field| plain(&String::from_utf8_lossy(&header.text[field.start..field.end])))
        .collect();
    let position = |column: &'static str| {
        names.iter().position(|name| *name == plain(column)).ok_or_else(|| IngestError::MissingColumn {
            file: file.to_owned(),
            column,
            found: text.chars().take(120).collect(),
            expected: table.columns().join(","),
        })
    };
    let positions = table.columns().iter().copied().map(position).collect::<Result<_, _>>()?;
    Ok((positions, names.len()))
}

/// Adds a record to the batch as one row, and tells whether it was well-formed.
fn push(batch: &mut RawBatch, record: &Record<'_>, positions: &[usize], format: Format) -> bool {
    let (text, is_text) = decoded(record.text, format);
    let well_formed = is_text && !record.malformed;
    // Fields end at ASCII characters, so that a range of the bytes is one of the text, unless the bytes had
    // to change.
    let unchanged = matches!(text, Cow::Borrowed(_)).then_some(&*text);
    batch.source_line.push(record.line);
    for (column, &position) in batch.columns.iter_mut().zip(positions) {
        match record.fields.get(position) {
            None => column.push_null(),
            Some(field) => match unchanged {
                Some(text) => push_field(column, &text[field.start..field.end], *field),
                None => push_field(column, &decoded(&record.text[field.start..field.end], format).0, *field),
            },
        }
    }
    if well_formed {
        batch.raw.push_null();
    } else {
        batch.raw.push(&text);
    }
    well_formed
}

fn push_field(column: &mut TextColumn, text: &str, field: Field) {
    if field.has_doubled_quotes {
        column.push_unquoted(text);
    } else {
        column.push(text);
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
