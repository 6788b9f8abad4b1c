//! Text that is made up as it is read.

use std::io::{self, Read};

use crate::table::Table;

/// Makes up a table row by row.
pub(crate) trait Lines: Send {
    /// Appends some rows, and tells whether more may follow.
    fn write(&mut self, out: &mut Vec<u8>) -> bool;
}

/// The text of a CSV file, header first.
pub(crate) struct TextReader {
    lines: Box<dyn Lines>,
    buffer: Vec<u8>,
    start: usize,
    more: bool,
}

impl TextReader {
    pub(super) fn new(table: Table, lines: impl Lines + 'static) -> Self {
        Self { lines: Box::new(lines), buffer: header(table).into(), start: 0, more: true }
    }
}

/// As `MovieLens` has it.
const fn header(table: Table) -> &'static str {
    match table {
        Table::Ratings => "userId,movieId,rating,timestamp\n",
        Table::Movies => "movieId,title,genres\n",
        Table::Tags => "userId,movieId,tag,timestamp\n",
        Table::Links => "movieId,imdbId,tmdbId\n",
    }
}

impl Read for TextReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.start == self.buffer.len() {
            if !self.more {
                return Ok(0);
            }
            self.buffer.clear();
            self.start = 0;
            self.more = self.lines.write(&mut self.buffer);
        }
        let bytes = out.len().min(self.buffer.len() - self.start);
        out[..bytes].copy_from_slice(&self.buffer[self.start..self.start + bytes]);
        self.start += bytes;
        Ok(bytes)
    }
}

/// Writes a field, in quotes if it must be.
pub(super) fn write_field(out: &mut Vec<u8>, text: &str) {
    if !text.contains(['"', ',', '\n']) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
    out.push(b'"');
}

/// Writes a number much faster than `write!` does.
pub(super) fn write_number(out: &mut Vec<u8>, number: i64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[at..]);
}
