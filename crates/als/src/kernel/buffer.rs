//! Memory that begins at a cache line.

use std::ops::{Deref, DerefMut};

use crate::kernel::hints::use_huge_pages;

/// Bytes of a cache line, which no vector exceeds.
const LINE: usize = 64;

/// Bytes from which on memory is asked for in huge pages.
const HUGE: usize = 4 << 20;

/// Numbers that begin at a cache line, so that no aligned vector of them straddles two. Those that came as a vector stay where
/// they were.
#[derive(Debug)]
pub(crate) struct Buffer {
    numbers: Vec<f32>,
    begin: usize,
    length: usize,
}

impl Buffer {
    pub(crate) fn zeros(length: usize) -> Self {
        let mut numbers = vec![0.0_f32; length + LINE / size_of::<f32>()];
        if size_of_val(&numbers[..]) >= HUGE {
            use_huge_pages(&mut numbers);
        }
        // An offset that cannot be had is no offset: slower, and as right.
        let begin = numbers.as_ptr().align_offset(LINE).min(LINE / size_of::<f32>());
        Self { numbers, begin, length }
    }

    /// The numbers as a vector, in the same memory.
    pub(crate) fn into_vec(self) -> Vec<f32> {
        let Self { mut numbers, begin, length } = self;
        numbers.copy_within(begin..begin + length, 0);
        numbers.truncate(length);
        numbers
    }
}

impl From<Vec<f32>> for Buffer {
    fn from(numbers: Vec<f32>) -> Self {
        let length = numbers.len();
        Self { numbers, begin: 0, length }
    }
}

impl PartialEq for Buffer {
    fn eq(&self, other: &Self) -> bool {
        self[..] == other[..]
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Self {
        let mut copy = Self::zeros(self.length);
        copy.copy_from_slice(self);
        copy
    }
}

impl Deref for Buffer {
    type Target = [f32];

    #[inline(always)]
    fn deref(&self) -> &[f32] {
        &self.numbers[self.begin..][..self.length]
    }
}

impl DerefMut for Buffer {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.numbers[self.begin..][..self.length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_begin_at_a_cache_line_and_leave_as_they_are() {
        for length in [0, 1, 100, HUGE] {
            let mut buffer = Buffer::zeros(length);
            assert_eq!((buffer.len(), buffer.as_ptr().addr() % LINE), (length, 0));
            for (place, number) in (0_u16..100).zip(buffer.iter_mut()) {
                *number = place.into();
            }
            let expected = buffer.to_vec();
            assert_eq!(buffer.clone(), buffer);
            assert_eq!(buffer.into_vec(), expected);
            assert_eq!(Buffer::from(expected.clone()).into_vec(), expected);
        }
    }
}
