//! Dense indices of users and movies, each its own type: mixing them is the classic recommender bug.

use std::fmt::Debug;
use std::ops::Range;

use crate::error::AlsError;

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::UserIdx {}
    impl Sealed for super::MovieIdx {}
}

/// A dense index, counted from 0, of one kind of row.
///
/// [`Csr`](crate::Csr) and [`Factors`](crate::Factors) carry it in their type, so that a transposed matrix or the
/// other side's factors do not compile.
pub trait Index: sealed::Sealed + bytemuck::Pod + Ord + Debug + Send + Sync + 'static {
    /// What an error calls a row of this kind.
    const NAME: &'static str;

    /// The index with this number.
    fn new(number: u32) -> Self;

    /// The number of this index.
    fn number(self) -> u32;

    /// The index of a position in a slice, of which there are no more than an index can name.
    ///
    /// # Panics
    /// If there are.
    #[must_use]
    #[allow(clippy::expect_used, reason = "whoever holds so many rows has checked that")]
    fn at(position: usize) -> Self {
        Self::new(u32::try_from(position).expect("rows that an index can name"))
    }

    /// The position of this index in a slice.
    fn position(self) -> usize {
        self.number() as usize
    }
}

/// The dense index of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, bytemuck::Zeroable, bytemuck::Pod)]
#[repr(transparent)]
pub struct UserIdx(pub u32);

/// The dense index of a movie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, bytemuck::Zeroable, bytemuck::Pod)]
#[repr(transparent)]
pub struct MovieIdx(pub u32);

impl Index for UserIdx {
    const NAME: &'static str = "user";

    fn new(number: u32) -> Self {
        Self(number)
    }

    fn number(self) -> u32 {
        self.0
    }
}

impl Index for MovieIdx {
    const NAME: &'static str = "movie";

    fn new(number: u32) -> Self {
        Self(number)
    }

    fn number(self) -> u32 {
        self.0
    }
}

/// A number for each number, different ones for different ones, in no order that data could have: what is equal is put
/// in order by it, so that no id has an advantage. The constants are those of `lowbias32` in Wellons' hash-prospector.
#[must_use]
pub fn scattered(number: u32) -> u32 {
    let mut number = number;
    number ^= number >> 16;
    number = number.wrapping_mul(0x7feb_352d);
    number ^= number >> 15;
    number = number.wrapping_mul(0x846c_a68b);
    number ^ (number >> 16)
}

/// Whether every row of this kind can be named by a 32-bit index.
pub(crate) fn fits_index<I: Index>(rows: usize) -> Result<(), AlsError> {
    match u32::try_from(rows) {
        Ok(_) => Ok(()),
        Err(_) => Err(AlsError::TooManyRows { side: I::NAME, rows }),
    }
}

/// Whether a row of this index exists.
pub(crate) fn in_range<I: Index>(index: I, rows: usize) -> Result<(), AlsError> {
    if index.position() < rows {
        return Ok(());
    }
    Err(AlsError::IndexOutOfRange { side: I::NAME, index: index.number(), rows })
}

/// Whether a side has the expected number of rows.
pub(crate) fn same_rows<I: Index>(expected: usize, found: usize) -> Result<(), AlsError> {
    if found == expected {
        return Ok(());
    }
    Err(AlsError::RowsMismatch { side: I::NAME, expected, found })
}

/// The positions of a range of indices, which must lie within `rows`.
pub(crate) fn positions<I: Index>(range: Range<I>, rows: usize) -> Result<Range<usize>, AlsError> {
    let positions = range.start.position()..range.end.position();
    if positions.end > rows {
        return Err(AlsError::IndexOutOfRange { side: I::NAME, index: range.end.number(), rows });
    }
    Ok(positions)
}
