//! The normal equations of one row in single precision: gathered in panels, multiplied, factored and solved.

use pulp::Simd;

use crate::kernel::Breakdown;
use crate::kernel::buffer::Buffer;
use crate::kernel::cholesky::{WEAKEST_PIVOT, factor, solve_lower, solve_upper};
use crate::kernel::hints::prefetch;
use crate::kernel::padded;
use crate::kernel::panel::{Shape, add_combinations, add_products, tiles};
use crate::kernel::tile::{add_to, copy_scaled, inner_product};

/// Numbers of a panel: 24 KiB leave room in the L1 cache for the tile that is being summed.
const PANEL: usize = 6 * 1024;

/// The system `(B + ridge I + sum_j w_j v_j v_j^T) x = sum_j w_j t_j v_j`, and the room to solve one after the other.
///
/// With a bias every `v_j` goes on with a 1. That last unknown stays outside the matrix, as a border: the sums
/// `s = sum_j w_j v_j` and `c = ridge + sum_j w_j`. Eliminating it needs `A^-1 s` beside `A^-1 b`, and no matrix whose
/// dimension is one past a multiple of the vector.
///
/// The sums may be made in parts, each by itself, and the parts added in order: then it is no matter where a part was summed.
#[derive(Debug)]
pub(crate) struct System {
    shape: Shape,
    sums: Sums,
    /// The parts before the one that is being summed.
    earlier: Option<Sums>,
    inverses: Buffer,
    solution: Buffer,
    border_solution: Buffer,
    panel: Buffer,
    gathered: usize,
    /// `sqrt(w_j) t_j` of each gathered vector; with a border, `sqrt(w_j)` after each.
    coefficients: Vec<f32>,
}

/// What is summed over the observations of a row.
#[derive(Debug)]
struct Sums {
    matrix: Buffer,
    rhs: Buffer,
    border: Option<Border>,
}

#[derive(Debug)]
struct Border {
    sums: Buffer,
    corner: f32,
    corner_rhs: f32,
}

impl System {
    /// Room for factors of this rank, with a bias or without.
    pub(crate) fn new(rank: usize, with_bias: bool) -> Self {
        let stride = padded(rank);
        Self {
            shape: Shape { dimension: rank, stride },
            sums: Sums::new(stride, with_bias),
            earlier: None,
            inverses: Buffer::zeros(stride),
            solution: Buffer::zeros(stride),
            border_solution: Buffer::zeros(if with_bias { stride } else { 0 }),
            panel: Buffer::zeros((PANEL / stride).max(16) * stride),
            gathered: 0,
            coefficients: Vec::new(),
        }
    }

    /// Begins a system with the matrix `B + ridge I`, where a missing `B` is zero. `B` is symmetric, `stride` apart.
    pub(crate) fn start(&mut self, background: Option<&[f32]>, ridge: f32) {
        self.sums.start(self.shape, background, ridge);
    }

    /// Begins a part, whose sums are made by themselves.
    pub(crate) fn begin_part(&mut self) {
        let Self { shape, sums, .. } = self;
        let earlier = self.earlier.get_or_insert_with(|| Sums::new(shape.stride, sums.border.is_some()));
        std::mem::swap(earlier, sums);
        sums.clear();
    }

    /// Ends a part: adds its sums to those before it.
    #[inline(always)]
    pub(crate) fn end_part<S: Simd>(&mut self, simd: S) {
        if let Some(earlier) = &mut self.earlier {
            std::mem::swap(earlier, &mut self.sums);
            self.sums.add(simd, self.shape, earlier);
        }
    }

    /// The sums of the part that is being summed: the lower triangle of the matrix column by column, and the right hand side; with
    /// a border its sums, its corner, and the corner of the right hand side.
    pub(crate) fn part(&self) -> Vec<f32> {
        let Shape { dimension, stride } = self.shape;
        let Sums { matrix, rhs, border } = &self.sums;
        let mut numbers = Vec::with_capacity(dimension * (dimension + 5) / 2 + 2);
        for column in 0..dimension {
            numbers.extend_from_slice(&matrix[column * stride..][column..dimension]);
        }
        numbers.extend_from_slice(&rhs[..dimension]);
        if let Some(border) = border {
            numbers.extend_from_slice(&border.sums[..dimension]);
            numbers.extend([border.corner, border.corner_rhs]);
        }
        numbers
    }

    /// Puts what [`System::part`] gave in the place of a part that has just begun.
    pub(crate) fn set_part(&mut self, numbers: &[f32]) {
        let Shape { dimension, stride } = self.shape;
        let Sums { matrix, rhs, border } = &mut self.sums;
        let mut numbers = numbers.iter().copied();
        let mut fill = |target: &mut [f32]| {
            for (entry, number) in target.iter_mut().zip(numbers.by_ref()) {
                *entry = number;
            }
        };
        for column in 0..dimension {
            fill(&mut matrix[column * stride..][column..dimension]);
        }
        fill(&mut rhs[..dimension]);
        if let Some(border) = border {
            fill(&mut border.sums[..dimension]);
            let mut corners = [0.0; 2];
            fill(&mut corners);
            [border.corner, border.corner_rhs] = corners;
        }
    }

    /// Adds `weight v v^T` to the matrix and `weight target v` to the right hand side, `weight` not negative.
    ///
    /// A panel of [`System::panel_rows`] vectors must be [flushed](System::flush) before the next.
    #[inline(always)]
    pub(crate) fn add<S: Simd>(&mut self, simd: S, vector: &[f32], weight: f32, target: f32) {
        let stride = self.shape.stride;
        let scale = weight.sqrt();
        let row = &mut self.panel[self.gathered * stride..][..vector.len()];
        copy_scaled(simd, scale, vector, row);
        self.gathered += 1;
        self.coefficients.push(scale * target);
        if let Some(border) = &mut self.sums.border {
            self.coefficients.push(scale);
            border.corner += weight;
            border.corner_rhs += weight * target;
        }
    }

