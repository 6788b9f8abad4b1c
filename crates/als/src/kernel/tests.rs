//! Every kernel of this machine against the plain version, on random shapes.

use pulp::{Simd, WithSimd};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::config::MAX_RANK;
use crate::kernel::equations::NormalEquations;
use crate::kernel::system::System;
use crate::kernel::{Breakdown, Kernel};
use crate::real::{count, single};

/// A number from -1 to 1.
fn number(random: &mut ChaCha8Rng) -> f32 {
    single(f64::from(random.next_u32()) / f64::from(u32::MAX) * 2.0 - 1.0)
}

/// A row of a sparse matrix, ready to be solved.
struct Problem {
    rank: usize,
    bias: bool,
    ridge: f32,
    vectors: Vec<Vec<f32>>,
    weights: Vec<f32>,
    targets: Vec<f32>,
}

impl Problem {
    fn random(rank: usize, rows: usize, bias: bool) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(count(rank * 10_000 + rows).to_bits());
        let vectors = (0..rows).map(|_| (0..rank).map(|_| number(&mut random)).collect()).collect();
        let weights = (0..rows).map(|_| 1.1 + number(&mut random)).collect();
        let targets = (0..rows).map(|_| number(&mut random)).collect();
        Self { rank, bias, ridge: 1.0 + single(0.01 * count(rows)), vectors, weights, targets }
    }

    fn plainly(&self) -> Vec<f64> {
        let mut equations = NormalEquations::new(self.rank + usize::from(self.bias));
        equations.start(None, f64::from(self.ridge));
        for ((vector, &weight), &target) in self.vectors.iter().zip(&self.weights).zip(&self.targets) {
            equations.add(vector, f64::from(weight), f64::from(target));
        }
        equations.solve().unwrap().to_vec()
    }

    fn by(&self, kernel: Kernel) -> Result<Vec<f32>, Breakdown> {
        kernel.run(BySystem(self))
    }
}

struct BySystem<'a>(&'a Problem);

impl WithSimd for BySystem<'_> {
    type Output = Result<Vec<f32>, Breakdown>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let problem = self.0;
        let mut system = System::new(problem.rank, problem.bias);
        // What an earlier row left behind must not count.
        system.start(None, 3.0);
        system.add(simd, &vec![1.0; problem.rank], 1.0, 1.0);
        system.flush(simd, std::iter::empty());
        system.start(None, problem.ridge);
        let observations = problem.vectors.iter().zip(&problem.weights).zip(&problem.targets);
        let rows = system.panel_rows();
        for (index, ((vector, &weight), &target)) in observations.enumerate() {
            if index > 0 && index % rows == 0 {
                system.flush(simd, std::iter::empty());
            }
            system.add(simd, vector, weight, target);
        }
        system.flush(simd, std::iter::empty());
        let (solution, bias) = system.solve(simd)?;
        Ok(solution.iter().copied().chain(problem.bias.then_some(bias)).collect())
    }
}

fn assert_kernels_agree(problem: &Problem) {
    assert_agree(problem, Kernel::all());
}

fn assert_agree(problem: &Problem, kernels: Vec<Kernel>) {
    let expected = problem.plainly();
    let greatest = expected.iter().fold(1e-3_f64, |greatest, number| greatest.max(number.abs()));
    for kernel in kernels {
        let found = problem.by(kernel).unwrap();
        assert_eq!(found.len(), expected.len());
        for (index, (&found, expected)) in found.iter().zip(&expected).enumerate() {
            let (rank, rows) = (problem.rank, problem.vectors.len());
            assert!(
                (f64::from(found) - expected).abs() < 2e-4 * greatest,
                "{} at rank {rank}, {rows} rows, unknown {index}: {found} is not {expected}",
                kernel.name()
            );
        }
    }
}

#[test]
fn every_kernel_solves_what_the_plain_version_solves() {
    let ranks = [
        1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 33, 48, 63, 64, 65, 96, 100, 127, 128, 129, 200, 300,
    ];
    for rank in ranks {
        for rows in [0, 1, 2, 7, 33, 257] {
            for bias in [false, true] {
                assert_kernels_agree(&Problem::random(rank, rows, bias));
            }
        }
    }
}

#[test]
fn a_row_longer_than_many_panels_is_summed_whole() {
    for rank in [3, 64, 130] {
        assert_kernels_agree(&Problem::random(rank, 5000, true));
    }
}

#[test]
fn the_greatest_rank_is_solved() {
    assert_agree(&Problem::random(MAX_RANK, 40, true), vec![Kernel::best()]);
}

#[test]
fn a_system_that_single_precision_cannot_solve_is_refused() {
    for bias in [false, true] {
        let mut problem = Problem::random(6, 4, bias);
        problem.ridge = 1e-7;
        for kernel in Kernel::all() {
            assert!(
                problem.by(kernel).is_err(),
                "{}: four rows do not determine six unknowns",
                kernel.name()
            );
        }
    }
}

#[test]
fn a_number_that_is_not_finite_never_comes_out() {
    for poison in [f32::NAN, f32::INFINITY, f32::MAX] {
        for at in [0, 5] {
            let mut problem = Problem::random(6, 20, false);
            problem.vectors[3][at] = poison;
            for kernel in Kernel::all() {
                assert!(problem.by(kernel).is_err(), "{}: {poison} at {at}", kernel.name());
            }
        }
        let mut problem = Problem::random(6, 20, true);
        problem.targets[3] = poison;
        for kernel in Kernel::all() {
            if let Ok(found) = problem.by(kernel) {
                assert!(poison.is_finite(), "{}: a target of {poison}", kernel.name());
                assert!(found.iter().all(|number| number.is_finite()), "{}: {found:?}", kernel.name());
            }
        }
    }
}

#[test]
fn the_best_kernel_has_a_name_and_is_one_of_all() {
    let names: Vec<_> = Kernel::all().into_iter().map(Kernel::name).collect();
    assert!(names.contains(&Kernel::best().name()));
    assert_eq!(names[0], "portable");
}
