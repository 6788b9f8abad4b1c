//! The register tile: a block of a matrix product whose sums never leave the registers.

use pulp::Simd;

/// Columns of a tile of the solver. With 3 vectors of rows that makes 12 sums, enough to hide the latency of two multiply-adds a
/// cycle, and with 3 loads and a broadcast just the 16 registers of AVX2.
pub(crate) const COLUMNS: usize = 4;

/// Rows of equal length, one after the other, and where in each row to begin.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a, T> {
    pub(crate) numbers: &'a [T],
    pub(crate) stride: usize,
    pub(crate) begin: usize,
}

/// `C + sum_p a_p b_p^T`, where `a_p` are `R` vectors of the `p`-th row of `left` and `b_p` are `C` numbers of the `p`-th row of
/// `right`. Column `c` and vector `r` of `C` are at `[c][r]`.
#[inline(always)]
pub(crate) fn outer_products<S: Simd, const R: usize, const C: usize>(
    simd: S,
    mut sums: [[S::f32s; R]; C],
    left: Rows<'_, S::f32s>,
    right: Rows<'_, f32>,
) -> [[S::f32s; R]; C] {
    let lefts = left.numbers.chunks_exact(left.stride);
    let rights = right.numbers.chunks_exact(right.stride);
    for (left_row, right_row) in lefts.zip(rights) {
        let (left, right) = (&left_row[left.begin..][..R], &right_row[right.begin..][..C]);
        for column in 0..C {
            let factor = simd.splat_f32s(right[column]);
            for row in 0..R {
                sums[column][row] = simd.mul_add_e_f32s(left[row], factor, sums[column][row]);
            }
        }
    }
    sums
}

/// Sums to begin with.
#[inline(always)]
pub(crate) fn zeros<S: Simd, const R: usize, const C: usize>(simd: S) -> [[S::f32s; R]; C] {
    [[simd.splat_f32s(0.0); R]; C]
}

/// The inner product of two rows of whole vectors, in two sums.
#[inline(always)]
pub(crate) fn inner_product<S: Simd>(simd: S, left: &[S::f32s], right: &[S::f32s]) -> f32 {
    let mut sums = [simd.splat_f32s(0.0); 2];
    let (left, left_rest) = left.as_chunks::<2>();
    let (right, right_rest) = right.as_chunks::<2>();
    for (left, right) in left.iter().zip(right) {
        for lane in 0..2 {
            sums[lane] = simd.mul_add_e_f32s(left[lane], right[lane], sums[lane]);
        }
    }
    for (&left, &right) in left_rest.iter().zip(right_rest) {
        sums[0] = simd.mul_add_e_f32s(left, right, sums[0]);
    }
    simd.reduce_sum_f32s(simd.add_f32s(sums[0], sums[1]))
}

/// `target = factor * source`, for rows of one length that need not be whole vectors.
#[inline(always)]
pub(crate) fn copy_scaled<S: Simd>(simd: S, factor: f32, source: &[f32], target: &mut [f32]) {
    let (from, from_rest) = S::as_simd_f32s(source);
    let (to, to_rest) = S::as_mut_simd_f32s(target);
    let factors = simd.splat_f32s(factor);
    for (to, &from) in to.iter_mut().zip(from) {
        *to = simd.mul_f32s(factors, from);
    }
    for (to, from) in to_rest.iter_mut().zip(from_rest) {
        *to = factor * from;
    }
}

/// `target += source`, for rows of whole vectors.
#[inline(always)]
pub(crate) fn add_to<S: Simd>(simd: S, target: &mut [f32], source: &[f32]) {
    let (to, _) = S::as_mut_simd_f32s(target);
    let (from, _) = S::as_simd_f32s(source);
    for (to, &from) in to.iter_mut().zip(from) {
        *to = simd.add_f32s(*to, from);
    }
}
