//! What the row solver runs with the instructions of a [`kernel`](crate::kernel), one row at a time.

use pulp::{Simd, WithSimd};

use crate::index::Index;
use crate::kernel::Breakdown;
use crate::kernel::conjugate_gradient::{ConjugateGradient, PANEL_ROWS};
use crate::kernel::system::System;
use crate::kernel::tile::inner_product;
use crate::solver::distributed::{MovieFactor, MovieSum, Terms};
use crate::solver::row::{Fixed, Observations};

/// Solves one row in single precision.
pub(super) struct SolveExactly<'s, 'a, Col> {
    pub(super) fixed: &'s Fixed<'a, Col>,
    pub(super) system: &'s mut System,
    pub(super) by_chunk: bool,
    pub(super) ridge: f32,
    pub(super) row: &'s [Observations<'s, Col>],
    pub(super) factor: &'s mut [f32],
    pub(super) bias: &'s mut f32,
}

impl<Col: Index> WithSimd for SolveExactly<'_, '_, Col> {
    type Output = Result<(), Breakdown>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let Self { fixed, system, by_chunk, ridge, row, factor, bias } = self;
        let background = fixed.background.map(|background| &background.single[..]);
        system.start(background, ridge);
        for chunk in row.iter().filter(|chunk| !chunk.columns.is_empty()) {
            if by_chunk {
                system.begin_part();
            }
            sum(simd, fixed, system, chunk);
            if by_chunk {
                system.end_part(simd);
            }
        }
        let (solution, solved_bias) = system.solve(simd)?;
        factor.copy_from_slice(solution);
        *bias = solved_bias;
        Ok(())
    }
}

/// Sums the observations of a chunk, panel by panel.
#[inline(always)]
fn sum<S: Simd, Col: Index>(
    simd: S,
    fixed: &Fixed<'_, Col>,
    system: &mut System,
    &Observations { columns, ratings, upcoming }: &Observations<'_, Col>,
) {
    let rows = system.panel_rows();
    for (panel, (some, ratings)) in columns.chunks(rows).zip(ratings.chunks(rows)).enumerate() {
        for (&column, &rating) in some.iter().zip(ratings) {
            let (weight, target) = fixed.observation(column, rating);
            system.add(simd, fixed.side.row(column), weight, target);
        }
        let next = columns[panel * rows + some.len()..].iter().chain(upcoming).take(rows);
        system.flush(simd, next.map(|&column| fixed.side.row(column)));
    }
}

/// Sums the observations of one chunk by themselves.
pub(super) struct SumPart<'s, 'a, Col> {
    pub(super) fixed: &'s Fixed<'a, Col>,
    pub(super) system: &'s mut System,
    pub(super) chunk: Observations<'s, Col>,
}

impl<Col: Index> WithSimd for SumPart<'_, '_, Col> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
        let Self { fixed, system, chunk } = self;
        system.begin_part();
        sum(simd, fixed, system, &chunk);
        system.part()
    }
}

/// Solves one row from sums that were made elsewhere.
pub(super) struct SolveSums<'s> {
    pub(super) system: &'s mut System,
    pub(super) background: Option<&'s [f32]>,
    pub(super) ridge: f32,
    pub(super) rank: usize,
    pub(super) sums: &'s [MovieSum],
}

impl WithSimd for SolveSums<'_> {
    type Output = Result<MovieFactor, Breakdown>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let Self { system, background, ridge, rank, sums } = self;
        system.start(background, ridge);
        for sum in sums {
            system.begin_part();
            match &sum.terms {
                Terms::Summed(numbers) => system.set_part(numbers),
                Terms::Listed(numbers) => add_listed(simd, system, rank, numbers),
            }
            system.end_part(simd);
        }
        let (factor, bias) = system.solve(simd)?;
        Ok(MovieFactor { factor: factor.to_vec(), bias })
    }
}

/// Sums listed observations, panel by panel as [`sum`] does.
#[inline(always)]
fn add_listed<S: Simd>(simd: S, system: &mut System, rank: usize, numbers: &[f32]) {
    let length = rank + 2;
    for panel in numbers.chunks(system.panel_rows() * length) {
        for observation in panel.chunks_exact(length) {
            system.add(simd, &observation[2..], observation[0], observation[1]);
        }
        system.flush(simd, std::iter::empty());
    }
}

/// Improves one row by conjugate gradients.
pub(super) struct Improve<'s, 'a, Col> {
    pub(super) fixed: &'s Fixed<'a, Col>,
    pub(super) descent: &'s mut ConjugateGradient,
    pub(super) steps: usize,
    pub(super) ridge: f32,
    pub(super) row: &'s [Observations<'s, Col>],
    pub(super) factor: &'s mut [f32],
    pub(super) bias: &'s mut f32,
}

impl<Col: Index> WithSimd for Improve<'_, '_, Col> {
    type Output = Result<(), Breakdown>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let Self { fixed, descent, steps, ridge, row, factor, bias } = self;
        let background = fixed.background.map(|background| &background.single[..]);
        descent.begin(simd, factor.iter().copied().chain([*bias]), background, ridge);
        gather(simd, fixed, descent, row, ConjugateGradient::add_to_residual);
        descent.begin_direction(simd);
        for _ in 0..steps {
            if descent.is_converged() {
                break;
            }
            descent.begin_step(simd, background, ridge);
            gather(simd, fixed, descent, row, ConjugateGradient::add_to_image);
            descent.end_step(simd);
        }
        let (head, tail) = descent.solution()?.split_at(factor.len());
        factor.copy_from_slice(head);
        *bias = tail.first().copied().unwrap_or(0.0);
        Ok(())
    }
}

/// Gathers the vectors of a row, panel by panel, each for some use.
#[inline(always)]
fn gather<S: Simd, Col: Index>(
    simd: S,
    fixed: &Fixed<'_, Col>,
    descent: &mut ConjugateGradient,
    row: &[Observations<'_, Col>],
    mut used: impl FnMut(&mut ConjugateGradient, S),
) {
    for chunk in row {
        for (columns, ratings) in chunk.columns.chunks(PANEL_ROWS).zip(chunk.ratings.chunks(PANEL_ROWS)) {
            for (&column, &rating) in columns.iter().zip(ratings) {
                let (weight, target) = fixed.observation(column, rating);
                descent.add(simd, fixed.side.row(column), weight, target);
            }
            used(descent, simd);
        }
    }
}

/// Sums `w (t - b - <x, y>)^2` over the observations of a chunk.
pub(super) struct SquaredErrors<'s, 'a, Col> {
    pub(super) fixed: &'s Fixed<'a, Col>,
    pub(super) chunk: Observations<'s, Col>,
    pub(super) factor: &'s [f32],
    pub(super) bias: f32,
}

impl<Col: Index> WithSimd for SquaredErrors<'_, '_, Col> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let Self { fixed, chunk: Observations { columns, ratings, .. }, factor, bias } = self;
        let (vectors, rest) = S::as_simd_f32s(factor);
        let mut sum = 0.0;
        for (&column, &rating) in columns.iter().zip(ratings) {
            let (weight, target) = fixed.observation(column, rating);
            let (other, other_rest) = S::as_simd_f32s(fixed.side.row(column));
            let mut score = inner_product(simd, vectors, other);
            for (left, right) in rest.iter().zip(other_rest) {
                score += left * right;
            }
            let error = f64::from(target) - f64::from(bias) - f64::from(score);
            sum += f64::from(weight) * error * error;
        }
        sum
    }
}
