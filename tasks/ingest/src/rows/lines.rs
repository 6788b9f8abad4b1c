//! A window over a stream of bytes that moves line by line.

use std::io::{self, Read};

/// The most bytes a record may have. Longer ones are cut and malformed, so that a lost quote or a file that
/// is not text cannot fill the memory.
pub(crate) const MAX_RECORD_BYTES: usize = 1 << 20;

const READ_BYTES: usize = 256 << 10;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Where a line ends, in bytes from the start of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineEnd {
    /// Just behind its line feed, or at the end of the input.
    At(usize),
    /// Further than [`MAX_RECORD_BYTES`] from the start of the window.
    TooFar,
    /// There is no line: the input has ended.
    Input,
}

/// Buffered input whose window starts at the first byte not yet consumed.
pub(super) struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
    bytes_read: u64,
}

impl<R: Read> Lines<R> {
    /// Starts behind a byte order mark, if there is one.
    pub(super) fn new(input: R) -> io::Result<Self> {
        let buffer = vec![0; MAX_RECORD_BYTES + READ_BYTES];
        let mut lines = Self { input, buffer, start: 0, end: 0, ended: false, bytes_read: 0 };
        while !lines.ended && lines.end < BYTE_ORDER_MARK.len() {
            lines.fill()?;
        }
        if lines.window().starts_with(BYTE_ORDER_MARK) {
            lines.consume(BYTE_ORDER_MARK.len());
        }
        Ok(lines)
    }

    /// How many bytes of the input were read so far.
    pub(super) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// The bytes at hand.
    pub(super) fn window(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// The end of the line that begins `from` bytes into the window.
    pub(super) fn line_end(&mut self, from: usize) -> io::Result<LineEnd> {
        let mut searched = from;
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.window()[searched..]) {
                return Ok(LineEnd::At(searched + at + 1));
            }
            searched = self.window().len();
            if self.ended {
                return Ok(if searched == from { LineEnd::Input } else { LineEnd::At(searched) });
            }
            if searched >= MAX_RECORD_BYTES {
                return Ok(LineEnd::TooFar);
            }
            self.fill()?;
        }
    }

    /// Moves the window forward by `bytes`.
    pub(super) fn consume(&mut self, bytes: usize) {
        self.start += bytes;
    }

    /// Moves the window behind the next line feed, however far it is.
    pub(super) fn skip_line(&mut self) -> io::Result<()> {
        loop {
            if let Some(at) = memchr::memchr(b'\n', self.window()) {
                self.consume(at + 1);
                return Ok(());
            }
            self.start = self.end;
            if self.ended {
                return Ok(());
            }
            self.fill()?;
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let room = READ_BYTES.min(self.buffer.len() - self.end);
        let read = loop {
            match self.input.read(&mut self.buffer[self.end..self.end + room]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        self.ended = read == 0;
        self.end += read;
        self.bytes_read += read as u64;
        Ok(())
    }
}
