//! The row solver: the one function that both half steps, fold-in and explanation stand on.
//!
//! With the other side held fixed, the loss is a quadratic function of one row. Write `y_j` for the factors of the
//! other side that the row is observed with, `w_j` for their weights and `t_j` for their targets. Its exact minimum solves
//!
//! ```text
//! (alpha0 G + ridge I + sum_j w_j y_j y_j^T) x = sum_j w_j t_j y_j
//! ```
//!
//! where `G` is the Gramian of the whole other side, computed once for all rows.
//!
//! With biases every `y_j` goes on with a constant 1, so that the last unknown is the row's own bias:
//! `<[x, b], [y_j, 1]> = <x, y_j> + b`. Factor and bias are thereby solved exactly and jointly, in one system.
//!
//! A row is solved in single precision by the [`kernel`](crate::kernel). Where that does not carry enough digits, which the
//! pivots of the Cholesky factor tell, the same equations are assembled and solved again in double precision before they
//! are called unsolvable.
//!
//! [`Solver::ConjugateGradient`] only improves a row, from what it was.

use crate::config::{Config, Solver};
use crate::factors::Factors;
use crate::index::Index;
use crate::kernel::conjugate_gradient::ConjugateGradient;
use crate::kernel::equations::NormalEquations;
use crate::kernel::system::System;
use crate::kernel::{Breakdown, Kernel};
use crate::real::{single, squared_norm};
use crate::solver::gramian::Background;
use crate::solver::row_kernels::{Improve, SolveExactly, SquaredErrors};

/// Observations of a row, all of them or those of a chunk: columns ascending, and a rating for each.
#[derive(Clone, Copy)]
pub(crate) struct Observations<'a, Col> {
    pub(crate) columns: &'a [Col],
    pub(crate) ratings: &'a [f32],
    /// The columns of what will be summed next, for the memory to be ready.
    pub(crate) upcoming: &'a [Col],
}

/// How the observations of a row are summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Summing {
    /// One after the other, onto what all rows begin with.
    Straight,
    /// Those of each chunk by themselves; then the chunks in order onto what all rows begin with.
    ByChunk,
}

/// How many observations there are in all chunks.
fn total<Col>(row: &[Observations<'_, Col>]) -> usize {
    row.iter().map(|chunk| chunk.columns.len()).sum()
}

/// What stands still while rows of the other kind are solved.
#[derive(Clone, Copy)]
pub(crate) struct Fixed<'a, Col> {
    pub(crate) config: &'a Config,
    pub(crate) mean: f32,
    pub(crate) side: &'a Factors<Col>,
    /// How many rows the side has in all: it may be a part of it.
    pub(crate) opposite: usize,
    pub(crate) background: Option<&'a Background>,
}

impl<Col: Index> Fixed<'_, Col> {
    /// The weight and the target of an observation.
    #[inline(always)]
    pub(super) fn observation(&self, column: Col, rating: f32) -> (f32, f32) {
        self.config.observation(self.mean, rating, self.side.bias(column))
    }

    /// The weight of the squared unknowns of a row with so many observations.
    pub(super) fn ridge(&self, observations: usize) -> f64 {
        self.config.ridge(observations, self.opposite)
    }

    /// Assembles the equations of a row in double precision.
    fn assemble(&self, equations: &mut NormalEquations, row: &[Observations<'_, Col>], summing: Summing) {
        let background = self.background.map(|background| &background.double);
        equations.start(background, self.ridge(total(row)));
        match summing {
            Summing::Straight => row.iter().for_each(|chunk| self.add_observations(equations, chunk)),
            Summing::ByChunk => {
                let mut part = NormalEquations::new(self.config.dimension());
                for chunk in row.iter().filter(|chunk| !chunk.columns.is_empty()) {
                    self.assemble_part(&mut part, chunk);
                    equations.add_part(&mut part);
                }
            }
        }
    }

    /// Sums the observations of a chunk by themselves, in double precision.
    pub(super) fn assemble_part(&self, part: &mut NormalEquations, chunk: &Observations<'_, Col>) {
        part.start(None, 0.0);
        self.add_observations(part, chunk);
    }

    fn add_observations(&self, equations: &mut NormalEquations, chunk: &Observations<'_, Col>) {
        for (&column, &rating) in chunk.columns.iter().zip(chunk.ratings) {
            let (weight, target) = self.observation(column, rating);
            equations.add(self.side.row(column), f64::from(weight), f64::from(target));
        }
    }

    /// How much each observation of a row adds to its score with each of some `columns`, in the order of the observations.
    ///
    /// `<x, y> = y^T A^-1 sum_j w_j t_j y_j`, so the part of `j` is `w_j t_j <A^-1 y, y_j>` (Hu et al. 2008, section 5). The
    /// matrix is the same for all columns and factorized once.
    pub(crate) fn contributions(
        &self,
        row: Observations<'_, Col>,
        columns: &[Col],
    ) -> Result<Vec<Vec<f32>>, Breakdown> {
        let mut equations = NormalEquations::new(self.config.dimension());
        self.assemble(&mut equations, &[row], Summing::Straight);
        equations.factorize()?;
        let parts_of = |&column: &Col| {
            equations.aim_at(self.side.row(column));
            Ok(self.parts(row, equations.substitute()?))
        };
        columns.iter().map(parts_of).collect()
    }

    /// `w_j t_j <solution, y_j>` for each observation.
    fn parts(&self, row: Observations<'_, Col>, solution: &[f64]) -> Vec<f32> {
        let (direction, bias) = solution.split_at(self.config.rank);
        let bias: f64 = bias.iter().sum();
        let part = |(&column, &rating): (&Col, &f32)| {
            let (weight, target) = self.observation(column, rating);
            let along = direction.iter().zip(self.side.row(column));
            let similarity: f64 = along.map(|(left, &right)| left * f64::from(right)).sum();
            single(f64::from(weight * target) * (similarity + bias))
        };
        row.columns.iter().zip(row.ratings).map(part).collect()
    }
}

