//! The normal equations of one row in double precision, assembled in panels and solved by Cholesky: the plain version of
//! [`kernel`](crate::kernel), for the few rows that single precision cannot solve, for explanations, and to test against.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::{factor, solve};
use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{BlockStructure, matmul as triangular_matmul};
use faer::{Accum, Mat, Par, Spec};

use crate::error::AlsError;
use crate::kernel::Breakdown;

/// How many vectors are gathered before they are multiplied.
const PANEL: usize = 128;

/// A pivot of the Cholesky factor below this share of its diagonal entry is rounding error rather than a number.
const WEAKEST_PIVOT: f64 = 1e-12;

/// The system `(B + ridge I + sum_j w_j v_j v_j^T) x = sum_j w_j t_j v_j` of dimension `d`, and the room to solve it.
///
/// Only lower triangles are read or written. Scratch lives in [`Mat`], whose columns are aligned alike on every thread.
pub(crate) struct NormalEquations {
    matrix: Mat<f64>,
    rhs: Mat<f64>,
    diagonal: Vec<f64>,
    panel: Mat<f64>,
    targets: Mat<f64>,
    gathered: usize,
    stack: MemBuffer,
}

impl NormalEquations {
    /// Room for systems of this dimension, to be used for one row after the other.
    pub(crate) fn new(dimension: usize) -> Self {
        let scratch = factor::cholesky_in_place_scratch::<f64>(dimension, Par::Seq, Spec::default());
        Self {
            matrix: Mat::zeros(dimension, dimension),
            rhs: Mat::zeros(dimension, 1),
            diagonal: vec![0.0; dimension],
            panel: Mat::zeros(dimension, PANEL),
            targets: Mat::zeros(PANEL, 1),
            gathered: 0,
            stack: MemBuffer::new(scratch),
        }
    }

    /// Begins a system with the matrix `B + ridge I`, where a missing `B` is zero.
    pub(crate) fn start(&mut self, background: Option<&Mat<f64>>, ridge: f64) {
        self.gathered = 0;
        self.rhs.col_as_slice_mut(0).fill(0.0);
        for column in 0..self.matrix.ncols() {
            let lower = &mut self.matrix.col_as_slice_mut(column)[column..];
            match background {
                Some(background) => lower.copy_from_slice(&background.col_as_slice(column)[column..]),
                None => lower.fill(0.0),
            }
            lower[0] += ridge;
        }
    }

    /// Adds `weight v v^T` to the matrix and `weight target v` to the right hand side, `weight` not negative.
    ///
    /// `v` is the given vector; where the system is longer, `v` goes on with ones.
    pub(crate) fn add(&mut self, vector: &[f32], weight: f64, target: f64) {
        let scale = weight.sqrt();
        let (head, ones) = self.panel.col_as_slice_mut(self.gathered).split_at_mut(vector.len());
        for (entry, &number) in head.iter_mut().zip(vector) {
            *entry = scale * f64::from(number);
        }
        ones.fill(scale);
        self.targets.col_as_slice_mut(0)[self.gathered] = scale * target;
        self.gathered += 1;
        if self.gathered == PANEL {
            self.flush();
        }
    }

    /// Adds a part that was summed by itself.
    pub(crate) fn add_part(&mut self, part: &mut Self) {
        part.flush();
        self.flush();
        self.matrix += &part.matrix;
        self.rhs += &part.rhs;
    }

    /// The lower triangle of the matrix column by column, and the right hand side.
    pub(crate) fn numbers(&mut self) -> Vec<f64> {
        self.flush();
        let lower = (0..self.matrix.ncols()).flat_map(|column| &self.matrix.col_as_slice(column)[column..]);
        lower.chain(self.rhs.col_as_slice(0)).copied().collect()
    }

    /// Adds a part as [`NormalEquations::numbers`] gave it.
    pub(crate) fn add_numbers(&mut self, numbers: &[f64]) -> Result<(), AlsError> {
        let dimension = self.matrix.ncols();
        let expected = dimension * (dimension + 3) / 2;
        if numbers.len() != expected {
            let what = "the sums of a chunk";
            return Err(AlsError::LengthMismatch { what, expected, found: numbers.len() });
        }
        self.flush();
        let mut numbers = numbers.iter();
        for column in 0..dimension {
            let lower = &mut self.matrix.col_as_slice_mut(column)[column..];
            lower.iter_mut().zip(numbers.by_ref()).for_each(|(entry, number)| *entry += number);
        }
        self.rhs.col_as_slice_mut(0).iter_mut().zip(numbers).for_each(|(entry, number)| *entry += number);
        Ok(())
    }

    /// Multiplies the gathered panel into the system.
    fn flush(&mut self) {
        let one = 1.0;
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
    pub(crate) fn matrix(&mut self) -> &Mat<f64> {
        self.flush();
        &self.matrix
    }

    /// Replaces the right hand side of a factorized system by a vector, continued with ones.
    pub(crate) fn aim_at(&mut self, vector: &[f32]) {
        let (head, ones) = self.rhs.col_as_slice_mut(0).split_at_mut(vector.len());
        for (entry, &number) in head.iter_mut().zip(vector) {
            *entry = f64::from(number);
        }
        ones.fill(1.0);
    }

    /// Solves the system; [`NormalEquations::start`] begins the next.
    pub(crate) fn solve(&mut self) -> Result<&[f64], Breakdown> {
        self.factorize()?;
        self.substitute()
    }

    /// Replaces the matrix by its Cholesky factor.
    pub(crate) fn factorize(&mut self) -> Result<(), Breakdown> {
        self.flush();
        for (index, entry) in self.diagonal.iter_mut().enumerate() {
            *entry = self.matrix[(index, index)];
        }
        let stack = MemStack::new(&mut self.stack);
        let regularize = factor::LltRegularization::default();
        factor::cholesky_in_place(self.matrix.as_mut(), regularize, Par::Seq, stack, Spec::default())
            .map_err(|_| Breakdown)?;
        self.check_pivots()
    }

    /// Solves a factorized system for the right hand side; another one can be set by [`NormalEquations::aim_at`].
    pub(crate) fn substitute(&mut self) -> Result<&[f64], Breakdown> {
        let stack = MemStack::new(&mut self.stack);
        solve::solve_in_place(self.matrix.as_ref(), self.rhs.as_mut(), Par::Seq, stack);
        let solution = self.rhs.col_as_slice(0);
        if solution.iter().all(|number| number.is_finite()) { Ok(solution) } else { Err(Breakdown) }
    }

    /// Refuses a factor whose pivots have lost their digits. A NaN is refused too.
    fn check_pivots(&self) -> Result<(), Breakdown> {
        let sound = self.diagonal.iter().enumerate().all(|(index, &entry)| {
            let root = self.matrix[(index, index)];
            root * root >= WEAKEST_PIVOT * entry
        });
        if sound { Ok(()) } else { Err(Breakdown) }
    }
}
