//! The Gramian of one side, which stands for all the pairs nobody rated.

use std::ops::Range;

use faer::Mat;
use rayon::prelude::*;

use crate::error::AlsError;
use crate::factors::Factors;
use crate::index::Index;
use crate::kernel::buffer::Buffer;
use crate::kernel::equations::NormalEquations;
use crate::kernel::padded;
use crate::real::single;

/// Rows are split into at most this many parts, whatever the number of threads, and the parts added in order.
const PARTS: usize = 16;

/// No part is smaller than this.
const LEAST_ROWS: usize = 1024;

/// `G = sum_i y_i y_i^T` of some rows of a side, in double precision: it stands for all the pairs that nobody rated.
#[derive(Debug, Clone)]
pub struct Gramian(
    /// `rank * rank`, lower triangle only.
    Mat<f64>,
);

impl Gramian {
    /// The lower triangle, column by column.
    #[must_use]
    pub fn to_numbers(&self) -> Vec<f64> {
        let lower = (0..self.0.ncols()).flat_map(|column| &self.0.col_as_slice(column)[column..]);
        lower.copied().collect()
    }

    /// From what [`Gramian::to_numbers`] gave.
    ///
    /// # Errors
    /// Another number of them than this rank has.
    pub fn from_numbers(rank: usize, numbers: &[f64]) -> Result<Self, AlsError> {
        let expected = rank * (rank + 1) / 2;
        if numbers.len() != expected {
            let what = "a Gramian";
            return Err(AlsError::LengthMismatch { what, expected, found: numbers.len() });
        }
        let (mut gramian, mut numbers) = (Mat::zeros(rank, rank), numbers.iter());
        for column in 0..rank {
            let lower = &mut gramian.col_as_slice_mut(column)[column..];
            lower.iter_mut().zip(numbers.by_ref()).for_each(|(entry, &number)| *entry = number);
        }
        Ok(Self(gramian))
    }

    /// Of some rows of a side.
    pub(crate) fn of<Row: Index>(side: &Factors<Row>, rows: Range<usize>) -> Self {
        let rank = side.rank();
        let part = rows.len().div_ceil(PARTS).max(LEAST_ROWS);
        let values = &side.values()[rows.start * rank..rows.end * rank];
        let parts: Vec<Self> = values.par_chunks(part * rank).map(|part| Self(sum(part, rank))).collect();
        Self::sum(rank, parts)
    }

    /// The sum of the Gramians of parts of a side, in order.
    #[must_use]
    pub fn sum(rank: usize, parts: impl IntoIterator<Item = Self>) -> Self {
        let mut gramian = Mat::zeros(rank, rank);
        for part in parts {
            gramian += part.0;
        }
        Self(gramian)
    }

    /// `sum_(u, i) <x_u, y_i>^2`, which is the Frobenius product of the two Gramians.
    pub(crate) fn squared_scores(&self, other: &Self) -> f64 {
        let rank = self.0.ncols();
        let columns = (0..rank).map(|column| {
            let left = &self.0.col_as_slice(column)[column..];
            let right = &other.0.col_as_slice(column)[column..];
            let below: f64 = left[1..].iter().zip(&right[1..]).map(|(left, right)| left * right).sum();
            left[0] * right[0] + 2.0 * below
        });
        columns.sum()
    }
}

fn sum(part: &[f32], rank: usize) -> Mat<f64> {
    let mut equations = NormalEquations::new(rank);
    equations.start(None, 0.0);
    for factor in part.chunks_exact(rank) {
        equations.add(factor, 1.0, 0.0);
    }
    equations.matrix().clone()
}

/// `alpha0 G`, ready to begin the equations of a row in either precision.
#[derive(Debug, Clone)]
pub(crate) struct Background {
    /// Both triangles, in padded columns.
    pub(crate) single: Buffer,
    pub(crate) double: Mat<f64>,
}

impl Background {
    pub(crate) fn new(gramian: &Gramian, unobserved_weight: f64) -> Self {
        let rank = gramian.0.ncols();
        let double = Mat::from_fn(rank, rank, |row, column| {
            unobserved_weight * gramian.0[(row.max(column), row.min(column))]
        });
        let stride = padded(rank);
        let mut buffer = Buffer::zeros(stride * stride);
        for (column, entries) in buffer.chunks_exact_mut(stride).take(rank).enumerate() {
            for (entry, &number) in entries.iter_mut().zip(double.col_as_slice(column)) {
                *entry = single(number);
            }
        }
        Self { single: buffer, double }
    }
}
