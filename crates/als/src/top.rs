//! The best of many scores, in a bounded buffer.

use crate::index::{Index, MovieIdx};

/// A movie and its score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoredMovie {
    /// The movie.
    pub movie: MovieIdx,
    /// Its score; what it means depends on the call that gave it.
    pub score: f32,
}

/// How many scores are compared with the threshold at once.
const LANES: usize = 16;

/// Keeps the `n` best of a stream of scores that comes in ascending order of movies.
///
/// A score that is not above minus infinity, NaN included, is never kept. Of equal scores the lower movie wins.
pub(crate) struct Top {
    n: usize,
    threshold: f32,
    kept: Vec<ScoredMovie>,
}

impl Top {
    pub(crate) fn new(n: usize) -> Self {
        Self { n, threshold: f32::NEG_INFINITY, kept: Vec::new() }
    }

    /// Offers the movies from `first` on, each with the score `score + offset + constant`.
    pub(crate) fn offer(&mut self, first: usize, scores: &[f32], offsets: &[f32], constant: f32) {
        if self.n == 0 {
            return;
        }
        let blocks = scores.chunks(LANES).zip(offsets.chunks(LANES));
        for (block, (scores, offsets)) in blocks.enumerate() {
            let totals = || scores.iter().zip(offsets).map(|(score, offset)| (score + offset) + constant);
            if !any_above(totals(), self.threshold) {
                continue;
            }
            for (lane, score) in totals().enumerate() {
                self.offer_one(first + block * LANES + lane, score);
            }
        }
    }

    fn offer_one(&mut self, position: usize, score: f32) {
        // Equal to the threshold is not enough: n movies with a lower index reach it already.
        if score > self.threshold
            && let Ok(number) = u32::try_from(position)
        {
            self.kept.push(ScoredMovie { movie: MovieIdx::new(number), score });
            if self.kept.len() >= 2 * self.n {
                self.prune();
            }
        }
    }

    /// Cuts down to the n best in linear time and raises the threshold to the least of them.
    fn prune(&mut self) {
        if self.kept.len() > self.n {
            self.kept.select_nth_unstable_by(self.n - 1, best_first);
            self.kept.truncate(self.n);
            self.threshold = self.kept[self.n - 1].score;
        }
    }

    /// The best, in order.
    pub(crate) fn into_best(mut self) -> Vec<ScoredMovie> {
        if self.n > 0 {
            self.prune();
        }
        self.kept.sort_unstable_by(best_first);
        self.kept.shrink_to_fit();
        self.kept
    }
}

/// Nearly every block holds nothing new, so look at it as a whole: without a branch for each score.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "a lazy operator would branch and keep this from being vectorised"
)]
fn any_above(scores: impl ExactSizeIterator<Item = f32>, threshold: f32) -> bool {
    scores.fold(false, |found, score| found | (score > threshold))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape of a comparison that sorting takes")]
fn best_first(left: &ScoredMovie, right: &ScoredMovie) -> std::cmp::Ordering {
    right.score.total_cmp(&left.score).then(left.movie.cmp(&right.movie))
}
