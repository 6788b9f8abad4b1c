//! The normal equations of one row, assembled in panels and solved by Cholesky.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::{factor, solve};
use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{BlockStructure, matmul as triangular_matmul};
use faer::{Accum, Mat, Par, Spec};

use crate::real::Real;

/// How many vectors are gathered before they are multiplied: at rank 64 a panel fills 64 KiB, a part of the L2 cache.
const PANEL: usize = 256;

/// The equations have no solution in this precision.
#[derive(Debug)]
pub(crate) struct Breakdown;

/// The system `(B + ridge I + sum_j w_j v_j v_j^T) x = sum_j w_j t_j v_j` of dimension `d`, and the room to solve it.
///
/// Only lower triangles are read or written. Scratch lives in [`Mat`], whose columns are aligned alike on every thread.
pub(crate) struct NormalEquations<T: Real> {
    matrix: Mat<T>,
    rhs: Mat<T>,
    diagonal: Vec<T>,
    panel: Mat<T>,
    targets: Mat<T>,
    gathered: usize,
    stack: MemBuffer,
}

impl<T: Real> NormalEquations<T> {
    /// Room for systems of this dimension, to be used for one row after the other.
    pub(crate) fn new(dimension: usize) -> Self {
        let scratch = factor::cholesky_in_place_scratch::<T>(dimension, Par::Seq, Spec::default());
        Self {
            matrix: Mat::zeros(dimension, dimension),
            rhs: Mat::zeros(dimension, 1),
            diagonal: vec![T::of(0.0); dimension],
            panel: Mat::zeros(dimension, PANEL),
            targets: Mat::zeros(PANEL, 1),
            gathered: 0,
            stack: MemBuffer::new(scratch),
        }
    }

    /// Begins a system with the matrix `B + ridge I`, where a missing `B` is zero.
    pub(crate) fn start(&mut self, background: Option<&Mat<T>>, ridge: f64) {
        self.gathered = 0;
        self.rhs.col_as_slice_mut(0).fill(T::of(0.0));
        for column in 0..self.matrix.ncols() {
            let lower = &mut self.matrix.col_as_slice_mut(column)[column..];
            match background {
                Some(background) => lower.copy_from_slice(&background.col_as_slice(column)[column..]),
                None => lower.fill(T::of(0.0)),
            }
            lower[0] += T::of(ridge);
        }
    }

    /// Adds `weight v v^T` to the matrix and `weight target v` to the right hand side, `weight` not negative.
    ///
    /// `v` is the given vector; where the system is longer, `v` goes on with ones.
    pub(crate) fn add(&mut self, vector: &[f32], weight: f64, target: f64) {
        let root = weight.sqrt();
        let scale = T::of(root);
        let (head, ones) = self.panel.col_as_slice_mut(self.gathered).split_at_mut(vector.len());
        for (entry, &number) in head.iter_mut().zip(vector) {
            *entry = scale * T::of_single(number);
        }
        ones.fill(scale);
        self.targets.col_as_slice_mut(0)[self.gathered] = T::of(root * target);
        self.gathered += 1;
        if self.gathered == PANEL {
            self.flush();
        }
    }

    /// Multiplies the gathered panel into the system.
    fn flush(&mut self) {
        let one = T::of(1.0);
        let panel = self.panel.as_ref().subcols(0, self.gathered);
        let targets = self.targets.as_ref().subrows(0, self.gathered);
        triangular_matmul(
            self.matrix.as_mut(),
            BlockStructure::TriangularLower,
            Accum::Add,
            panel,
            BlockStructure::Rectangular,
            panel.transpose(),
            BlockStructure::Rectangular,
            one,
            Par::Seq,
        );
        matmul(self.rhs.as_mut(), Accum::Add, panel, targets, one, Par::Seq);
        self.gathered = 0;
    }

    /// The matrix assembled so far, of which only the lower triangle counts.
    pub(crate) fn matrix(&mut self) -> &Mat<T> {
        self.flush();
        &self.matrix
    }

    /// Replaces the right hand side by a vector, continued with ones.
    pub(crate) fn aim_at(&mut self, vector: &[f32]) {
        self.flush();
        let (head, ones) = self.rhs.col_as_slice_mut(0).split_at_mut(vector.len());
        for (entry, &number) in head.iter_mut().zip(vector) {
            *entry = T::of_single(number);
        }
        ones.fill(T::of(1.0));
    }

    /// Solves the system; [`NormalEquations::start`] begins the next.
    pub(crate) fn solve(&mut self) -> Result<&[T], Breakdown> {
        self.flush();
        for (index, entry) in self.diagonal.iter_mut().enumerate() {
            *entry = self.matrix[(index, index)];
        }
        let stack = MemStack::new(&mut self.stack);
        let regularize = factor::LltRegularization::default();
        factor::cholesky_in_place(self.matrix.as_mut(), regularize, Par::Seq, stack, Spec::default())
            .map_err(|_| Breakdown)?;
        self.check_pivots()?;
        let stack = MemStack::new(&mut self.stack);
        solve::solve_in_place(self.matrix.as_ref(), self.rhs.as_mut(), Par::Seq, stack);
        let solution = self.rhs.col_as_slice(0);
        if solution.iter().all(|number| number.single().is_finite()) { Ok(solution) } else { Err(Breakdown) }
    }

    /// Refuses a factor whose pivots have lost their digits. A NaN is refused too.
    fn check_pivots(&self) -> Result<(), Breakdown> {
        let sound = self.diagonal.iter().enumerate().all(|(index, &entry)| {
            let root = self.matrix[(index, index)].double();
            root * root >= T::WEAKEST_PIVOT * entry.double()
        });
        if sound { Ok(()) } else { Err(Breakdown) }
    }
}
