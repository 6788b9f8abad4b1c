//! The arithmetic of a ranking: a block of movies by a group of queries, in register tiles.

use pulp::{Simd, WithSimd};

use crate::index::MovieIdx;
use crate::kernel::buffer::Buffer;
use crate::kernel::tile::{Rows, outer_products};
use crate::ranking::scoring::{Query, Scorer};
use crate::ranking::top_n::{ScoredMovie, TopN};
use crate::real::{single, squared_norm};

/// Vectors of movies in a tile.
pub(super) const ROWS: usize = 2;

/// Queries in a tile: 12 sums, as in a panel of the solver, but of a shape that leaves AVX2 a register for the comparison.
pub(super) const COLUMNS: usize = 6;

/// How far a computed score may exceed the product of the computed lengths, relatively: rounding, with room to spare.
const MARGIN: f32 = 1.0 + 1e-4;

/// As many queries as a tile has columns, and what they have so far.
pub(super) struct QueryGroup<'a, 'q> {
    queries: &'a [Query<'q>],
    /// `rank` rows of a number for each query.
    factors: Buffer,
    lengths: [f32; COLUMNS],
    /// What a score must reach; plus infinity where nothing is asked for.
    thresholds: [f32; COLUMNS],
    tops: Vec<TopN>,
}

impl<'a, 'q> QueryGroup<'a, 'q> {
    pub(super) fn new(rank: usize, queries: &'a [Query<'q>], n: usize) -> Self {
        let mut factors = Buffer::zeros(rank * COLUMNS);
        let (mut lengths, mut thresholds) = ([0.0; COLUMNS], [f32::INFINITY; COLUMNS]);
        let asks = |query: &Query<'_>| query.constant > f32::NEG_INFINITY;
        let tops: Vec<_> = queries.iter().map(|query| TopN::new(if asks(query) { n } else { 0 })).collect();
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
    pub(super) fn can_gain(&self, (length, offset): (f32, f32)) -> bool {
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

    pub(super) fn into_best(self) -> impl Iterator<Item = Vec<ScoredMovie>> {
        self.tops.into_iter().zip(self.queries).map(|(top, query)| top.into_best(query.constant))
    }
}

/// Scores the movies of one block for some queries.
pub(super) struct ScoreBlock<'s, 'f, 'a, 'q> {
    pub(super) scorer: &'s Scorer,
    /// Which block.
    pub(super) block: usize,
    pub(super) groups: &'s mut [&'f mut QueryGroup<'a, 'q>],
}

impl WithSimd for ScoreBlock<'_, '_, '_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { scorer: Scorer { rank, width, movies, factors, offsets, .. }, block, groups } = self;
        let movies = &movies[block * width..];
        let (factors, _) = S::as_simd_f32s(&factors[block * width * rank..][..width * rank]);
        let (offsets, _) = S::as_simd_f32s(&offsets[block * width..][..*width]);
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
