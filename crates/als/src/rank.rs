//! Scores many queries against all movies, and keeps the best of each.
//!
//! Scores are made in register tiles, some movies by some queries, and compared with what the queries have already while they are
//! still in registers: a score that cannot be among the best is never written anywhere.
//!
//! Movies come in the order of the lengths of their factors, longest first. That raises the thresholds early, and by
//! `<x, y> <= |x| |y|` (Cauchy and Schwarz) a query is done when even the longest factor that is left cannot reach its
//! threshold: the result is exact, and most of a catalogue that nobody watches is never scored.
//!
//! A score is summed in the order of the factor's numbers, so it does not depend, not in its last bit, on what it is asked with.

use std::cmp::Reverse;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::index::{Index, MovieIdx};
use crate::kernel::Kernel;
use crate::kernel::buffer::Buffer;
use crate::kernel::tile::{Rows, outer_products};
use crate::real::{single, squared_norm};
use crate::top::{ScoredMovie, Top};

/// Vectors of movies in a tile.
const ROWS: usize = 2;

/// Queries in a tile: 12 sums, as in a panel of the solver, but of a shape that leaves AVX2 a register for the comparison.
const COLUMNS: usize = 6;

/// Queries that a thread takes at once: at rank 64 their factors fill 30 KiB of the L2 cache.
const QUERIES: usize = 20 * COLUMNS;

/// How far a computed score may exceed the product of the computed lengths, relatively: rounding, with room to spare.
const MARGIN: f32 = 1.0 + 1e-4;

/// What can be ranked: a row of `rank` numbers for each movie, and an offset on its scores.
pub(crate) struct Catalogue<'a> {
    pub(crate) rank: usize,
    pub(crate) factors: &'a [f32],
    /// Added to each score of the movie; minus infinity bars it.
    pub(crate) offsets: &'a [f32],
}

/// One request for a ranking.
pub(crate) struct Query<'a> {
    /// `rank` numbers.
    pub(crate) factor: &'a [f32],
    /// Added to every score that is returned; minus infinity asks for nothing.
    pub(crate) constant: f32,
    /// Movies to leave out, ascending.
    pub(crate) excluded: &'a [MovieIdx],
    /// One for each movie of the catalogue, if not all are allowed.
    pub(crate) allowed: Option<&'a [bool]>,
}

impl Query<'_> {
    fn admits(&self, movie: MovieIdx) -> bool {
        self.allowed.is_none_or(|allowed| allowed[movie.position()])
            && self.excluded.binary_search(&movie).is_err()
    }
}

/// The catalogue as the kernel reads it: shelves of as many movies as a tile has rows, the longest factors first.
pub(crate) struct Shelves {
    kernel: Kernel,
    rank: usize,
    /// Movies on a shelf.
    width: usize,
    /// The movies in their order; the last shelf may be short.
    movies: Vec<MovieIdx>,
    /// `rank` rows of `width` numbers for each shelf.
    factors: Buffer,
    /// One for each place; NaN where there is no movie, which reaches no threshold.
    offsets: Buffer,
    /// The length of the longest factor and the greatest offset on each shelf or behind it.
    limits: Vec<(f32, f32)>,
}

impl Shelves {
    /// Puts a catalogue in order.
    pub(crate) fn new(kernel: Kernel, catalogue: &Catalogue<'_>) -> Self {
        let (rank, width) = (catalogue.rank, ROWS * kernel.lanes());
        let length = |movie: usize| squared_norm(&catalogue.factors[movie * rank..][..rank]).sqrt();
        let open = (0..catalogue.offsets.len()).filter(|&movie| catalogue.offsets[movie] > f32::NEG_INFINITY);
        let mut order: Vec<_> = open.map(|movie| (Reverse(Ordered(single(length(movie)))), movie)).collect();
        order.sort_unstable();

        let shelves = order.len().div_ceil(width);
        let mut factors = Buffer::zeros(shelves * width * rank);
        let mut offsets = Buffer::zeros(shelves * width);
        offsets.fill(f32::NAN);
        for (place, &(_, movie)) in order.iter().enumerate() {
            offsets[place] = catalogue.offsets[movie];
            let shelf = &mut factors[place / width * width * rank..][..width * rank];
            let entries = shelf[place % width..].iter_mut().step_by(width);
            for (entry, &number) in entries.zip(&catalogue.factors[movie * rank..][..rank]) {
                *entry = number;
            }
        }
        let greatest = |limit: (f32, f32), shelf: &[(Reverse<Ordered>, usize)]| {
            let members =
                shelf.iter().map(|&(Reverse(Ordered(length)), movie)| (length, catalogue.offsets[movie]));
            members.fold(limit, |limit, member| (limit.0.max(member.0), limit.1.max(member.1)))
        };
        let mut limits: Vec<_> = order
            .chunks(width)
            .rev()
            .scan((0.0, f32::NEG_INFINITY), |limit, shelf| {
                *limit = greatest(*limit, shelf);
                Some(*limit)
            })
            .collect();
        limits.reverse();
        let movies = order.into_iter().filter_map(|(_, movie)| u32::try_from(movie).ok()).map(MovieIdx::new);
        Self { kernel, rank, width, movies: movies.collect(), factors, offsets, limits }
    }

