//! Memory that begins at a cache line.

use std::ops::{Deref, DerefMut};

/// Bytes of a cache line, which no vector exceeds.
const LINE: usize = 64;

/// Numbers that begin at a cache line, so that no aligned vector of them straddles two.
#[derive(Debug)]
pub(crate) struct Buffer {
    numbers: Vec<f32>,
    begin: usize,
    length: usize,
}

impl Buffer {
    pub(crate) fn zeros(length: usize) -> Self {
        let numbers = vec![0.0_f32; length + LINE / size_of::<f32>()];
        // An offset that cannot be had is no offset: slower, and as right.
        let begin = numbers.as_ptr().align_offset(LINE).min(LINE / size_of::<f32>());
        Self { numbers, begin, length }
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

    fn deref(&self) -> &[f32] {
        &self.numbers[self.begin..][..self.length]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.numbers[self.begin..][..self.length]
    }
}
