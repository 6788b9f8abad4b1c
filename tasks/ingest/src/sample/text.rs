//! Text that is made up as it is read.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::table::Table;

/// Bytes that are made up at a time, about, and how many such pieces ahead of the reader.
const PIECE: usize = 1 << 18;
const AHEAD: usize = 4;

/// Makes up a table row by row.
pub(crate) trait Lines: Send {
    /// Appends some rows, and tells whether more may follow.
    fn write(&mut self, out: &mut Vec<u8>) -> bool;
}

/// The text of a CSV file, header first, made up on a thread of its own, which ends with the reader.
pub(crate) struct TextReader {
    pieces: Receiver<Vec<u8>>,
    buffer: Vec<u8>,
    start: usize,
}

impl TextReader {
    pub(super) fn new(table: Table, lines: impl Lines + 'static) -> Self {
        let (sender, pieces) = sync_channel(AHEAD);
        thread::spawn(move || make_up(lines, &sender));
        Self { pieces, buffer: header(table).into(), start: 0 }
    }
}

fn make_up(mut lines: impl Lines, sender: &SyncSender<Vec<u8>>) {
    let mut more = true;
    while more {
        let mut piece = Vec::with_capacity(PIECE + PIECE / 4);
        while more && piece.len() < PIECE {
            more = lines.write(&mut piece);
        }
        if sender.send(piece).is_err() {
            return;
        }
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
            let Ok(piece) = self.pieces.recv() else { return Ok(0) };
            (self.buffer, self.start) = (piece, 0);
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
