//! Products of a panel: the part of the normal equations that takes nearly all the time.

use pulp::Simd;

use crate::kernel::tile::{COLUMNS, Rows, outer_products, zeros};

/// Whether products are added, or subtracted as a Cholesky factor needs it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    Plus,
    Minus,
}

/// A square matrix of which the lower triangle counts: `dimension` columns, `stride` numbers apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) dimension: usize,
    pub(crate) stride: usize,
}

/// Adds `sum_p v_p v_p^T` to the lower triangle of a matrix, for the vectors `v_p` that lie `stride` numbers apart in `panel`.
///
/// Works in strips of [`COLUMNS`] columns, and calls `meanwhile` before each tile of them: time to ask for the vectors of
/// the next panel. What it leaves above the diagonal is not defined.
#[inline(always)]
pub(crate) fn add_products<S: Simd>(
    simd: S,
    panel: &[f32],
    shape: Shape,
    matrix: &mut [f32],
    mut meanwhile: impl FnMut(),
) {
    let strip = shape.stride * COLUMNS;
    let mut strips = matrix.chunks_exact_mut(2 * strip);
    let mut column = 0;
    for pair in strips.by_ref() {
        if column >= shape.dimension {
            return;
        }
        if S::F32_LANES == 2 * COLUMNS && vectors_below::<S>(shape, column) == 1 {
            // Two strips as one, eight sums instead of twice four: the latency would show.
            meanwhile();
            add_tile::<S, 1, { 2 * COLUMNS }>(
                simd,
                Sign::Plus,
                panel,
                shape,
                (column / S::F32_LANES, column),
                pair,
            );
        } else {
            let (first, second) = pair.split_at_mut(strip);
            add_strip(simd, Sign::Plus, panel, shape, column, first, &mut meanwhile);
            if column + COLUMNS < shape.dimension {
                add_strip(simd, Sign::Plus, panel, shape, column + COLUMNS, second, &mut meanwhile);
            }
        }
        column += 2 * COLUMNS;
    }
}

/// How many vectors a column has from the one that holds its diagonal on.
#[inline(always)]
fn vectors_below<S: Simd>(shape: Shape, column: usize) -> usize {
    shape.dimension.div_ceil(S::F32_LANES) - column / S::F32_LANES
}

/// How many vectors of rows the next tile has, of so many that are left.
///
/// With 16 registers of 8 lanes a tile of 3 vectors leaves none to spare, and one sum of it would live on the stack.
#[inline(always)]
fn tile_height<S: Simd>(left: usize) -> usize {
    match left {
        1 => 1,
        2 | 4 => 2,
        _ if S::F32_LANES == 8 => 2,
        _ => 3,
    }
}

/// How many tiles the products of a panel take, about.
pub(crate) fn tiles<S: Simd>(shape: Shape) -> usize {
    let strips = (0..shape.dimension).step_by(COLUMNS);
    strips.map(|column| vectors_below::<S>(shape, column).div_ceil(tile_height::<S>(usize::MAX))).sum()
}

/// The same for one strip, which begins at `column`.
#[inline(always)]
pub(crate) fn add_strip<S: Simd>(
    simd: S,
    sign: Sign,
    panel: &[f32],
    shape: Shape,
    column: usize,
    strip: &mut [f32],
    mut meanwhile: impl FnMut(),
) {
    let mut left = vectors_below::<S>(shape, column);
    let mut row = column / S::F32_LANES;
    while left > 0 {
        meanwhile();
        let height = tile_height::<S>(left);
        match height {
            1 => add_tile::<S, 1, COLUMNS>(simd, sign, panel, shape, (row, column), strip),
            2 => add_tile::<S, 2, COLUMNS>(simd, sign, panel, shape, (row, column), strip),
            _ => add_tile::<S, 3, COLUMNS>(simd, sign, panel, shape, (row, column), strip),
        }
        row += height;
        left -= height;
    }
}

/// The same for one tile, at a vector of rows and a column. `columns` holds whole columns.
#[inline(always)]
fn add_tile<S: Simd, const R: usize, const C: usize>(
    simd: S,
    sign: Sign,
    panel: &[f32],
    shape: Shape,
    (row, column): (usize, usize),
    columns: &mut [f32],
) {
    if panel.is_empty() {
        return;
    }
    let (vectors, _) = S::as_simd_f32s(panel);
    let left = Rows { numbers: vectors, stride: shape.stride / S::F32_LANES, begin: row };
    let right = Rows { numbers: panel, stride: shape.stride, begin: column };
    let sums = outer_products::<S, R, C>(simd, zeros(simd), left, right);
    for (sums, target) in sums.iter().zip(columns.chunks_exact_mut(shape.stride)) {
        let (target, _) = S::as_mut_simd_f32s(target);
        for (target, &sum) in target[row..][..R].iter_mut().zip(sums) {
            *target =
                if sign == Sign::Plus { simd.add_f32s(*target, sum) } else { simd.sub_f32s(*target, sum) };
        }
    }
}

/// Adds `sum_p c_p v_p` to each of `C` targets, for the vectors of a panel and `C` coefficients for each of them.
#[inline(always)]
pub(crate) fn add_combinations<S: Simd, const C: usize>(
    simd: S,
    panel: &[f32],
    stride: usize,
    coefficients: &[f32],
    mut targets: [&mut [f32]; C],
) {
    let (vectors, _) = S::as_simd_f32s(panel);
    let per_row = stride / S::F32_LANES;
    let right = Rows { numbers: coefficients, stride: C, begin: 0 };
    let mut row = 0;
    while row < per_row {
        let left = Rows { numbers: vectors, stride: per_row, begin: row };
        // Eight sums are enough to hide the latency.
        row += match per_row - row {
            8.. if C == 1 => {
                add_sums(simd, outer_products::<S, 8, C>(simd, zeros(simd), left, right), row, &mut targets)
            }
            4.. => {
                add_sums(simd, outer_products::<S, 4, C>(simd, zeros(simd), left, right), row, &mut targets)
            }
            _ => add_sums(simd, outer_products::<S, 1, C>(simd, zeros(simd), left, right), row, &mut targets),
        };
    }
}

/// Adds to `R` vectors of each target, from `row` on, and gives `R`.
#[inline(always)]
fn add_sums<S: Simd, const R: usize, const C: usize>(
    simd: S,
    sums: [[S::f32s; R]; C],
    row: usize,
    targets: &mut [&mut [f32]; C],
) -> usize {
    for (target, sums) in targets.iter_mut().zip(sums) {
        let (target, _) = S::as_mut_simd_f32s(target);
        for (target, sum) in target[row..][..R].iter_mut().zip(sums) {
            *target = simd.add_f32s(*target, sum);
        }
    }
    R
}