    /// How many vectors a panel holds.
    pub(crate) fn panel_rows(&self) -> usize {
        self.panel.len() / self.shape.stride
    }

    /// Multiplies the gathered panel into the system, and meanwhile asks for the vectors that will be gathered next.
    #[inline(always)]
    pub(crate) fn flush<'v, S: Simd>(&mut self, simd: S, mut upcoming: impl Iterator<Item = &'v [f32]>) {
        let stride = self.shape.stride;
        let panel = &self.panel[..self.gathered * stride];
        let at_once = self.panel_rows().div_ceil(tiles::<S>(self.shape));
        let Sums { matrix, rhs, border } = &mut self.sums;
        add_products(simd, panel, self.shape, matrix, || {
            upcoming.by_ref().take(at_once).for_each(prefetch);
        });
        let coefficients = &self.coefficients;
        match border {
            None => add_combinations(simd, panel, stride, coefficients, [rhs]),
            Some(border) => {
                add_combinations(simd, panel, stride, coefficients, [rhs, &mut border.sums]);
            }
        }
        self.gathered = 0;
        self.coefficients.clear();
    }

    /// Solves the system, whose last panel has been flushed: `rank` numbers and the bias.
    #[inline(always)]
    pub(crate) fn solve<S: Simd>(&mut self, simd: S) -> Result<(&[f32], f32), Breakdown> {
        let Self { shape, sums: Sums { matrix, rhs, border }, inverses, solution, border_solution, .. } =
            self;
        let shape = *shape;
        factor(simd, shape, matrix, inverses)?;
        solve_lower(simd, shape, matrix, inverses, rhs);
        solve_upper(simd, shape, matrix, inverses, rhs, solution);
        let bias = match border {
            Some(border) => {
                let bias = border.solve(simd, shape, matrix, inverses, rhs)?;
                solve_upper(simd, shape, matrix, inverses, &border.sums, border_solution);
                for (number, part) in solution.iter_mut().zip(border_solution.iter()) {
                    *number -= bias * part;
                }
                bias
            }
            None => 0.0,
        };
        let solution = &self.solution[..shape.dimension];
        if bias.is_finite() && solution.iter().all(|number| number.is_finite()) {
            Ok((solution, bias))
        } else {
            Err(Breakdown)
        }
    }
}

impl Sums {
    fn new(stride: usize, with_bias: bool) -> Self {
        let border = || Border { sums: Buffer::zeros(stride), corner: 0.0, corner_rhs: 0.0 };
        Self {
            matrix: Buffer::zeros(stride * stride),
            rhs: Buffer::zeros(stride),
            border: with_bias.then(border),
        }
    }

    fn start(&mut self, Shape { dimension, stride }: Shape, background: Option<&[f32]>, ridge: f32) {
        match background {
            Some(background) => self.matrix.copy_from_slice(background),
            None => self.matrix.fill(0.0),
        }
        for column in 0..stride {
            // Columns that only pad are those of the identity.
            self.matrix[column * stride + column] += if column < dimension { ridge } else { 1.0 };
        }
        self.clear_vectors(ridge);
    }

    fn clear(&mut self) {
        self.matrix.fill(0.0);
        self.clear_vectors(0.0);
    }

    fn clear_vectors(&mut self, corner: f32) {
        self.rhs.fill(0.0);
        if let Some(border) = &mut self.border {
            border.sums.fill(0.0);
            border.corner = corner;
            border.corner_rhs = 0.0;
        }
    }

    #[inline(always)]
    fn add<S: Simd>(&mut self, simd: S, Shape { stride, .. }: Shape, part: &Self) {
        for (column, (sums, part)) in
            self.matrix.chunks_exact_mut(stride).zip(part.matrix.chunks_exact(stride)).enumerate()
        {
            // Nothing above the vector of the diagonal counts.
            let first = column / S::F32_LANES * S::F32_LANES;
            add_to(simd, &mut sums[first..], &part[first..]);
        }
        add_to(simd, &mut self.rhs, &part.rhs);
        if let Some((border, part)) = self.border.as_mut().zip(part.border.as_ref()) {
            add_to(simd, &mut border.sums, &part.sums);
            border.corner += part.corner;
            border.corner_rhs += part.corner_rhs;
        }
    }
}

impl Border {
    /// Solves for the bias. With `z = L^-1 b`, which is `rhs` here, and `y = L^-1 s`, which takes the place of the sums, the bias
    /// is `(q - <y, z>) / (c - <y, y>)`, whose denominator is the last pivot of the Cholesky factor of the whole system.
    #[inline(always)]
    fn solve<S: Simd>(
        &mut self,
        simd: S,
        shape: Shape,
        factor: &[f32],
        inverses: &[f32],
        rhs: &[f32],
    ) -> Result<f32, Breakdown> {
        solve_lower(simd, shape, factor, inverses, &mut self.sums);
        let (sums, _) = S::as_simd_f32s(&self.sums);
        let (rhs, _) = S::as_simd_f32s(rhs);
        let pivot = self.corner - inner_product(simd, sums, sums);
        let bias = (self.corner_rhs - inner_product(simd, sums, rhs)) / pivot;
        if pivot.is_nan() || pivot <= WEAKEST_PIVOT * self.corner { Err(Breakdown) } else { Ok(bias) }
    }
}