/// Solves one row after the other in the same memory.
pub(crate) struct RowSolver<'a, Col> {
    kernel: Kernel,
    fixed: Fixed<'a, Col>,
    summing: Summing,
    method: Method,
    double: Option<NormalEquations>,
}

/// How rows are solved, with the memory for it.
enum Method {
    Cholesky(System),
    ConjugateGradient { descent: ConjugateGradient, steps: usize },
}

impl<'a, Col: Index> RowSolver<'a, Col> {
    pub(crate) fn new(kernel: Kernel, fixed: Fixed<'a, Col>, summing: Summing) -> Self {
        let method = match fixed.config.solver {
            Solver::Cholesky => Method::Cholesky(System::new(fixed.config.rank, fixed.config.has_biases())),
            Solver::ConjugateGradient { steps } => {
                Method::ConjugateGradient { descent: ConjugateGradient::new(fixed.config.dimension()), steps }
            }
        };
        Self { kernel, fixed, summing, method, double: None }
    }

    /// Writes the factor and the bias that minimise the loss of a row observed with these columns, or better ones than it
    /// finds there by conjugate gradients.
    ///
    /// A row without observations is zero: that is its minimum.
    pub(crate) fn solve(
        &mut self,
        row: &[Observations<'_, Col>],
        factor: &mut [f32],
        bias: &mut f32,
    ) -> Result<(), Breakdown> {
        let Self { kernel, fixed, summing, method, double } = self;
        let observations = total(row);
        if observations == 0 {
            factor.fill(0.0);
            *bias = 0.0;
            return Ok(());
        }
        let ridge = single(fixed.ridge(observations));
        let system = match method {
            Method::Cholesky(system) => system,
            Method::ConjugateGradient { descent, steps } => {
                return kernel.run(Improve { fixed, descent, steps: *steps, ridge, row, factor, bias });
            }
        };
        let by_chunk = *summing == Summing::ByChunk;
        if kernel.run(SolveExactly { fixed, system, by_chunk, ridge, row, factor, bias }).is_ok() {
            return Ok(());
        }
        let double = double.get_or_insert_with(|| NormalEquations::new(fixed.config.dimension()));
        fixed.assemble(double, row, *summing);
        let (head, tail) = double.solve()?.split_at(factor.len());
        for (entry, &number) in factor.iter_mut().zip(head) {
            *entry = single(number);
        }
        *bias = tail.first().map_or(0.0, |&number| single(number));
        let finite = bias.is_finite() && factor.iter().all(|number| number.is_finite());
        if finite { Ok(()) } else { Err(Breakdown) }
    }

    /// The part of the loss that a row has alone: its squared errors, weighted, and its ridge.
    pub(crate) fn loss(&self, row: &[Observations<'_, Col>], factor: &[f32], bias: f32) -> f64 {
        let squares = squared_norm(factor) + f64::from(bias) * f64::from(bias);
        let errors: f64 = row
            .iter()
            .map(|&chunk| self.kernel.run(SquaredErrors { fixed: &self.fixed, chunk, factor, bias }))
            .sum();
        errors + self.fixed.ridge(total(row)) * squares
    }
}
