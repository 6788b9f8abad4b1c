//! Dense indices of users and movies, each its own type: mixing them is the classic recommender bug.

use std::fmt::Debug;

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::UserIdx {}
    impl Sealed for super::MovieIdx {}
}

/// A dense index, counted from 0, of one kind of row.
///
/// [`Csr`](crate::Csr) and [`Factors`](crate::Factors) carry it in their type, so that a transposed matrix or the
/// other side's factors do not compile.
pub trait Index: sealed::Sealed + Copy + Ord + Debug + Send + Sync + 'static {
    /// What an error calls a row of this kind.
    const NAME: &'static str;

    /// The index with this number.
    fn new(number: u32) -> Self;

    /// The number of this index.
    fn number(self) -> u32;

    /// The position of this index in a slice.
    fn position(self) -> usize {
        self.number() as usize
    }
}

/// The dense index of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserIdx(pub u32);

/// The dense index of a movie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
