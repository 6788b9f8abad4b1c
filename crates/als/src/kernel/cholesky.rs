//! The Cholesky factor of one small matrix, and the two triangular systems behind it.
//!
//! Left-looking, in blocks of [`COLUMNS`] columns: the columns to the left of a block are a panel like any other, so
//! `A - L L^T` is the tile again. The lower triangle of `A` becomes `L`, the reciprocals of its diagonal go into `inverses`.

use pulp::Simd;

use crate::kernel::Breakdown;
use crate::kernel::panel::{Shape, Sign, add_strip};
use crate::kernel::tile::{COLUMNS, inner_product};

/// A pivot below this share of its diagonal entry is rounding error rather than a number.
pub(crate) const WEAKEST_PIVOT: f32 = 1e-4;

/// A block of the diagonal: `lower[column][row]`.
type Block = [[f32; COLUMNS]; COLUMNS];

/// Replaces the lower triangle of a positive definite matrix by its Cholesky factor.
///
/// `matrix` must have whole blocks of columns; beyond the dimension they are those of the identity.
#[inline(always)]
pub(crate) fn factor<S: Simd>(
    simd: S,
    shape: Shape,
    matrix: &mut [f32],
    inverses: &mut [f32],
) -> Result<(), Breakdown> {
    for column in (0..shape.dimension).step_by(COLUMNS) {
        let (left, right) = matrix.split_at_mut(column * shape.stride);
        let strip = &mut right[..COLUMNS * shape.stride];
        let begun_with = read_block(strip, shape.stride, column);
        add_strip(simd, Sign::Minus, left, shape, column, strip, || {});
        let mut block = read_block(strip, shape.stride, column);
        let inverse = factor_block(&mut block, &begun_with)?;
        inverses[column..][..COLUMNS].copy_from_slice(&inverse);
        solve_strip(simd, shape, column, strip, &block, inverse);
        if S::F32_LANES > 2 * COLUMNS {
            clear_above::<S>(shape.stride, column, strip);
        }
    }
    Ok(())
}

/// Clears what lies above the diagonal in its vector, which would reach rows that are solved already.
#[inline(always)]
fn clear_above<S: Simd>(stride: usize, column: usize, strip: &mut [f32]) {
    let first = column / S::F32_LANES * S::F32_LANES;
    for index in 0..COLUMNS {
        strip[index * stride..][first..column + index].fill(0.0);
    }
}

#[inline(always)]
fn read_block(strip: &[f32], stride: usize, row: usize) -> Block {
    let mut block = [[0.0; COLUMNS]; COLUMNS];
    for (entries, column) in block.iter_mut().zip(strip.chunks_exact(stride)) {
        entries.copy_from_slice(&column[row..][..COLUMNS]);
    }
    block
}

/// Factors a block of the diagonal and gives the reciprocals of its own diagonal. Refuses pivots that have lost their
/// digits against the diagonal the block began with; a NaN is refused too.
#[inline(always)]
fn factor_block(block: &mut Block, begun_with: &Block) -> Result<[f32; COLUMNS], Breakdown> {
    let mut inverse = [0.0; COLUMNS];
    let mut sound = true;
    for column in 0..COLUMNS {
        let pivot = block[column][column];
        sound &= pivot >= WEAKEST_PIVOT * begun_with[column][column] && pivot > 0.0;
        inverse[column] = 1.0 / pivot.sqrt();
        for row in column..COLUMNS {
            block[column][row] *= inverse[column];
        }
        for next in column + 1..COLUMNS {
            for row in next..COLUMNS {
                block[next][row] -= block[column][row] * block[column][next];
            }
        }
    }
    if sound { Ok(inverse) } else { Err(Breakdown) }
}

