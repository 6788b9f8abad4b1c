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
//! A row is solved in single precision. Where that does not carry enough digits, which the pivots of the Cholesky factor
//! tell, the same equations are assembled and solved again in double precision before they are called unsolvable.

use crate::config::Config;
use crate::equations::{Breakdown, NormalEquations};
use crate::factors::Factors;
use crate::gramian::Background;
use crate::index::Index;
use crate::real::{Real, dot};

/// What stands still while rows of the other kind are solved.
#[derive(Clone, Copy)]
pub(crate) struct Fixed<'a, Col> {
    pub(crate) config: &'a Config,
    pub(crate) mean: f32,
    pub(crate) side: &'a Factors<Col>,
    pub(crate) background: Option<&'a Background>,
}

impl<Col: Index> Fixed<'_, Col> {
    /// Assembles the equations of a row observed with these columns.
    fn assemble<T: Real>(
        &self,
        equations: &mut NormalEquations<T>,
        background: Option<&faer::Mat<T>>,
        (columns, ratings): (&[Col], &[f32]),
    ) {
        equations.start(background, self.config.ridge(columns.len(), self.side.rows()));
        for (&column, &rating) in columns.iter().zip(ratings) {
            let (weight, target) = self.config.observation(self.mean, rating, self.side.bias(column));
            equations.add(self.side.row(column), weight, target);
        }
    }

    /// How much each observation of a row adds to its score with `column`, in the order of the observations.
    ///
    /// `<x, y> = y^T A^-1 sum_j w_j t_j y_j`, so the part of `j` is `w_j t_j <A^-1 y, y_j>` (Hu et al. 2008, section 5).
    pub(crate) fn contributions(&self, row: (&[Col], &[f32]), column: Col) -> Result<Vec<f32>, Breakdown> {
        let mut equations = NormalEquations::<f64>::new(self.config.dimension());
        self.assemble(&mut equations, self.background.map(|background| &background.double), row);
        equations.aim_at(self.side.row(column));
        let solution = equations.solve()?;
        let (direction, bias) = solution.split_at(self.config.rank);
        let part = |(&column, &rating): (&Col, &f32)| {
            let (weight, target) = self.config.observation(self.mean, rating, self.side.bias(column));
            let along = direction.iter().zip(self.side.row(column));
            let similarity: f64 = along.map(|(left, &right)| left * f64::from(right)).sum();
            f32::of(weight * target * (similarity + bias.iter().sum::<f64>()))
        };
        Ok(row.0.iter().zip(row.1).map(part).collect())
    }

    /// The squared error of one row over its observations, weighted.
    pub(crate) fn row_loss(&self, (columns, ratings): (&[Col], &[f32]), factor: &[f32], bias: f32) -> f64 {
        let pairs = columns.iter().zip(ratings);
        let losses = pairs.map(|(&column, &rating)| {
            let (weight, target) = self.config.observation(self.mean, rating, self.side.bias(column));
            let error = target - f64::from(bias) - f64::from(dot(factor, self.side.row(column)));
            weight * error * error
        });
        losses.sum()
    }
}

/// Solves one row after the other in the same memory.
pub(crate) struct RowSolver<'a, Col> {
    fixed: Fixed<'a, Col>,
    single: NormalEquations<f32>,
    double: Option<NormalEquations<f64>>,
}

impl<'a, Col: Index> RowSolver<'a, Col> {
    pub(crate) fn new(fixed: Fixed<'a, Col>) -> Self {
        Self { fixed, single: NormalEquations::new(fixed.config.dimension()), double: None }
    }

    /// Writes the factor and the bias that minimise the loss of a row observed with these columns.
    ///
    /// A row without observations is zero: that is its minimum.
    pub(crate) fn solve(
        &mut self,
        row: (&[Col], &[f32]),
        factor: &mut [f32],
        bias: &mut f32,
    ) -> Result<(), Breakdown> {
        if row.0.is_empty() {
            factor.fill(0.0);
            *bias = 0.0;
            return Ok(());
        }
        let background = self.fixed.background;
        self.fixed.assemble(&mut self.single, background.map(|both| &both.single), row);
        if let Ok(solution) = self.single.solve() {
            write(solution, factor, bias);
            return Ok(());
        }
        let double = self.double.get_or_insert_with(|| NormalEquations::new(self.fixed.config.dimension()));
        self.fixed.assemble(double, background.map(|both| &both.double), row);
        write(double.solve()?, factor, bias);
        Ok(())
    }
}

fn write<T: Real>(solution: &[T], factor: &mut [f32], bias: &mut f32) {
    let (head, tail) = solution.split_at(factor.len());
    for (entry, number) in factor.iter_mut().zip(head) {
        *entry = number.single();
    }
    *bias = tail.first().map_or(0.0, |number| number.single());
}
