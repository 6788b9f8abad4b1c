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

use pulp::{Simd, WithSimd};

use crate::config::{Config, Solver};
use crate::equations::{Breakdown, NormalEquations};
use crate::factors::Factors;
use crate::gramian::Background;
use crate::index::Index;
use crate::kernel::Kernel;
use crate::kernel::gradient::{Descent, PANEL_ROWS};
use crate::kernel::system::System;
use crate::kernel::tile::inner_product;
use crate::real::{single, squared_norm};

/// The observations of a row: columns ascending, and a rating for each.
pub(crate) type Observations<'a, Col> = (&'a [Col], &'a [f32]);

/// What stands still while rows of the other kind are solved.
#[derive(Clone, Copy)]
pub(crate) struct Fixed<'a, Col> {
    pub(crate) config: &'a Config,
    pub(crate) mean: f32,
    pub(crate) side: &'a Factors<Col>,
    pub(crate) background: Option<&'a Background>,
}

impl<Col: Index> Fixed<'_, Col> {
    /// The weight and the target of an observation.
    #[inline(always)]
    fn observation(&self, column: Col, rating: f32) -> (f32, f32) {
        self.config.observation(self.mean, rating, self.side.bias(column))
    }

    /// The weight of the squared unknowns of a row with so many observations.
    fn ridge(&self, observations: usize) -> f64 {
        self.config.ridge(observations, self.side.rows())
    }

    /// Assembles the equations of a row in double precision.
    fn assemble(&self, equations: &mut NormalEquations, (columns, ratings): Observations<'_, Col>) {
        let background = self.background.map(|background| &background.double);
        equations.start(background, self.ridge(columns.len()));
        for (&column, &rating) in columns.iter().zip(ratings) {
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
        self.assemble(&mut equations, row);
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
        row.0.iter().zip(row.1).map(part).collect()
    }
}

/// Solves one row after the other in the same memory.
pub(crate) struct RowSolver<'a, Col> {
    kernel: Kernel,
    fixed: Fixed<'a, Col>,
    way: Way,
    double: Option<NormalEquations>,
}

/// How rows are solved, with the memory for it.
enum Way {
    Exact(System),
    Descend { descent: Descent, steps: usize },
}

impl<'a, Col: Index> RowSolver<'a, Col> {
    pub(crate) fn new(kernel: Kernel, fixed: Fixed<'a, Col>) -> Self {
        let way = match fixed.config.solver {
            Solver::Cholesky => Way::Exact(System::new(fixed.config.rank, fixed.config.has_biases())),
            Solver::ConjugateGradient { steps } => {
                Way::Descend { descent: Descent::new(fixed.config.dimension()), steps }
            }
        };
        Self { kernel, fixed, way, double: None }
    }

    /// Writes the factor and the bias that minimise the loss of a row observed with these columns, or better ones than it
    /// finds there by conjugate gradients.
    ///
    /// A row without observations is zero: that is its minimum. `upcoming` are the columns of this row and then of those
    /// that will be solved next, for the memory to be ready.
    pub(crate) fn solve(
        &mut self,
        row: Observations<'_, Col>,
        upcoming: &[Col],
        factor: &mut [f32],
        bias: &mut f32,
    ) -> Result<(), Breakdown> {
        if row.0.is_empty() {
            factor.fill(0.0);
            *bias = 0.0;
            return Ok(());
        }
        let Self { kernel, fixed, way, double } = self;
        let system = match way {
            Way::Exact(system) => system,
            Way::Descend { descent, steps } => {
                return kernel.run(Descend { fixed, descent, steps: *steps, row, factor, bias });
            }
        };
        if kernel.run(Solve { fixed, system, row, upcoming, factor, bias }).is_ok() {
            return Ok(());
        }
        let double = double.get_or_insert_with(|| NormalEquations::new(fixed.config.dimension()));
        fixed.assemble(double, row);
        let (head, tail) = double.solve()?.split_at(factor.len());
        for (entry, &number) in factor.iter_mut().zip(head) {
            *entry = single(number);
        }
        *bias = tail.first().map_or(0.0, |&number| single(number));
        let finite = bias.is_finite() && factor.iter().all(|number| number.is_finite());
        if finite { Ok(()) } else { Err(Breakdown) }
    }

    /// The part of the loss that a row has alone: its squared errors, weighted, and its ridge.
    pub(crate) fn loss(&self, row: Observations<'_, Col>, factor: &[f32], bias: f32) -> f64 {
        let squares = squared_norm(factor) + f64::from(bias) * f64::from(bias);
        let errors = self.kernel.run(SquaredErrors { fixed: &self.fixed, row, factor, bias });
        errors + self.fixed.ridge(row.0.len()) * squares
    }
}

