//! Half a step: every row of one side, solved against the other.

use rayon::prelude::*;

use crate::csr::Csr;
use crate::error::AlsError;
use crate::factors::Factors;
use crate::index::Index;
use crate::kernel::Breakdown;
use crate::kernel::Kernel;
use crate::solver::row::{Fixed, Observations, RowSolver, Summing};

/// A block of neighbouring rows is what a thread takes at a time: so many observations, where a row counts as some more for its
/// Cholesky factor. One popular movie outweighs thousands of others and is a block of its own.
const BLOCK: usize = 8 * 1024;

/// What a row costs beside its observations, in observations.
const ROW: usize = 32;

/// Whether to sum the losses of the rows while their observations are in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Losses {
    Skip,
    Sum,
}

/// Solves every row of `solved` exactly, in parallel. Rows do not touch each other, so threads change nothing. The ratings of
/// each row may lie in several chunks, which have the same rows.
///
/// Gives the sum of the rows' own parts of the loss, 0 if skipped. If rows are unsolvable the error names the first.
pub(crate) fn half_step<Row: Index, Col: Index>(
    chunks: &[&Csr<Row, Col>],
    fixed: Fixed<'_, Col>,
    summing: Summing,
    solved: &mut Factors<Row>,
    losses: Losses,
) -> Result<f64, AlsError> {
    let kernel = Kernel::best();
    let results: Vec<Result<f64, usize>> = blocks(chunks, solved)
        .into_par_iter()
        .with_max_len(1)
        .map_init(
            || (RowSolver::new(kernel, fixed, summing), Vec::new()),
            |(solver, room), block| block.solve(solver, room, chunks, losses),
        )
        .collect();
    // In the order of the blocks, whichever thread had them.
    let sum: Result<f64, usize> = results.into_iter().sum();
    sum.map_err(|row| {
        let regularization = fixed.config.regularization;
        AlsError::NotPositiveDefinite { side: Row::NAME, row, regularization }
    })
}

/// Neighbouring rows and the memory of their factors.
struct Block<'a> {
    first: usize,
    rank: usize,
    factors: &'a mut [f32],
    biases: &'a mut [f32],
}

/// Cuts the rows into blocks of about the same work, whatever the number of threads.
fn blocks<'a, Row: Index, Col: Index>(
    chunks: &[&Csr<Row, Col>],
    solved: &'a mut Factors<Row>,
) -> Vec<Block<'a>> {
    let (rows, rank) = (solved.rows(), solved.rank());
    let (mut factors, mut biases) = solved.parts_mut();
    let mut blocks = Vec::new();
    let mut first = 0;
    while first < rows {
        let mut work = 0;
        let mut end = first;
        while end < rows && work < BLOCK {
            work += chunks.iter().map(|chunk| chunk.columns_at(end).len()).sum::<usize>() + ROW;
            end += 1;
        }
        let (block_factors, other_factors) = factors.split_at_mut((end - first) * rank);
        let (block_biases, other_biases) = biases.split_at_mut(end - first);
        blocks.push(Block { first, rank, factors: block_factors, biases: block_biases });
        (factors, biases, first) = (other_factors, other_biases, end);
    }
    blocks
}

impl Block<'_> {
    /// Solves the rows of the block, up to the first that cannot be: that is the error. A row's ratings are decoded once, into
    /// `room`.
    fn solve<Row: Index, Col: Index>(
        self,
        solver: &mut RowSolver<'_, Col>,
        room: &mut Vec<f32>,
        chunks: &[&Csr<Row, Col>],
        losses: Losses,
    ) -> Result<f64, usize> {
        let mut loss = 0.0;
        let rows = self.factors.chunks_mut(self.rank).zip(self.biases);
        for (row, (factor, bias)) in (self.first..).zip(rows) {
            room.clear();
            for chunk in chunks {
                chunk.decode_row(row, room);
            }
            let observations = observations(chunks, row, room);
            solver.solve(&observations, factor, bias).map_err(|Breakdown| row)?;
            if losses == Losses::Sum {
                loss += solver.loss(&observations, factor, *bias);
            }
        }
        Ok(loss)
    }
}

/// The observations of a row in each chunk, whose decoded ratings follow each other.
fn observations<'a, Row: Index, Col: Index>(
    chunks: &[&'a Csr<Row, Col>],
    row: usize,
    mut ratings: &'a [f32],
) -> Vec<Observations<'a, Col>> {
    let of_chunk = |(number, chunk): (usize, &&'a Csr<Row, Col>)| {
        let columns = chunk.columns_at(row);
        let (of_chunk, others) = ratings.split_at(columns.len());
        ratings = others;
        let upcoming = match chunks.get(number + 1) {
            Some(next) => next.columns_at(row),
            None => chunks[0].columns_after(row),
        };
        Observations { columns, ratings: of_chunk, upcoming }
    };
    chunks.iter().enumerate().map(of_chunk).collect()
}

#[cfg(test)]
mod tests;
