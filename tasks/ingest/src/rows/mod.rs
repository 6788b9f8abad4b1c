//! Rows of text out of a stream of bytes: nothing typed, nothing dropped.

mod batch;
mod lines;
mod record;
mod split;
#[cfg(test)]
mod tests;

use std::io::Read;

pub(crate) use self::batch::Batch;
use self::{
    batch::BatchBuilder,
    record::{Record, Records},
    split::Field,
};
use crate::{error::IngestError, layout::Format, place::Place, table::Table};

/// A batch ends at this many rows ...
const BATCH_ROWS: usize = 1 << 16;
/// ... or at this many bytes of text, whichever comes first.
const BATCH_BYTES: usize = 16 << 20;

/// The rows of one file, as an iterator of batches. It ends after the first error.
///
/// A file without any well-formed row ends with [`IngestError::NoRows`], unless its table may be missing and
/// it has no rows at all.
pub(crate) struct Rows<'a> {
    table: Table,
    place: Place,
    format: Format,
    total_bytes: Option<u64>,
    records: Records<Box<dyn Read + Send + 'a>>,
    /// For each column of the table, which field of a record it is.
    positions: Vec<usize>,
    seen_any: bool,
    seen_well_formed: bool,
    ended: bool,
}

impl<'a> Rows<'a> {
    /// Reads as far as the header.
    pub(crate) fn open(
        table: Table,
        place: Place,
        format: Format,
        total_bytes: Option<u64>,
        input: Box<dyn Read + Send + 'a>,
    ) -> Result<Self, IngestError> {
        let mut records = Records::new(input, format).map_err(|source| place.read_error(source))?;
        let positions = match format {
            Format::Csv => read_header(&mut records, table, &place)?,
            Format::DoubleColons => {
                let count = table.columns().len();
                records.expect_fields(count);
                (0..count).collect()
            }
        };
        Ok(Self {
            table,
            place,
            format,
            total_bytes,
            records,
            positions,
            seen_any: false,
            seen_well_formed: false,
            ended: false,
        })
    }

    /// How many bytes of the file were read so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.records.bytes_read()
    }

    /// How many bytes the file has, if that is known.
    pub(crate) fn total_bytes(&self) -> Option<u64> {
        self.total_bytes
    }

    fn next_batch(&mut self) -> Result<Option<Batch>, IngestError> {
        let mut batch = BatchBuilder::with_capacity(self.table, BATCH_ROWS);
        let (mut rows, mut bytes) = (0, 0);
        while rows < BATCH_ROWS && bytes < BATCH_BYTES {
            let next = self.records.next().map_err(|source| self.place.read_error(source))?;
            let Some(record) = next else { break };
            self.seen_well_formed |= batch.push(&record, &self.positions, self.format);
            rows += 1;
            bytes += record.text.len();
        }
        if rows > 0 {
            self.seen_any = true;
            return Ok(Some(batch.finish(self.place.source_file())));
        }
        if !self.seen_well_formed && (self.seen_any || self.table.is_required()) {
            let file = self.place.source_file().to_owned();
            return Err(IngestError::NoRows { file, lines: self.records.lines_read() });
        }
        Ok(None)
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Batch, IngestError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.next_batch().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

/// Reads the first line that is not blank, and says which of its fields each column of the table is.
fn read_header<R: Read>(
    records: &mut Records<R>,
    table: Table,
    place: &Place,
) -> Result<Vec<usize>, IngestError> {
    loop {
        match records.next().map_err(|source| place.read_error(source))? {
            None => return Ok(Vec::new()),
            Some(blank) if blank.text.is_empty() => {}
            Some(header) => {
                let (positions, count) =
                    (positions(table, place.source_file(), &header)?, header.fields.len());
                records.expect_fields(count);
                return Ok(positions);
            }
        }
    }
}

/// Where each column of the table stands in the header. Order, case, underscores and surplus columns do not matter.
fn positions(table: Table, file: &str, header: &Record<'_>) -> Result<Vec<usize>, IngestError> {
    let text = String::from_utf8_lossy(header.text);
    let plain = |name: &str| name.trim().replace('_', "").to_ascii_lowercase();
    let name = |field: &Field| plain(&String::from_utf8_lossy(&header.text[field.start..field.end]));
    let names: Vec<_> = header.fields.iter().map(name).collect();
    let position = |column: &'static str| {
        names.iter().position(|name| *name == plain(column)).ok_or_else(|| IngestError::MissingColumn {
            file: file.to_owned(),
            column,
            found: text.chars().take(120).collect(),
            expected: table.columns().join(","),
        })
    };
    table.columns().iter().copied().map(position).collect()
}
