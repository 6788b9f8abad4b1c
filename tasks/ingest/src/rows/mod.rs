//! Rows of text out of a file: nothing typed, nothing dropped.

mod batch;
mod dialect;
mod json;
mod lines;
mod parquet;
mod record;
mod split;
#[cfg(test)]
mod tests;
mod text;

use std::{fs::File, io::Read};

use contract::description::{DataFile, Format, Genres};

pub(crate) use self::{batch::Batch, parquet::first_rows};
use self::{batch::BatchBuilder, dialect::Quote, json::JsonReader, parquet::ParquetReader, text::TextReader};
use crate::{error::IngestError, place::Place, table::Table};

/// A batch ends at this many rows ...
const BATCH_ROWS: usize = 1 << 16;
/// ... or at this many bytes of text, whichever comes first.
const BATCH_BYTES: usize = 16 << 20;

/// Letters of a line that a message shows.
const SHOWN: usize = 120;

/// What rows are read from.
pub(crate) enum RowInput<'a> {
    /// Bytes one after the other, and how many there will be, if that is known.
    Stream(Option<u64>, Box<dyn Read + Send + 'a>),
    /// A file that is read here and there.
    File(File),
}

impl<'a> RowInput<'a> {
    pub(crate) fn stream(total_bytes: Option<u64>, input: Box<dyn Read + Send + 'a>) -> Self {
        Self::Stream(total_bytes, input)
    }
}

/// Where rows come from, whatever the format.
trait Reader: Send {
    /// Adds rows until the batch is full or the file has ended.
    fn fill(&mut self, batch: &mut BatchBuilder, place: &Place) -> Result<(), IngestError>;

    /// How many bytes of the file were read so far.
    fn bytes_read(&self) -> u64;

    /// How many lines were read so far.
    fn lines_read(&self) -> u64;
}

/// The rows of one file, as an iterator of batches. It ends after the first error.
///
/// A file without any well-formed row ends with [`IngestError::NoRows`], unless its table may be missing and
/// it has no rows at all.
pub(crate) struct Rows<'a> {
    table: Table,
    place: Place,
    total_bytes: Option<u64>,
    reader: Box<dyn Reader + 'a>,
    flags: Vec<String>,
    seen_any: bool,
    seen_well_formed: bool,
    /// What is wrong with the first malformed row.
    first_fault: Option<String>,
    ended: bool,
}

impl<'a> Rows<'a> {
    /// Reads as far as the header.
    pub(crate) fn open(
        table: Table,
        place: Place,
        file: &DataFile,
        genres: &Genres,
        input: RowInput<'a>,
    ) -> Result<Self, IngestError> {
        let flags = if table == Table::Movies { genres.flags.clone() } else { Vec::new() };
        let (total_bytes, reader): (_, Box<dyn Reader + 'a>) = match (file.format, input) {
            (Format::Parquet, RowInput::File(input)) => {
                (None, Box::new(ParquetReader::open(table, &place, file, genres, input)?))
            }
            (Format::Parquet, RowInput::Stream(..)) => {
                return Err(IngestError::PackedParquet { file: place.source_file().to_owned() });
            }
            (Format::JsonLines, input) => {
                let (total, input) = input.into_stream();
                (total, Box::new(JsonReader::open(table, &place, file, genres, input)?))
            }
            (Format::Csv | Format::Blocks, input) => {
                let (total, input) = input.into_stream();
                (total, Box::new(TextReader::open(table, &place, file, flags.len(), input)?))
            }
        };
        Ok(Self {
            table,
            place,
            total_bytes,
            reader,
            flags,
            seen_any: false,
            seen_well_formed: false,
            first_fault: None,
            ended: false,
        })
    }

    /// How many bytes of the file were read so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.reader.bytes_read()
    }

    /// How many bytes the file has, if that is known.
    pub(crate) fn total_bytes(&self) -> Option<u64> {
        self.total_bytes
    }

    fn next_batch(&mut self) -> Result<Option<Batch>, IngestError> {
        let mut batch = BatchBuilder::new(self.table, self.flags.clone());
        self.reader.fill(&mut batch, &self.place)?;
        self.seen_well_formed |= batch.has_well_formed();
        if self.first_fault.is_none() {
            self.first_fault = batch.take_first_fault();
        }
        if batch.rows() > 0 {
            self.seen_any = true;
            return Ok(Some(batch.finish(self.place.source_file())));
        }
        if !self.seen_well_formed && (self.seen_any || self.table.is_required()) {
            let file = self.place.source_file().to_owned();
            let (lines, first) = (self.reader.lines_read(), self.first_fault.take());
            return Err(IngestError::NoRows { file, lines, first });
        }
        Ok(None)
    }
}

impl<'a> RowInput<'a> {
    fn into_stream(self) -> (Option<u64>, Box<dyn Read + Send + 'a>) {
        match self {
            Self::Stream(total, input) => (total, input),
            Self::File(file) => (file.metadata().ok().map(|metadata| metadata.len()), Box::new(file)),
        }
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

/// The beginning of a text, fit for a message.
fn shown(text: &str) -> String {
    text.chars().take(SHOWN).flat_map(char::escape_debug).collect()
}

/// A list of words as the text that it would be in a table, out of which `clean` takes the words again.
fn listed(words: &[&str], genres: &Genres) -> String {
    if genres.json { serde_json::Value::from(words).to_string() } else { words.join(&genres.separator) }
}

/// The fields of one line, without the quotes around them, before which inside of a field an escape may stand.
pub(crate) fn fields_of<'a>(line: &'a str, separator: &str, escape: Option<u8>) -> Vec<&'a str> {
    let mut fields = Vec::new();
    match separator.as_bytes() {
        [byte] => {
            split::outside_quotes(line.as_bytes(), *byte, Quote { escape, ..Quote::USUAL }, &mut fields);
        }
        several => split::at_text(line.as_bytes(), several, usize::MAX, &mut fields),
    }
    fields.into_iter().map(|field| &line[field.start..field.end]).collect()
}

/// A name without what does not matter in it: case, underscores and spaces.
pub(crate) fn plain(name: &str) -> String {
    name.trim().replace(['_', ' '], "").to_ascii_lowercase()
}
