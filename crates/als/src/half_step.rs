//! Half a step: every row of one side, solved against the other.

use rayon::prelude::*;

use crate::csr::Csr;
use crate::equations::Breakdown;
use crate::error::AlsError;
use crate::factors::Factors;
use crate::index::Index;
use crate::row::{Fixed, RowSolver};

/// How many rows a thread takes at a time: few, because one popular movie outweighs thousands of others.
const ROWS: usize = 16;

/// Solves every row of `solved` exactly, in parallel. Rows do not touch each other, so threads change nothing.
///
/// If rows are unsolvable the error names the first.
pub(crate) fn half_step<Row: Index, Col: Index>(
    ratings: &Csr<Row, Col>,
    fixed: Fixed<'_, Col>,
    solved: &mut Factors<Row>,
) -> Result<(), AlsError> {
    let rank = solved.rank();
    let (factors, biases) = solved.parts_mut();
    let blocks = factors.chunks_mut(ROWS * rank).zip(biases.chunks_mut(ROWS)).enumerate();
    let first_unsolvable = blocks
        .par_bridge()
        .map_init(
            || RowSolver::new(fixed),
            |solver, (block, (factors, biases))| {
                let rows = factors.chunks_mut(rank).zip(biases);
                let mut rows = (block * ROWS..).zip(rows);
                rows.find_map(|(row, (factor, bias))| {
                    let solved = solver.solve(ratings.row_at(row), factor, bias);
                    solved.err().map(|Breakdown| row)
                })
            },
        )
        .flatten()
        .min();
    match first_unsolvable {
        Some(row) => {
            let regularization = fixed.config.regularization;
            Err(AlsError::NotPositiveDefinite { side: Row::NAME, row, regularization })
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
