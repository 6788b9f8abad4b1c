//! Cuts a stream into records and their fields, and loses none.

use std::io::{self, Read};

use super::{
    lines::{LineEnd, Lines, MAX_RECORD_BYTES},
    split::{self, Field, Quotes},
};
use crate::layout::Format;

/// The most lines a quoted field may span.
const MAX_RECORD_LINES: usize = 1000;

/// One record, valid until the next is read.
pub(super) struct Record<'a> {
    /// The line it begins on, from 1.
    pub(super) line: i64,
    /// Its bytes without the line end.
    pub(super) text: &'a [u8],
    /// What could be told apart in it.
    pub(super) fields: &'a [Field],
    /// Whether it has other than the expected fields, or faulty quotes.
    pub(super) malformed: bool,
}

/// Reads records one after the other.
pub(super) struct Records<R> {
    lines: Lines<R>,
    format: Format,
    expected_fields: usize,
    /// The next line to read, from 1.
    line: i64,
    /// Blank lines seen and not yet handed out: those at the end of the input never are.
    blanks: i64,
    fields: Vec<Field>,
    /// Bytes of the record handed out last, still in the window.
    pending: Pending,
}

/// How to get past the record that was handed out last.
#[derive(Clone, Copy)]
enum Pending {
    Bytes(usize),
    RestOfLine,
}

/// The extent of a record: its bytes with and without the line end, and its lines.
struct Extent {
    whole: usize,
    text: usize,
    lines: i64,
    malformed: bool,
}

impl<R: Read> Records<R> {
    pub(super) fn new(input: R, format: Format) -> io::Result<Self> {
        Ok(Self {
            lines: Lines::new(input)?,
            format,
            expected_fields: 0,
            line: 1,
            blanks: 0,
            fields: Vec::with_capacity(8),
            pending: Pending::Bytes(0),
        })
    }

    /// From now on, a record with another number of fields is malformed.
    pub(super) fn expect_fields(&mut self, count: usize) {
        self.expected_fields = count;
    }

    /// How many lines were read so far.
    pub(super) fn lines_read(&self) -> u64 {
        u64::try_from(self.line - 1).unwrap_or(0)
    }

    /// How many bytes were read so far.
    pub(super) fn bytes_read(&self) -> u64 {
        self.lines.bytes_read()
    }

    /// The next record; blank lines are records too, unless only the end of the input follows them.
    pub(super) fn next(&mut self) -> io::Result<Option<Record<'_>>> {
        match std::mem::replace(&mut self.pending, Pending::Bytes(0)) {
            Pending::Bytes(bytes) => self.lines.consume(bytes),
            Pending::RestOfLine => self.lines.skip_line()?,
        }
        loop {
            let end = match self.lines.line_end(0)? {
                LineEnd::Input => return Ok(None),
                LineEnd::At(end) if end <= MAX_RECORD_BYTES => Some(end),
                LineEnd::At(_) | LineEnd::TooFar => None,
            };
            if let Some(end) = end
                && without_line_end(&self.lines.window()[..end]) == 0
            {
                self.lines.consume(end);
                self.line += 1;
                self.blanks += 1;
            } else if self.blanks > 0 {
                return Ok(Some(self.blank()));
            } else {
                return self.record(end).map(Some);
            }
        }
    }

    fn blank(&mut self) -> Record<'_> {
        let line = self.line - self.blanks;
        self.blanks -= 1;
        self.fields.clear();
        Record { line, text: &[], fields: &self.fields, malformed: true }
    }

    /// The record whose first line ends at `end`, or beyond what a record may have.
    fn record(&mut self, end: Option<usize>) -> io::Result<Record<'_>> {
        let line = self.line;
        let extent = match end {
            Some(end) => self.extent(end)?,
            None => self.cut(),
        };
        self.line += extent.lines;
        let text = &self.lines.window()[..extent.text];
        Ok(Record { line, text, fields: &self.fields, malformed: extent.malformed })
    }

    fn cut(&mut self) -> Extent {
        self.fields.clear();
        self.pending = Pending::RestOfLine;
        Extent { whole: 0, text: MAX_RECORD_BYTES, lines: 1, malformed: true }
    }

    fn extent(&mut self, end: usize) -> io::Result<Extent> {
        let text = without_line_end(&self.lines.window()[..end]);
        let extent = match self.format {
            Format::DoubleColons => {
                split::at_double_colons(&self.lines.window()[..text], &mut self.fields);
                self.line_extent(end, text, Quotes::Closed)
            }
            Format::Csv if memchr::memchr(b'"', &self.lines.window()[..text]).is_none() => {
                split::at_commas(&self.lines.window()[..text], &mut self.fields);
                self.line_extent(end, text, Quotes::Closed)
            }
            Format::Csv => self.quoted_extent(end, text)?,
        };
        self.pending = Pending::Bytes(extent.whole);
        Ok(extent)
    }

    fn line_extent(&self, whole: usize, text: usize, quotes: Quotes) -> Extent {
        let malformed = quotes != Quotes::Closed || self.fields.len() != self.expected_fields;
        Extent { whole, text, lines: 1, malformed }
    }

    /// A record that spans several lines must be flawless. If it is not, a quote was lost, and only the line
    /// that opened it is malformed: those after it are read on their own.
    fn quoted_extent(&mut self, first_end: usize, first_text: usize) -> io::Result<Extent> {
        let (mut end, mut text, mut lines) = (first_end, first_text, 1);
        let mut quotes = split::at_commas_outside_quotes(&self.lines.window()[..text], &mut self.fields);
        while quotes == Quotes::Open
            && let Some((next_end, more)) = self.end_of_next_line_with_quote(end)?
        {
            end = next_end;
            lines += more;
            if lines > MAX_RECORD_LINES {
                break;
            }
            text = without_line_end(&self.lines.window()[..end]);
            quotes = split::at_commas_outside_quotes(&self.lines.window()[..text], &mut self.fields);
        }
        if lines > 1 && quotes == Quotes::Closed && self.fields.len() == self.expected_fields {
            let lines = i64::try_from(lines).unwrap_or(i64::MAX);
            return Ok(Extent { whole: end, text, lines, malformed: false });
        }
        let quotes = split::at_commas_outside_quotes(&self.lines.window()[..first_text], &mut self.fields);
        Ok(self.line_extent(first_end, first_text, quotes))
    }

    /// The end of the first line from `from` on that holds a quote, and how many lines further it is.
    fn end_of_next_line_with_quote(&mut self, from: usize) -> io::Result<Option<(usize, usize)>> {
        let mut start = from;
        for more in 1..=MAX_RECORD_LINES {
            let LineEnd::At(end) = self.lines.line_end(start)? else { return Ok(None) };
            if end > MAX_RECORD_BYTES {
                return Ok(None);
            }
            if memchr::memchr(b'"', &self.lines.window()[start..end]).is_some() {
                return Ok(Some((end, more)));
            }
            start = end;
        }
        Ok(None)
    }
}

/// The length of a line without its `\n` or `\r\n`.
fn without_line_end(line: &[u8]) -> usize {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line).len()
}
