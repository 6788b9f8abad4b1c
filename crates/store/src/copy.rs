//! The binary format of `COPY`.
//!
//! <https://www.postgresql.org/docs/15/sql-copy.html#id-1.9.3.55.9.4>: a header, rows of length-prefixed big-endian
//! fields, a trailer. Arrays have their own header: dimensions, null flag, element type, size, lower bound.

/// A full buffer is sent: larger ones gain nothing, and leave the cache.
const FULL: usize = 256 << 10;

/// `PostgreSQL` refuses a field of 1 GiB; nothing we store comes near.
const LONGEST_ROW: usize = 64 << 20;

/// What a `COPY` begins with.
pub(crate) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What it ends with.
pub(crate) const TRAILER: [u8; 2] = (-1_i16).to_be_bytes();
const NULL: i32 = -1;

/// Object ids of element types, from `pg_type.dat`.
mod oid {
    pub(super) const INT8: i32 = 20;
    pub(super) const TEXT: i32 = 25;
    pub(super) const FLOAT4: i32 = 700;
}

/// Rows on their way to one table.
#[derive(Debug, Default)]
pub struct CopyBuffer {
    bytes: Vec<u8>,
    /// Rows since the load began, those already sent included.
    rows: i64,
}

impl CopyBuffer {
    /// Encodes one row of `fields` fields, written by `encode`, which is also given the row's number from 0.
    /// Returns false, and forgets the row, if it is longer than a row can be.
    #[must_use]
    pub(crate) fn row(&mut self, fields: i16, encode: impl FnOnce(&mut Self, i64)) -> bool {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&fields.to_be_bytes());
        encode(self, self.rows);
        if self.bytes.len() - start > LONGEST_ROW {
            self.bytes.truncate(start);
            return false;
        }
        self.rows += 1;
        true
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.bytes.len() >= FULL
    }

    /// Gives the rows away.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::replace(&mut self.bytes, Vec::with_capacity(FULL + FULL / 4))
    }

    pub(crate) fn null(&mut self) {
        self.put_i32(NULL);
    }

    pub(crate) fn i32(&mut self, value: i32) {
        self.field(&value.to_be_bytes());
    }

    pub(crate) fn i64(&mut self, value: i64) {
        self.field(&value.to_be_bytes());
    }

    pub(crate) fn f32(&mut self, value: f32) {
        self.field(&value.to_be_bytes());
    }

    pub(crate) fn text(&mut self, value: &str) {
        self.field(value.as_bytes());
    }

    /// A field that may be null.
    pub(crate) fn optional<T>(&mut self, value: Option<T>, encode: impl FnOnce(&mut Self, T)) {
        match value {
            Some(value) => encode(self, value),
            None => self.null(),
        }
    }

    pub(crate) fn i64_array(&mut self, values: &[i64]) {
        self.array_of(oid::INT8, values, |value| value.to_be_bytes());
    }

    pub(crate) fn f32_array(&mut self, values: &[f32]) {
        self.array_of(oid::FLOAT4, values, |value| value.to_be_bytes());
    }

    pub(crate) fn text_array(&mut self, values: &[&str]) {
        self.array(oid::TEXT, values, |out, value| out.text(value));
    }

    /// Bytes, appended by `write`.
    pub(crate) fn bytes(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.with_length(|out| write(&mut out.bytes));
    }

    /// An array of elements of `N` bytes.
    fn array_of<T, const N: usize>(&mut self, element: i32, values: &[T], encode: impl Fn(&T) -> [u8; N]) {
        self.bytes.reserve(values.len() * (size_of::<i32>() + N));
        self.array(element, values, |out, value| out.field(&encode(value)));
    }

    fn array<T>(&mut self, element: i32, values: &[T], mut encode: impl FnMut(&mut Self, &T)) {
        self.with_length(|out| {
            out.put_i32(i32::from(!values.is_empty()));
            out.put_i32(0);
            out.put_i32(element);
            if !values.is_empty() {
                out.put_i32(length(values.len()));
                out.put_i32(1);
            }
            for value in values {
                encode(out, value);
            }
        });
    }

    /// A field whose length is known once it is written.
    fn with_length(&mut self, write: impl FnOnce(&mut Self)) {
        let length_at = self.bytes.len();
        self.put_i32(0);
        write(self);
        let written = length(self.bytes.len() - length_at - size_of::<i32>());
        self.bytes[length_at..length_at + size_of::<i32>()].copy_from_slice(&written.to_be_bytes());
    }

    fn field(&mut self, value: &[u8]) {
        self.put_i32(length(value.len()));
        self.bytes.extend_from_slice(value);
    }

    fn put_i32(&mut self, value: i32) {
        self.bytes.extend_from_slice(&value.to_be_bytes());
    }
}

/// A length as the format has it. Saturating is sound: `row` then refuses the row, which is over the limit.
fn length(bytes: usize) -> i32 {
    i32::try_from(bytes).unwrap_or(i32::MAX)
}

/// Whether `PostgreSQL` can hold this moment, in microseconds since the Unix epoch: from 4713 BC to 294276 AD.
/// We take the years 1 to 9999, which every other reader can hold too.
pub(crate) fn is_timestamp(micros: i64) -> bool {
    const YEAR_1: i64 = -62_135_596_800_000_000;
    const YEAR_10000: i64 = 253_402_300_800_000_000;
    (YEAR_1..YEAR_10000).contains(&micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_encoded_as_the_manual_says() {
        let mut buffer = CopyBuffer::default();
        assert!(buffer.row(3, |out, number| {
            out.i64(number);
            out.null();
            out.f32_array(&[1.0]);
        }));
        let mut expected = vec![0, 3, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255];
        // 28 bytes: 1 dimension, no nulls, float4, 1 element from 1, then its length and value
        expected.extend([0, 0, 0, 28, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 2, 188, 0, 0, 0, 1, 0, 0, 0, 1]);
        expected.extend([0, 0, 0, 4, 63, 128, 0, 0]);
        assert_eq!(buffer.take(), expected);
    }

    #[test]
    fn a_row_that_is_too_long_leaves_no_trace() {
        let mut buffer = CopyBuffer::default();
        assert!(buffer.row(1, |out, _| out.i64(1)));
        let before = buffer.bytes.clone();
        let long = "x".repeat(LONGEST_ROW + 1);
        assert!(!buffer.row(1, |out, _| out.text(&long)));
        assert_eq!((buffer.bytes, buffer.rows), (before, 1));
    }
}
