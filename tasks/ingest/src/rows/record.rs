//! Cuts a stream into records and their fields, and loses none.

use std::io::{self, Read};

use super::{
    dialect::{Dialect, Quote},
    lines::{LineEnd, Lines, MAX_RECORD_BYTES},
    shown,
    split::{self, Field, QuotedSplit, Quotes},
};

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
    /// How many there should be.
    pub(super) expected_fields: usize,
    /// Whether it has other than the expected fields, or faulty quotes.
    pub(super) malformed: bool,
}

impl Record<'_> {
    /// What is wrong with a malformed one, and what to do about it.
    pub(super) fn fault(&self) -> String {
        let (found, wanted) = (self.fields.len(), self.expected_fields);
        let what = if self.text.is_empty() {
            "is blank".to_owned()
        } else if memchr::memmem::find(self.text, b", \"").is_some() {
            "has a space before a quote, which then is text: remove the space".to_owned()
        } else if memchr::memchr(b'"', self.text).is_some() {
            format!("has a quote that is not closed, or {found} fields instead of {wanted}")
        } else {
            format!("has {found} fields instead of {wanted}: write every line like the first")
        };
        format!("line {} {what}: `{}`", self.line, shown(&String::from_utf8_lossy(self.text)))
    }
}

/// Reads records one after the other.
pub(super) struct Records<R> {
    lines: Lines<R>,
    dialect: Dialect,
    expected_fields: usize,
    /// The next record says how many fields there are, if it has at least these.
    least_fields: Option<usize>,
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
    pub(super) fn new(input: R, dialect: Dialect) -> io::Result<Self> {
        Ok(Self {
            lines: Lines::new(input)?,
            dialect,
            expected_fields: 0,
            least_fields: None,
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

    /// The next record says how many fields all have, if it has at least so many.
    pub(super) fn first_says(&mut self, least: usize) {
        self.least_fields = Some(least);
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
        Record {
            line,
            text: &[],
            fields: &self.fields,
            expected_fields: self.expected_fields,
            malformed: true,
        }
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
        let (expected_fields, malformed) = (self.expected_fields, extent.malformed);
        Ok(Record { line, text, fields: &self.fields, expected_fields, malformed })
    }

    fn cut(&mut self) -> Extent {
        self.fields.clear();
        self.pending = Pending::RestOfLine;
        Extent { whole: 0, text: MAX_RECORD_BYTES, lines: 1, malformed: true }
    }

    fn extent(&mut self, end: usize) -> io::Result<Extent> {
        let text = without_line_end(&self.lines.window()[..end]);
        let Dialect { separator, quote, most_fields } = &self.dialect;
        let line = &self.lines.window()[..text];
        let extent = match (&separator[..], quote) {
            (&[separator], Some(quote)) if memchr::memchr(quote.byte, line).is_some() => {
                self.quoted_extent(end, text, separator, *quote)?
            }
            (&[separator], _) => {
                split::at_byte(line, separator, *most_fields, &mut self.fields);
                self.line_extent(end, text, Quotes::Closed)
            }
            (separator, _) => {
                split::at_text(line, separator, *most_fields, &mut self.fields);
                self.line_extent(end, text, Quotes::Closed)
            }
        };
        self.pending = Pending::Bytes(extent.whole);
        Ok(extent)
    }

    fn line_extent(&mut self, whole: usize, text: usize, quotes: Quotes) -> Extent {
        if let Some(least) = self.least_fields.take() {
            self.expected_fields = self.fields.len().max(least);
        }
        let malformed = quotes != Quotes::Closed || self.fields.len() != self.expected_fields;
        Extent { whole, text, lines: 1, malformed }
    }

    /// A record that spans several lines must be flawless. If it is not, a quote was lost, and only the line
    /// that opened it is malformed: those after it are read on their own.
    ///
    /// No byte is looked at more than a few times: a line that opens a quote by itself closes or breaks one that is open.
    /// An escape changes nothing in that: what opens a quote stands behind a separator or at the start of its line.
    fn quoted_extent(
        &mut self,
        first_end: usize,
        first_text: usize,
        separator: u8,
        quote: Quote,
    ) -> io::Result<Extent> {
        let (mut end, mut lines) = (first_end, 1);
        let mut split = QuotedSplit::new(separator, quote);
        self.fields.clear();
        let mut quotes = split.go_on(&self.lines.window()[..first_text], &mut self.fields);
        // The open field is one more.
        while quotes == Quotes::Open
            && self.fields.len() < self.expected_fields
            && let Some((next_end, more)) = self.end_of_next_line_with(quote.byte, end)?
        {
            end = next_end;
            lines += more;
            if lines > MAX_RECORD_LINES {
                break;
            }
            let text = without_line_end(&self.lines.window()[..end]);
            quotes = split.go_on(&self.lines.window()[..text], &mut self.fields);
        }
        if lines > 1 && quotes == Quotes::Closed && self.fields.len() == self.expected_fields {
            let text = without_line_end(&self.lines.window()[..end]);
            let lines = i64::try_from(lines).unwrap_or(i64::MAX);
            return Ok(Extent { whole: end, text, lines, malformed: false });
        }
        let quotes =
            split::outside_quotes(&self.lines.window()[..first_text], separator, quote, &mut self.fields);
        Ok(self.line_extent(first_end, first_text, quotes))
    }

    /// The end of the first line from `from` on that holds a quote, and how many lines further it is.
    fn end_of_next_line_with(&mut self, quote: u8, from: usize) -> io::Result<Option<(usize, usize)>> {
        let mut start = from;
        for more in 1..=MAX_RECORD_LINES {
            let LineEnd::At(end) = self.lines.line_end(start)? else { return Ok(None) };
            if end > MAX_RECORD_BYTES {
                return Ok(None);
            }
            if memchr::memchr(quote, &self.lines.window()[start..end]).is_some() {
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
