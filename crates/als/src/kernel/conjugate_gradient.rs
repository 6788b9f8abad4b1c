//! The method of conjugate gradients on the normal equations of one row, without ever forming their matrix.
//!
//! Hestenes and Stiefel 1952, from the row's last factor, for so many steps (Takacs, Pilaszy and Tikk, "Applications of the
//! Conjugate Gradient Method for Implicit Feedback Collaborative Filtering", 2011). A step costs `n k` multiplications for a row of
//! n observations where the exact way costs `n k^2`, and gathers the row once more.

use pulp::Simd;

use crate::kernel::Breakdown;
use crate::kernel::buffer::Buffer;
use crate::kernel::padded;
use crate::kernel::panel::add_combinations;
use crate::kernel::tile::{copy_scaled, inner_product};

/// How many vectors may be gathered before they must be used.
pub(crate) const PANEL_ROWS: usize = 64;

/// A squared residual below this share of the first is as small as single precision makes it.
const CONVERGED: f32 = 1e-12;

/// The unknowns of a row, and the room to improve them. A bias is one unknown more, which every vector meets with a 1.
#[derive(Debug)]
pub(crate) struct ConjugateGradient {
    dimension: usize,
    stride: usize,
    panel: Buffer,
    /// `sqrt(w) t` of each gathered vector.
    targets: Vec<f32>,
    products: Vec<f32>,
    solution: Buffer,
    residual: Buffer,
    direction: Buffer,
    image: Buffer,
    squared_residual: f32,
    converged: f32,
}

impl ConjugateGradient {
    /// Room for rows of so many unknowns.
    pub(crate) fn new(dimension: usize) -> Self {
        let stride = padded(dimension);
        let room = || Buffer::zeros(stride);
        Self {
            dimension,
            stride,
            panel: Buffer::zeros(PANEL_ROWS * stride),
            targets: Vec::with_capacity(PANEL_ROWS),
            products: Vec::with_capacity(PANEL_ROWS),
            solution: room(),
            residual: room(),
            direction: room(),
            image: room(),
            squared_residual: 0.0,
            converged: 0.0,
        }
    }

    /// Begins at the given unknowns with the residual of `(B + ridge I) x = 0`.
    #[inline(always)]
    pub(crate) fn begin<S: Simd>(
        &mut self,
        simd: S,
        unknowns: impl Iterator<Item = f32>,
        background: Option<&[f32]>,
        ridge: f32,
    ) {
        for (entry, number) in self.solution.iter_mut().zip(unknowns) {
            *entry = number;
        }
        shift(simd, background, ridge, &self.solution, &mut self.residual);
        for entry in self.residual.iter_mut() {
            *entry = -*entry;
        }
    }

    /// Gathers one vector, continued with ones, with its weight and target: at most [`PANEL_ROWS`] before one of the two
    /// methods below uses them.
    #[inline(always)]
    pub(crate) fn add<S: Simd>(&mut self, simd: S, vector: &[f32], weight: f32, target: f32) {
        let scale = weight.sqrt();
        let row = &mut self.panel[self.targets.len() * self.stride..][..self.dimension];
        let (head, ones) = row.split_at_mut(vector.len());
        copy_scaled(simd, scale, vector, head);
        ones.fill(scale);
        self.targets.push(scale * target);
    }

    /// Takes the gathered vectors into the first residual: `r += sum_j w_j v_j (t_j - <v_j, x>)`.
    #[inline(always)]
    pub(crate) fn add_to_residual<S: Simd>(&mut self, simd: S) {
        let panel = &self.panel[..self.targets.len() * self.stride];
        multiply(simd, panel, self.stride, &self.solution, &mut self.products);
        for (product, target) in self.products.iter_mut().zip(&self.targets) {
            *product = target - *product;
        }
        add_combinations(simd, panel, self.stride, &self.products, [&mut self.residual]);
        self.targets.clear();
    }