    /// The `n` best movies for each of `count` queries, best first.
    pub(crate) fn best<'q>(
        &self,
        count: usize,
        query: impl Fn(usize) -> Query<'q> + Sync,
        n: usize,
    ) -> Vec<Vec<ScoredMovie>> {
        let n = n.min(self.movies.len());
        (0..count.div_ceil(QUERIES))
            .into_par_iter()
            .flat_map_iter(|block| {
                let queries = block * QUERIES..count.min((block + 1) * QUERIES);
                self.rank(&queries.map(&query).collect::<Vec<_>>(), n)
            })
            .collect()
    }

    /// The `n` best movies for one query, on the calling thread.
    pub(crate) fn best_for(&self, query: &Query<'_>, n: usize) -> Vec<ScoredMovie> {
        let mut lists = self.rank(std::slice::from_ref(query), n.min(self.movies.len()));
        lists.pop().unwrap_or_default()
    }

    /// Ranks one block of queries.
    fn rank(&self, queries: &[Query<'_>], n: usize) -> Vec<Vec<ScoredMovie>> {
        let mut groups: Vec<Group<'_, '_>> =
            queries.chunks(COLUMNS).map(|queries| Group::new(self.rank, queries, n)).collect();
        let mut active: Vec<&mut Group<'_, '_>> = groups.iter_mut().collect();
        for (shelf, &limit) in self.limits.iter().enumerate() {
            active.retain(|group| group.can_gain(limit));
            if active.is_empty() {
                break;
            }
            self.kernel.run(ScoreShelf { shelves: self, shelf, groups: &mut active });
        }
        groups.into_iter().flat_map(Group::into_best).collect()
    }
}

/// A length, which is never NaN, in its order.
#[derive(PartialEq)]
struct Ordered(f32);

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// As many queries as a tile has columns, and what they have so far.
struct Group<'a, 'q> {
    queries: &'a [Query<'q>],
    /// `rank` rows of a number for each query.
    factors: Buffer,
    lengths: [f32; COLUMNS],
    /// What a score must reach; plus infinity where nothing is asked for.
    thresholds: [f32; COLUMNS],
    tops: Vec<Top>,
}

impl<'a, 'q> Group<'a, 'q> {
    fn new(rank: usize, queries: &'a [Query<'q>], n: usize) -> Self {
        let mut factors = Buffer::zeros(rank * COLUMNS);
        let (mut lengths, mut thresholds) = ([0.0; COLUMNS], [f32::INFINITY; COLUMNS]);
        let asks = |query: &Query<'_>| query.constant > f32::NEG_INFINITY;
        let tops: Vec<_> = queries.iter().map(|query| Top::new(if asks(query) { n } else { 0 })).collect();
        for (column, (query, top)) in queries.iter().zip(&tops).enumerate() {
            for (row, &number) in factors.chunks_exact_mut(COLUMNS).zip(query.factor) {
                row[column] = number;
            }
            lengths[column] = single(squared_norm(query.factor).sqrt());
            thresholds[column] = top.threshold();
        }
        Self { queries, factors, lengths, thresholds, tops }
    }

    /// Whether a movie within these limits can be among the best of a query.
    fn can_gain(&self, (length, offset): (f32, f32)) -> bool {
        let bounds = self.lengths.iter().map(|own| own * length * MARGIN + offset.max(offset * MARGIN));
        bounds.zip(&self.thresholds).any(|(bound, &threshold)| bound >= threshold)
    }

    /// Looks at the scores of one query that are not all below its threshold.
    #[cold]
    fn offer(&mut self, column: usize, movies: &[MovieIdx], scores: &[f32]) {
        let (Some(query), Some(top)) = (self.queries.get(column), self.tops.get_mut(column)) else { return };
        for (&movie, &score) in movies.iter().zip(scores) {
            if score >= top.threshold() && query.admits(movie) {
                top.push(movie, score);
            }
        }
        self.thresholds[column] = top.threshold();
    }

    fn into_best(self) -> impl Iterator<Item = Vec<ScoredMovie>> {
        self.tops.into_iter().zip(self.queries).map(|(top, query)| top.into_best(query.constant))
    }
}

/// Scores the movies of one shelf for some queries.
struct ScoreShelf<'s, 'f, 'a, 'q> {
    shelves: &'s Shelves,
    shelf: usize,
    groups: &'s mut [&'f mut Group<'a, 'q>],
}

impl WithSimd for ScoreShelf<'_, '_, '_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { shelves: Shelves { rank, width, movies, factors, offsets, .. }, shelf, groups } = self;
        let movies = &movies[shelf * width..];
        let (factors, _) = S::as_simd_f32s(&factors[shelf * width * rank..][..width * rank]);
        let (offsets, _) = S::as_simd_f32s(&offsets[shelf * width..][..*width]);
        let left = Rows { numbers: factors, stride: ROWS, begin: 0 };
        for group in groups {
            let right = Rows { numbers: &group.factors, stride: COLUMNS, begin: 0 };
            let begun = [[offsets[0], offsets[1]]; COLUMNS];
            let tile = outer_products::<S, ROWS, COLUMNS>(simd, begun, left, right);
            for column in 0..COLUMNS {
                let threshold = simd.splat_f32s(group.thresholds[column]);
                let [first, second] = tile[column];
                let first = simd.less_than_or_equal_f32s(threshold, first);
                let second = simd.less_than_or_equal_f32s(threshold, second);
                let reached = simd.or_m32s(first, second);
                if simd.first_true_m32s(reached) < S::F32_LANES {
                    let mut scores = [0.0; ROWS * crate::kernel::PADDING];
                    let (vectors, _) = S::as_mut_simd_f32s(&mut scores);
                    vectors[..ROWS].copy_from_slice(&tile[column]);
                    group.offer(column, movies, &scores[..*width]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
