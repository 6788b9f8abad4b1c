//! The factors of one side of the matrix.

use std::marker::PhantomData;

use crate::error::AlsError;
use crate::index::Index;
use crate::index::{fits_index, in_range};
use crate::kernel::buffer::Buffer;

/// The factor of one user outside of the model.
#[derive(Debug, Clone, PartialEq)]
pub struct UserFactor {
    /// `rank` numbers.
    pub factor: Vec<f32>,
    /// The user's bias, 0 without biases.
    pub bias: f32,
}

/// A factor of `rank` numbers and a bias for each row of one kind, all finite.
///
/// The bias is 0 wherever the objective has none.
#[derive(Debug, Clone, PartialEq)]
pub struct Factors<Row> {
    rank: usize,
    values: Buffer,
    biases: Vec<f32>,
    row: PhantomData<Row>,
}

impl<Row: Index> Factors<Row> {
    /// Puts factors together from `rows * rank` numbers, row by row, and a bias for each row.
    ///
    /// # Errors
    /// A rank of 0, lengths that disagree, or a number that is not finite.
    pub fn from_parts(rank: usize, values: Vec<f32>, biases: Vec<f32>) -> Result<Self, AlsError> {
        if rank == 0 {
            return Err(AlsError::InvalidRank { rank });
        }
        fits_index::<Row>(biases.len())?;
        let expected = biases.len().saturating_mul(rank);
        if values.len() != expected {
            let what = "the array of factors";
            return Err(AlsError::LengthMismatch { what, expected, found: values.len() });
        }
        let finite = |numbers: &[f32]| numbers.iter().all(|number| number.is_finite());
        let rows = values.chunks_exact(rank).zip(biases.iter());
        if let Some(row) = rows.into_iter().position(|(factor, bias)| !(finite(factor) && bias.is_finite())) {
            return Err(AlsError::FactorNotFinite { side: Row::NAME, row });
        }
        Ok(Self { rank, values: values.into(), biases, row: PhantomData })
    }

    /// Factors that are all zero.
    pub(crate) fn zeros(rows: usize, rank: usize) -> Self {
        Self { rank, values: Buffer::zeros(rows * rank), biases: vec![0.0; rows], row: PhantomData }
    }

    /// The length of a factor.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.biases.len()
    }

    /// The factor of a row.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    #[inline(always)]
    pub fn row(&self, row: Row) -> &[f32] {
        self.row_at(row.position())
    }

    /// The bias of a row.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    #[inline(always)]
    pub fn bias(&self, row: Row) -> f32 {
        self.biases[row.position()]
    }

    /// All factors, row by row.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// All biases.
    #[must_use]
    pub fn biases(&self) -> &[f32] {
        &self.biases
    }

    /// The factors and the biases, given away.
    #[must_use]
    pub fn into_parts(self) -> (Vec<f32>, Vec<f32>) {
        (self.values.into_vec(), self.biases)
    }

    #[inline(always)]
    pub(crate) fn row_at(&self, row: usize) -> &[f32] {
        &self.values[row * self.rank..][..self.rank]
    }

    pub(crate) fn parts_mut(&mut self) -> (&mut [f32], &mut [f32]) {
        (&mut self.values, &mut self.biases)
    }

    pub(crate) fn contains(&self, row: Row) -> Result<(), AlsError> {
        in_range(row, self.rows())
    }
}
