//! The Gramian of one side, which stands for all the pairs nobody rated.

use std::ops::Range;

use faer::Mat;
use rayon::prelude::*;

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

/// `G = sum_i y_i y_i^T` in double precision: `rank * rank`, lower triangle only.
#[derive(Debug, Clone)]
pub(crate) struct Gramian(Mat<f64>);

impl Gramian {
    /// Of some rows of a side.
    pub(crate) fn of<Row: Index>(side: &Factors<Row>, rows: Range<usize>) -> Self {
        let rank = side.rank();
        let part = rows.len().div_ceil(PARTS).max(LEAST_ROWS);
        let values = &side.values()[rows.start * rank..rows.end * rank];
        let parts: Vec<Self> = values.par_chunks(part * rank).map(|part| Self(sum(part, rank))).collect();
        Self::sum(rank, parts)
    }

    /// The sum of the Gramians of parts of a side, in order.
    pub(crate) fn sum(rank: usize, parts: impl IntoIterator<Item = Self>) -> Self {
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
