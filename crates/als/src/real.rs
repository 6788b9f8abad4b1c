//! The two precisions of the solver, and small conversions.

use faer::traits::RealField;

/// A floating point number in which normal equations can be solved.
pub(crate) trait Real: RealField + Copy {
    /// A pivot of the Cholesky factor below this share of its diagonal entry is rounding error rather than a number:
    /// the equations cannot be solved in this precision.
    const WEAKEST_PIVOT: f64;

    fn of(value: f64) -> Self;
    fn of_single(value: f32) -> Self;
    fn double(self) -> f64;
    fn single(self) -> f32;
}

impl Real for f32 {
    const WEAKEST_PIVOT: f64 = 1e-4;

    #[expect(clippy::cast_possible_truncation, reason = "rounding to single precision is the point")]
    fn of(value: f64) -> Self {
        value as f32
    }

    fn of_single(value: f32) -> Self {
        value
    }

    fn double(self) -> f64 {
        f64::from(self)
    }

    fn single(self) -> f32 {
        self
    }
}

impl Real for f64 {
    const WEAKEST_PIVOT: f64 = 1e-12;

    fn of(value: f64) -> Self {
        value
    }

    fn of_single(value: f32) -> Self {
        f64::from(value)
    }

    fn double(self) -> f64 {
        self
    }

    fn single(self) -> f32 {
        f32::of(self)
    }
}

/// A count as a number; exact below 2^53.
#[expect(clippy::cast_precision_loss, reason = "no count of rows or ratings comes near 2^53")]
pub(crate) fn count(value: usize) -> f64 {
    value as f64
}

/// The inner product of two factors, in 16 partial sums that the compiler keeps in vector registers.
pub(crate) fn dot(left: &[f32], right: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0.0; LANES];
    let (left, left_rest) = left.as_chunks::<LANES>();
    let (right, right_rest) = right.as_chunks::<LANES>();
    for (left, right) in left.iter().zip(right) {
        for lane in 0..LANES {
            sums[lane] += left[lane] * right[lane];
        }
    }
    let rest: f32 = left_rest.iter().zip(right_rest).map(|(left, right)| left * right).sum();
    sums.iter().sum::<f32>() + rest
}

/// The squared length of a factor.
pub(crate) fn squared_norm(factor: &[f32]) -> f64 {
    factor.iter().map(|&number| f64::from(number) * f64::from(number)).sum()
}
