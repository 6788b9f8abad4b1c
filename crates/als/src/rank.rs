//! Scores many queries against all movies, tile by tile, and keeps the best of each.
//!
//! A tile of queries times a tile of movies is one matrix product that stays in the cache; the dense matrix of scores
//! never exists. Tiles begin at fixed movies and always have [`QUERIES`] columns (spare ones hold what they held), so a score does
//! not depend, not in its last bit, on which other queries it is asked with.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use rayon::prelude::*;

use crate::index::{Index, MovieIdx};
use crate::top::{ScoredMovie, Top};

/// Queries of a tile.
const QUERIES: usize = 64;

/// Movies of a tile: with 64 queries its scores take 256 KiB, half an L2 cache.
const MOVIES: usize = 1024;

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
    /// Added to every score.
    pub(crate) constant: f32,
    /// Movies to leave out, ascending.
    pub(crate) excluded: &'a [MovieIdx],
}

impl Catalogue<'_> {
    /// The `n` best movies for each of `count` queries, best first.
    pub(crate) fn rank<'q>(
        &self,
        count: usize,
        query: impl Fn(usize) -> Query<'q> + Sync,
        n: usize,
    ) -> Vec<Vec<ScoredMovie>> {
        let n = n.min(self.offsets.len());
        (0..count.div_ceil(QUERIES))
            .into_par_iter()
            .map_init(
                || Tile::new(self.rank),
                |tile, block| {
                    let queries = block * QUERIES..count.min((block + 1) * QUERIES);
                    tile.rank(self, &queries.map(&query).collect::<Vec<_>>(), n)
                },
            )
            .flatten_iter()
            .collect()
    }
}

/// The memory of one thread.
struct Tile {
    queries: Mat<f32>,
    scores: Mat<f32>,
}

impl Tile {
    fn new(rank: usize) -> Self {
        Self { queries: Mat::zeros(rank, QUERIES), scores: Mat::zeros(MOVIES, QUERIES) }
    }

    fn rank(&mut self, catalogue: &Catalogue<'_>, queries: &[Query<'_>], n: usize) -> Vec<Vec<ScoredMovie>> {
        self.load(queries);
        let mut tops: Vec<_> = queries.iter().map(|_| Top::new(n)).collect();
        let mut excluded: Vec<_> = queries.iter().map(|query| query.excluded).collect();
        let tiles = catalogue.factors.chunks(MOVIES * catalogue.rank).zip(catalogue.offsets.chunks(MOVIES));
        for (tile, (factors, offsets)) in tiles.enumerate() {
            let first = tile * MOVIES;
            self.multiply(factors, offsets.len(), catalogue.rank);
            for (column, query) in queries.iter().enumerate() {
                let scores = &mut self.scores.col_as_slice_mut(column)[..offsets.len()];
                bar(scores, first, &mut excluded[column]);
                tops[column].offer(first, scores, offsets, query.constant);
            }
        }
        tops.into_iter().map(Top::into_best).collect()
    }

    fn load(&mut self, queries: &[Query<'_>]) {
        for (column, query) in queries.iter().enumerate() {
            self.queries.col_as_slice_mut(column).copy_from_slice(query.factor);
        }
    }

    fn multiply(&mut self, factors: &[f32], movies: usize, rank: usize) {
        let factors = MatRef::from_row_major_slice(factors, movies, rank);
        let scores = self.scores.as_mut().subrows_mut(0, movies);
        matmul(scores, Accum::Replace, factors, self.queries.as_ref(), 1.0, Par::Seq);
    }
}

/// Bars the excluded movies of a tile that begins at `first`, and moves on to those behind it.
fn bar(scores: &mut [f32], first: usize, excluded: &mut &[MovieIdx]) {
    let here = excluded.partition_point(|movie| movie.position() < first + scores.len());
    let (now, later) = excluded.split_at(here);
    for movie in now {
        scores[movie.position() - first] = f32::NEG_INFINITY;
    }
    *excluded = later;
}
