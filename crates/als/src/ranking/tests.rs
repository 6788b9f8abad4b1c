//! Every kernel's ranking against sorting all scores. Factors are small whole numbers: every score is exact, and ties are many.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::index::{Index, MovieIdx};
use crate::kernel::Kernel;
use crate::ranking::scoring::{Catalogue, Query, Scorer};
use crate::ranking::top_n::{ScoredMovie, best_first};

struct Case {
    rank: usize,
    factors: Vec<f32>,
    offsets: Vec<f32>,
    queries: Vec<f32>,
    constants: Vec<f32>,
    excluded: Vec<Vec<MovieIdx>>,
}

fn whole(random: &mut ChaCha8Rng, below: u32) -> f32 {
    f32::from(u16::try_from(random.next_u32() % below).unwrap())
}

impl Case {
    fn random(rank: usize, movies: usize, queries: usize, seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut factor = |length: usize| -> Vec<f32> {
            // A few long factors and many short ones, so that there is something to leave out.
            (0..length)
                .map(|place| whole(&mut random, 5) - 2.0 + if place % 97 == 0 { 9.0 } else { 0.0 })
                .collect()
        };
        let (factors, query_factors) = (factor(movies * rank), factor(queries * rank));
        let mut barred =
            || if random.next_u32() % 9 == 0 { f32::NEG_INFINITY } else { whole(&mut random, 4) - 2.0 };
        let (offsets, constants) =
            ((0..movies).map(|_| barred()).collect(), (0..queries).map(|_| barred()).collect());
        let all = (0..).map(MovieIdx::new).take(movies);
        let excluded =
            (0..queries).map(|_| all.clone().filter(|_| random.next_u32() % 5 == 0).collect()).collect();
        Self { rank, factors, offsets, queries: query_factors, constants, excluded }
    }

    fn by(&self, kernel: Kernel, n: usize) -> Vec<Vec<ScoredMovie>> {
        let catalogue = Catalogue { rank: self.rank, factors: &self.factors, offsets: &self.offsets };
        let query = |index: usize| Query {
            factor: &self.queries[index * self.rank..][..self.rank],
            constant: self.constants[index],
            excluded: &self.excluded[index],
            allowed: None,
        };
        Scorer::new(kernel, &catalogue).best(self.constants.len(), query, n)
    }

    fn plainly(&self, index: usize, n: usize) -> Vec<ScoredMovie> {
        let query = &self.queries[index * self.rank..][..self.rank];
        let scored = (0..).map(MovieIdx).zip(self.factors.chunks_exact(self.rank)).zip(&self.offsets).map(
            |((movie, factor), offset)| {
                let product: f32 = factor.iter().zip(query).map(|(left, right)| left * right).sum();
                ScoredMovie { movie, score: product + offset + self.constants[index] }
            },
        );
        let allowed = |scored: &ScoredMovie| {
            scored.score > f32::NEG_INFINITY && !self.excluded[index].contains(&scored.movie)
        };
        let mut best: Vec<_> = scored.filter(allowed).collect();
        best.sort_by(best_first);
        best.truncate(n);
        best
    }
}

#[test]
fn every_kernel_ranks_as_sorting_all_scores_does() {
    for (seed, &(rank, movies, queries)) in
        (0..).zip(&[(1, 1, 1), (2, 0, 3), (3, 23, 4), (5, 24, 5), (8, 25, 130), (64, 700, 9), (65, 333, 257)])
    {
        let case = Case::random(rank, movies, queries, seed);
        for n in [0, 1, 10, 100, 1000] {
            for kernel in Kernel::all() {
                let found = case.by(kernel, n);
                assert_eq!(found.len(), queries);
                for (index, found) in found.iter().enumerate() {
                    assert_eq!(*found, case.plainly(index, n), "{}, query {index}, n {n}", kernel.name());
                }
            }
        }
    }
}

#[test]
fn factors_of_zero_are_ranked_by_offset() {
    let mut case = Case::random(4, 100, 6, 1);
    case.queries.fill(0.0);
    for kernel in Kernel::all() {
        for (index, found) in case.by(kernel, 20).iter().enumerate() {
            assert_eq!(*found, case.plainly(index, 20), "{}", kernel.name());
        }
    }
}

#[test]
fn negative_scores_are_ranked_too() {
    let mut case = Case::random(4, 300, 6, 2);
    case.offsets.iter_mut().for_each(|offset| *offset -= 1000.0);
    for kernel in Kernel::all() {
        for (index, found) in case.by(kernel, 20).iter().enumerate() {
            assert_eq!(*found, case.plainly(index, 20), "{}", kernel.name());
        }
    }
}