/// Solves one row in single precision.
struct Solve<'s, 'a, Col> {
    fixed: &'s Fixed<'a, Col>,
    system: &'s mut System,
    row: Observations<'s, Col>,
    upcoming: &'s [Col],
    factor: &'s mut [f32],
    bias: &'s mut f32,
}

impl<Col: Index> WithSimd for Solve<'_, '_, Col> {
    type Output = Result<(), Breakdown>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let Self { fixed, system, row: (columns, ratings), upcoming, factor, bias } = self;
        let background = fixed.background.map(|background| &background.single[..]);
        system.start(background, single(fixed.ridge(columns.len())));
        let rows = system.panel_rows();
        for (panel, (columns, ratings)) in columns.chunks(rows).zip(ratings.chunks(rows)).enumerate() {
            for (&column, &rating) in columns.iter().zip(ratings) {
                let (weight, target) = fixed.observation(column, rating);
                system.add(simd, fixed.side.row(column), weight, target);
            }
            let upcoming = upcoming[panel * rows + columns.len()..].iter().take(rows);
            system.flush(simd, upcoming.map(|&column| fixed.side.row(column)));
        }
        let (solution, solved_bias) = system.solve(simd)?;
        factor.copy_from_slice(solution);
        *bias = solved_bias;
        Ok(())
    }
}

/// Improves one row by conjugate gradients.
struct Descend<'s, 'a, Col> {
    fixed: &'s Fixed<'a, Col>,
    descent: &'s mut Descent,
    steps: usize,
    row: Observations<'s, Col>,
    factor: &'s mut [f32],
    bias: &'s mut f32,
}

impl<Col: Index> WithSimd for Descend<'_, '_, Col> {
    type Output = Result<(), Breakdown>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let Self { fixed, descent, steps, row, factor, bias } = self;
        let background = fixed.background.map(|background| &background.single[..]);
        let ridge = single(fixed.ridge(row.0.len()));
        descent.begin(simd, factor.iter().copied().chain([*bias]), background, ridge);
        gather(simd, fixed, descent, row, Descent::add_to_residual);
        descent.set_off(simd);
        for _ in 0..steps {
            if descent.is_converged() {
                break;
            }
            descent.begin_step(simd, background, ridge);
            gather(simd, fixed, descent, row, Descent::add_to_image);
            descent.end_step(simd);
        }
        let (head, tail) = descent.solution()?.split_at(factor.len());
        factor.copy_from_slice(head);
        *bias = tail.first().copied().unwrap_or(0.0);
        Ok(())
    }
}

/// Gathers the vectors of a row, panel by panel, each for some use.
#[inline(always)]
fn gather<S: Simd, Col: Index>(
    simd: S,
    fixed: &Fixed<'_, Col>,
    descent: &mut Descent,
    (columns, ratings): Observations<'_, Col>,
    mut used: impl FnMut(&mut Descent, S),
) {
    for (columns, ratings) in columns.chunks(PANEL_ROWS).zip(ratings.chunks(PANEL_ROWS)) {
        for (&column, &rating) in columns.iter().zip(ratings) {
            let (weight, target) = fixed.observation(column, rating);
            descent.add(simd, fixed.side.row(column), weight, target);
        }
        used(descent, simd);
    }
}

/// Sums `w (t - b - <x, y>)^2` over the observations of a row.
struct SquaredErrors<'s, 'a, Col> {
    fixed: &'s Fixed<'a, Col>,
    row: Observations<'s, Col>,
    factor: &'s [f32],
    bias: f32,
}

impl<Col: Index> WithSimd for SquaredErrors<'_, '_, Col> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let Self { fixed, row: (columns, ratings), factor, bias } = self;
        let (vectors, rest) = S::as_simd_f32s(factor);
        let mut sum = 0.0;
        for (&column, &rating) in columns.iter().zip(ratings) {
            let (weight, target) = fixed.observation(column, rating);
            let (other, other_rest) = S::as_simd_f32s(fixed.side.row(column));
            let mut score = inner_product(simd, vectors, other);
            for (left, right) in rest.iter().zip(other_rest) {
                score += left * right;
            }
            let error = f64::from(target) - f64::from(bias) - f64::from(score);
            sum += f64::from(weight) * error * error;
        }
        sum
    }
}
