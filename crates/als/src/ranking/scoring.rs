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

use rayon::prelude::*;

use crate::index::{Index, MovieIdx};
use crate::kernel::Kernel;
use crate::kernel::buffer::Buffer;
use crate::ranking::query_group::{COLUMNS, QueryGroup, ROWS, ScoreBlock};
use crate::ranking::top_n::ScoredMovie;
use crate::real::{single, squared_norm};

/// Queries that a thread takes at once: at rank 64 their factors fill 30 KiB of the L2 cache.
const QUERIES: usize = 20 * COLUMNS;

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
    pub(super) fn admits(&self, movie: MovieIdx) -> bool {
        self.allowed.is_none_or(|allowed| allowed[movie.position()])
            && self.excluded.binary_search(&movie).is_err()
    }
}

/// The catalogue as the kernel reads it: blocks of as many movies as a tile has rows, the longest factors first.
pub(crate) struct Scorer {
    kernel: Kernel,
    pub(super) rank: usize,
    /// Movies in a block.
    pub(super) width: usize,
    /// The movies in their order; the last block may be short.
    pub(super) movies: Vec<MovieIdx>,
    /// `rank` rows of `width` numbers for each block.
    pub(super) factors: Buffer,
    /// One for each place; NaN where there is no movie, which reaches no threshold.
    pub(super) offsets: Buffer,
    /// The length of the longest factor and the greatest offset in each block or behind it.
    limits: Vec<(f32, f32)>,
}

impl Scorer {
    /// Puts a catalogue in order.
    pub(crate) fn new(kernel: Kernel, catalogue: &Catalogue<'_>) -> Self {
        let (rank, width) = (catalogue.rank, ROWS * kernel.lanes());
        let length = |movie: usize| squared_norm(&catalogue.factors[movie * rank..][..rank]).sqrt();
        let open = (0..catalogue.offsets.len()).filter(|&movie| catalogue.offsets[movie] > f32::NEG_INFINITY);
        let mut order: Vec<(f32, usize)> = open.map(|movie| (single(length(movie)), movie)).collect();
        order.sort_unstable_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(&right.1)));

        let blocks = order.len().div_ceil(width);
        let mut factors = Buffer::zeros(blocks * width * rank);
        let mut offsets = Buffer::zeros(blocks * width);
        offsets.fill(f32::NAN);
        for (place, &(_, movie)) in order.iter().enumerate() {
            offsets[place] = catalogue.offsets[movie];
            let block = &mut factors[place / width * width * rank..][..width * rank];
            let entries = block[place % width..].iter_mut().step_by(width);
            for (entry, &number) in entries.zip(&catalogue.factors[movie * rank..][..rank]) {
                *entry = number;
            }
        }
        let greatest = |limit: (f32, f32), block: &[(f32, usize)]| {
            let members = block.iter().map(|&(length, movie)| (length, catalogue.offsets[movie]));
            members.fold(limit, |limit, member| (limit.0.max(member.0), limit.1.max(member.1)))
        };
        let mut limits: Vec<_> = order
            .chunks(width)
            .rev()
            .scan((0.0, f32::NEG_INFINITY), |limit, block| {
                *limit = greatest(*limit, block);
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
            .flat_map_iter(|batch| {
                let queries = batch * QUERIES..count.min((batch + 1) * QUERIES);
                self.rank(&queries.map(&query).collect::<Vec<_>>(), n)
            })
            .collect()
    }

    /// The `n` best movies for one query, on the calling thread.
    pub(crate) fn best_for(&self, query: &Query<'_>, n: usize) -> Vec<ScoredMovie> {
        let mut lists = self.rank(std::slice::from_ref(query), n.min(self.movies.len()));
        lists.pop().unwrap_or_default()
    }

    /// Ranks one batch of queries.
    fn rank(&self, queries: &[Query<'_>], n: usize) -> Vec<Vec<ScoredMovie>> {
        let mut groups: Vec<QueryGroup<'_, '_>> =
            queries.chunks(COLUMNS).map(|queries| QueryGroup::new(self.rank, queries, n)).collect();
        let mut active: Vec<&mut QueryGroup<'_, '_>> = groups.iter_mut().collect();
        for (block, &limit) in self.limits.iter().enumerate() {
            active.retain(|group| group.can_gain(limit));
            if active.is_empty() {
                break;
            }
            self.kernel.run(ScoreBlock { scorer: self, block, groups: &mut active });
        }
        groups.into_iter().flat_map(QueryGroup::into_best).collect()
    }
}
