//! Small conversions and sums.

/// Rounds to single precision.
#[expect(clippy::cast_possible_truncation, reason = "rounding to single precision is the point")]
pub(crate) fn single(value: f64) -> f32 {
    value as f32
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