    /// Takes the gathered vectors into the image of the direction: `A p += sum_j w_j v_j <v_j, p>`.
    #[inline(always)]
    pub(crate) fn add_to_image<S: Simd>(&mut self, simd: S) {
        let panel = &self.panel[..self.targets.len() * self.stride];
        multiply(simd, panel, self.stride, &self.direction, &mut self.products);
        add_combinations(simd, panel, self.stride, &self.products, [&mut self.image]);
        self.targets.clear();
    }

    /// Makes the first residual, once that is whole, the first direction.
    #[inline(always)]
    pub(crate) fn begin_direction<S: Simd>(&mut self, simd: S) {
        self.direction.copy_from_slice(&self.residual);
        self.squared_residual = inner::<S>(simd, &self.residual, &self.residual);
        self.converged = CONVERGED * self.squared_residual;
    }

    /// Whether another step would only move rounding errors.
    pub(crate) fn is_converged(&self) -> bool {
        self.squared_residual <= self.converged
    }

    /// Begins the image of the direction with `(B + ridge I) p`.
    #[inline(always)]
    pub(crate) fn begin_step<S: Simd>(&mut self, simd: S, background: Option<&[f32]>, ridge: f32) {
        shift(simd, background, ridge, &self.direction, &mut self.image);
    }

    /// Moves along the direction to the minimum, and turns to the next direction, conjugate to all before.
    #[inline(always)]
    pub(crate) fn end_step<S: Simd>(&mut self, simd: S) {
        let length = self.squared_residual / inner::<S>(simd, &self.direction, &self.image);
        add_scaled(simd, length, &self.direction, &mut self.solution);
        add_scaled(simd, -length, &self.image, &mut self.residual);
        let squared = inner::<S>(simd, &self.residual, &self.residual);
        let turn = squared / self.squared_residual;
        self.squared_residual = squared;
        for (direction, residual) in self.direction.iter_mut().zip(self.residual.iter()) {
            *direction = residual + turn * *direction;
        }
    }

    /// The unknowns as they are now. Refuses them if they are not finite.
    pub(crate) fn solution(&self) -> Result<&[f32], Breakdown> {
        let solution = &self.solution[..self.dimension];
        if solution.iter().all(|number| number.is_finite()) { Ok(solution) } else { Err(Breakdown) }
    }
}

/// `target = (B + ridge I) x`, for a symmetric `B` with the padding of `x`.
#[inline(always)]
fn shift<S: Simd>(simd: S, background: Option<&[f32]>, ridge: f32, vector: &[f32], target: &mut [f32]) {
    for (entry, number) in target.iter_mut().zip(vector) {
        *entry = ridge * number;
    }
    if let Some(background) = background {
        add_combinations(simd, background, vector.len(), vector, [target]);
    }
}

/// The inner product of each row of a panel with a vector.
#[inline(always)]
fn multiply<S: Simd>(simd: S, panel: &[f32], stride: usize, vector: &[f32], products: &mut Vec<f32>) {
    products.clear();
    for row in panel.chunks_exact(stride) {
        products.push(inner::<S>(simd, row, vector));
    }
}

#[inline(always)]
fn inner<S: Simd>(simd: S, left: &[f32], right: &[f32]) -> f32 {
    let ((left, _), (right, _)) = (S::as_simd_f32s(left), S::as_simd_f32s(right));
    inner_product(simd, left, right)
}

/// `target += factor * source`.
#[inline(always)]
fn add_scaled<S: Simd>(simd: S, factor: f32, source: &[f32], target: &mut [f32]) {
    let ((source, _), (target, _)) = (S::as_simd_f32s(source), S::as_mut_simd_f32s(target));
    let factor = simd.splat_f32s(factor);
    for (target, &source) in target.iter_mut().zip(source) {
        *target = simd.mul_add_e_f32s(factor, source, *target);
    }
}
