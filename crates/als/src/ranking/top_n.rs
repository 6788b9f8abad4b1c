//! Top-n selection: the best of many scores, in a bounded buffer.

use std::cmp::Ordering;

use crate::index::{MovieIdx, scattered};

/// A movie and its score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoredMovie {
    /// The movie.
    pub movie: MovieIdx,
    /// Its score; what it means depends on the call that gave it.
    pub score: f32,
}

/// Keeps the `n` best of a stream of scores that comes in any order.
///
/// A score that is not above minus infinity, NaN included, is never kept. Equal scores are put in order by [`best_first`].
pub(crate) struct TopN {
    n: usize,
    threshold: f32,
    kept: Vec<ScoredMovie>,
}

impl TopN {
    pub(crate) fn new(n: usize) -> Self {
        Self { n, threshold: if n > 0 { f32::MIN } else { f32::INFINITY }, kept: Vec::new() }
    }

    /// A score below is not among the best; one that reaches it may be.
    pub(crate) fn threshold(&self) -> f32 {
        self.threshold
    }

    /// Takes a score that reaches the threshold.
    pub(crate) fn push(&mut self, movie: MovieIdx, score: f32) {
        self.kept.push(ScoredMovie { movie, score });
        if self.kept.len() >= 2 * self.n {
            self.prune();
        }
    }

    /// Cuts down to the n best in linear time and raises the threshold to the least of them.
    fn prune(&mut self) {
        if self.kept.len() >= self.n {
            self.kept.select_nth_unstable_by(self.n - 1, best_first);
            self.kept.truncate(self.n);
            self.threshold = self.kept[self.n - 1].score;
        }
    }

    /// The best in order, each score with the constant added.
    pub(crate) fn into_best(mut self, constant: f32) -> Vec<ScoredMovie> {
        if self.n > 0 {
            self.prune();
        }
        for scored in &mut self.kept {
            scored.score += constant;
        }
        self.kept.sort_unstable_by(best_first);
        self.kept.shrink_to_fit();
        self.kept
    }
}

/// The order of recommendations: the higher score first. Equal scores come in an order that has nothing to do with the movies'
/// ids ([`scattered`]): a model that scores everything alike finds what chance finds, whoever numbered the movies.
#[must_use]
pub fn best_first(left: &ScoredMovie, right: &ScoredMovie) -> Ordering {
    let tie = || scattered(left.movie.0).cmp(&scattered(right.movie.0));
    right.score.total_cmp(&left.score).then_with(tie)
}