/// Divides the rows of a strip by the factored block of the diagonal.
#[inline(always)]
fn solve_strip<S: Simd>(
    simd: S,
    shape: Shape,
    column: usize,
    strip: &mut [f32],
    block: &Block,
    inverse: [f32; COLUMNS],
) {
    let first = column / S::F32_LANES;
    let count = shape.dimension.div_ceil(S::F32_LANES) - first;
    let mut columns = strip.chunks_exact_mut(shape.stride);
    let mut next = || {
        let (vectors, _) = S::as_mut_simd_f32s(columns.next().unwrap_or_default());
        &mut vectors[first..][..count]
    };
    let [c0, c1, c2, c3] = [next(), next(), next(), next()];
    let [i0, i1, i2, i3] = inverse.map(|number| simd.splat_f32s(number));
    let l = |row: usize, column: usize| simd.splat_f32s(block[column][row]);
    let [l10, l20, l30, l21, l31, l32] = [l(1, 0), l(2, 0), l(3, 0), l(2, 1), l(3, 1), l(3, 2)];
    for row in 0..count {
        let x0 = simd.mul_f32s(c0[row], i0);
        let x1 = simd.mul_f32s(simd.negate_mul_add_e_f32s(x0, l10, c1[row]), i1);
        let x2 = simd.negate_mul_add_e_f32s(x1, l21, simd.negate_mul_add_e_f32s(x0, l20, c2[row]));
        let x2 = simd.mul_f32s(x2, i2);
        let x3 = simd.negate_mul_add_e_f32s(x1, l31, simd.negate_mul_add_e_f32s(x0, l30, c3[row]));
        let x3 = simd.mul_f32s(simd.negate_mul_add_e_f32s(x2, l32, x3), i3);
        c0[row] = x0;
        c1[row] = x1;
        c2[row] = x2;
        c3[row] = x3;
    }
}

/// Solves `L z = b` in place: `b` and `z` are padded to `stride` numbers.
#[inline(always)]
pub(crate) fn solve_lower<S: Simd>(simd: S, shape: Shape, factor: &[f32], inverses: &[f32], rhs: &mut [f32]) {
    let vectors = shape.dimension.div_ceil(S::F32_LANES);
    for column in (0..shape.dimension).step_by(COLUMNS) {
        let strip = &factor[column * shape.stride..][..COLUMNS * shape.stride];
        let block = read_block(strip, shape.stride, column);
        let mut solved = [0.0; COLUMNS];
        solved.copy_from_slice(&rhs[column..][..COLUMNS]);
        for index in 0..COLUMNS {
            solved[index] *= inverses[column + index];
            for row in index + 1..COLUMNS {
                solved[row] -= block[index][row] * solved[index];
            }
        }
        let first = (column + COLUMNS) / S::F32_LANES;
        if first < vectors {
            let (target, _) = S::as_mut_simd_f32s(rhs);
            subtract_columns(simd, shape, strip, solved, first, &mut target[first..vectors]);
        }
        rhs[column..][..COLUMNS].copy_from_slice(&solved);
    }
}

#[inline(always)]
fn subtract_columns<S: Simd>(
    simd: S,
    shape: Shape,
    strip: &[f32],
    solved: [f32; COLUMNS],
    first: usize,
    target: &mut [S::f32s],
) {
    let column = |index: usize| {
        let (vectors, _) = S::as_simd_f32s(&strip[index * shape.stride..][..shape.stride]);
        &vectors[first..][..target.len()]
    };
    let [c0, c1, c2, c3] = [column(0), column(1), column(2), column(3)];
    let [z0, z1, z2, z3] = solved.map(|number| simd.splat_f32s(number));
    for (row, target) in target.iter_mut().enumerate() {
        let sum = simd.negate_mul_add_e_f32s(c0[row], z0, *target);
        let sum = simd.negate_mul_add_e_f32s(c1[row], z1, sum);
        let sum = simd.negate_mul_add_e_f32s(c2[row], z2, sum);
        *target = simd.negate_mul_add_e_f32s(c3[row], z3, sum);
    }
}

/// Solves `L^T x = z` into `solution`, which is padded as `z` is.
#[inline(always)]
pub(crate) fn solve_upper<S: Simd>(
    simd: S,
    shape: Shape,
    factor: &[f32],
    inverses: &[f32],
    rhs: &[f32],
    solution: &mut [f32],
) {
    // Rows that are not solved yet count as zero, so whole vectors can be multiplied.
    solution.fill(0.0);
    let vectors = shape.dimension.div_ceil(S::F32_LANES);
    for column in (0..shape.dimension).step_by(COLUMNS).rev() {
        let strip = &factor[column * shape.stride..][..COLUMNS * shape.stride];
        let block = read_block(strip, shape.stride, column);
        let first = ((column + COLUMNS) / S::F32_LANES).min(vectors);
        let (known, _) = S::as_simd_f32s(solution);
        let mut solved = [0.0; COLUMNS];
        for (index, entries) in strip.chunks_exact(shape.stride).enumerate() {
            let (entries, _) = S::as_simd_f32s(entries);
            solved[index] =
                rhs[column + index] - inner_product(simd, &entries[first..vectors], &known[first..vectors]);
        }
        for index in (0..COLUMNS).rev() {
            for row in index + 1..COLUMNS {
                solved[index] -= block[index][row] * solved[row];
            }
            solved[index] *= inverses[column + index];
        }
        solution[column..][..COLUMNS].copy_from_slice(&solved);
    }
}
