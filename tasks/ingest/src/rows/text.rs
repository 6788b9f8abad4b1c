//! Rows of lines with separators.

use std::io::Read;

use contract::description::{Column, DataFile, Format, Meaning};

use super::{
    Reader,
    batch::{BatchBuilder, Source, Writing},
    dialect::{Dialect, Quote, last_place},
    plain,
    record::{Record, Records},
    shown,
    split::Field,
};
use crate::{error::IngestError, place::Place, table::Table};

pub(super) struct TextReader<'a> {
    records: Records<Box<dyn Read + Send + 'a>>,
    sources: Vec<Source>,
    writing: Writing,
    /// Whether lines such as `17:` begin blocks, and the id of the one under way.
    blocks: Option<String>,
}

impl<'a> TextReader<'a> {
    /// Reads as far as the header.
    pub(super) fn open(
        table: Table,
        place: &Place,
        file: &DataFile,
        flags: usize,
        input: Box<dyn Read + Send + 'a>,
    ) -> Result<Self, IngestError> {
        let dialect = Dialect::of(file);
        let quote = dialect.quote.unwrap_or(Quote::USUAL);
        let mut records = Records::new(input, dialect).map_err(|source| place.read_error(source))?;
        let sources = if file.header {
            read_header(&mut records, table, file, place)?
        } else {
            table.meanings().iter().map(|meaning| by_place(file, *meaning, flags)).collect()
        };
        let flagged = sources.iter().map(|source| match source {
            Source::Flags(first) => first + flags,
            _ => 0,
        });
        if !file.header {
            let least = flagged.max().unwrap_or_default().max(last_place(file));
            records.first_says(least);
        }
        Ok(Self {
            records,
            sources,
            writing: Writing { encoding: file.encoding, quote },
            blocks: (file.format == Format::Blocks).then(String::new),
        })
    }
}

impl Reader for TextReader<'_> {
    fn fill(&mut self, batch: &mut BatchBuilder, place: &Place) -> Result<(), IngestError> {
        let Self { records, sources, writing, blocks } = self;
        while !batch.is_full() {
            let Some(record) = records.next().map_err(|source| place.read_error(source))? else { break };
            if let Some(block) = blocks {
                if let Some(id) = block_of(&record) {
                    id.clone_into(block);
                    continue;
                }
                batch.push(&record, sources, *writing, Some(block));
            } else {
                batch.push(&record, sources, *writing, None);
            }
        }
        Ok(())
    }

    fn bytes_read(&self) -> u64 {
        self.records.bytes_read()
    }

    fn lines_read(&self) -> u64 {
        self.records.lines_read()
    }
}

/// The id of the block that a line such as `17:` begins.
fn block_of<'a>(record: &Record<'a>) -> Option<&'a str> {
    std::str::from_utf8(record.text).ok()?.trim().strip_suffix(':').filter(|id| !id.contains(','))
}

fn by_place(file: &DataFile, meaning: Meaning, flags: usize) -> Source {
    match file.columns.get(&meaning) {
        Some(Column::Place(place)) if meaning == Meaning::Genres && flags > 0 => Source::Flags(place - 1),
        Some(Column::Place(place)) => Source::Field(place - 1),
        None if meaning == Meaning::Movie && file.format == Format::Blocks => Source::Block,
        Some(Column::Name(_)) | None => Source::Absent,
    }
}

/// Reads the first line that is not blank, and says which of its fields each column of the table is.
fn read_header<R: Read>(
    records: &mut Records<R>,
    table: Table,
    file: &DataFile,
    place: &Place,
) -> Result<Vec<Source>, IngestError> {
    loop {
        match records.next().map_err(|source| place.read_error(source))? {
            None => return Ok(Vec::new()),
            Some(blank) if blank.text.is_empty() => {}
            Some(header) if header.text.starts_with(b"\xff\xfe") || header.text.starts_with(b"\xfe\xff") => {
                return Err(IngestError::Utf16 { file: place.source_file().to_owned() });
            }
            Some(header) => {
                let (sources, count) = (sources(table, file, place, &header)?, header.fields.len());
                records.expect_fields(count);
                return Ok(sources);
            }
        }
    }
}

/// Where each column of the table stands in the header. Order, case, underscores, spaces and surplus columns do not matter.
fn sources(
    table: Table,
    file: &DataFile,
    place: &Place,
    header: &Record<'_>,
) -> Result<Vec<Source>, IngestError> {
    let text = String::from_utf8_lossy(header.text);
    let name = |field: &Field| plain(&String::from_utf8_lossy(&header.text[field.start..field.end]));
    let names: Vec<_> = header.fields.iter().map(name).collect();
    let source = |meaning: &Meaning| {
        let Some(Column::Name(wanted)) = file.columns.get(meaning) else { return Ok(Source::Absent) };
        let found = names.iter().position(|name| *name == plain(wanted));
        found.map(Source::Field).ok_or_else(|| missing_column(table, file, place, wanted, shown(&text)))
    };
    table.meanings().iter().map(source).collect()
}

/// A column that the file does not have; `found` is what it has.
pub(super) fn missing_column(
    table: Table,
    file: &DataFile,
    place: &Place,
    wanted: &str,
    found: String,
) -> IngestError {
    let name = |meaning: &Meaning| match file.columns.get(meaning) {
        Some(Column::Name(name)) => Some(name.as_str()),
        _ => None,
    };
    let expected: Vec<_> = table.meanings().iter().filter_map(name).collect();
    IngestError::MissingColumn {
        file: place.source_file().to_owned(),
        column: wanted.to_owned(),
        found,
        expected: expected.join(","),
    }
}
