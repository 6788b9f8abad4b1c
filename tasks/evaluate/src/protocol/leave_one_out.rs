//! Leave one out: does the model find what each user rated last?
//!
//! He, Liao, Zhang, Nie, Hu and Chua, "Neural Collaborative Filtering", 2017, section 4.1, as used by Rendle, Krichene,
//! Zhang and Anderson, "Neural Collaborative Filtering vs. Matrix Factorization Revisited", 2020. The latest positive of
//! every user who has two or more is held out, all others are trained on. What can be recommended are the movies of the
//! training part without the user's own; a held-out movie that nobody else rated is missed.
//!
//! The papers rank it among a small random sample of the movies the user has not rated. Those figures are called
//! `sampled` here, because they flatter, and can order models otherwise than the full ranking does (Krichene and
//! Rendle, "On Sampled Metrics for Item Recommendation", 2020), which is therefore reported beside them.

use std::collections::BTreeSet;
use std::ops::Range;

use als::{AlsError, BlockRanker, Config, Index, Model, MovieIdx, Ratings, ScoredMovie, UserIdx, best_first};
use anyhow::ensure;
use rand::{Rng, RngExt};
use rayon::prelude::*;

use super::compare::{Comparison, Lists, Measure};
use super::{Positives, chance, train};
use crate::baseline::Baseline;
use crate::metrics::ranking;

/// Ranks that are asked for.
const LONGEST: usize = 10;
/// Users who are ranked for at once.
const BLOCK: usize = 4096;

/// With a single movie to find, the hit rate is the recall and the ideal list is worth 1.
const MEASURES: [Measure; 2] = [("hr_at_10", LONGEST, ranking::hit), ("ndcg_at_10", LONGEST, ranking::ndcg)];

/// Splits, trains and measures: on the full ranking, and on the sampled one.
pub(super) fn measure(
    positives: &Positives<'_>,
    config: &Config,
    negatives: usize,
    seed: u64,
) -> anyhow::Result<Vec<Comparison>> {
    let training = training(positives)?;
    let held_out = held_out(positives);
    tracing::info!(training_ratings = training.len(), users = held_out.len(), negatives, "split");
    ensure!(
        !held_out.is_empty(),
        "no user has two ratings of at least {} stars, one to train on and one to find: train with a lower \
         --min-rating under a new run id",
        positives.min_rating
    );
    let model = train(&training, config)?;
    let ranking = Ranking { model: &model, training: &training, baseline: Baseline::new(&training) };
    let full = ranking.full(&held_out)?;
    let sampled = ranking.sampled(&held_out, negatives, seed);
    Ok(vec![
        Comparison::new("leave_one_out", &MEASURES, &full),
        Comparison::new("leave_one_out_sampled", &MEASURES, &sampled),
    ])
}

/// The positives of a user that are trained on, and the one that is not. An only positive is trained on.
fn split(positives: &Positives<'_>, user: UserIdx) -> (Vec<(MovieIdx, f32)>, Option<MovieIdx>) {
    let mut training = positives.of(user);
    let held_out = if training.len() > 1 { training.pop() } else { None };
    (training, held_out.map(|(movie, _)| movie))
}

/// What is trained on. All users and movies keep their index, those of whom nothing is left included.
fn training(positives: &Positives<'_>) -> Result<Ratings, AlsError> {
    Ratings::from_users(
        positives.histories.movies().len(),
        positives.users().map(|user| split(positives, user).0),
    )
}

/// All users who have a held-out movie, ascending, with that movie.
fn held_out(positives: &Positives<'_>) -> Vec<(UserIdx, MovieIdx)> {
    positives.users().filter_map(|user| Some((user, split(positives, user).1?))).collect()
}

/// What ranks.
struct Ranking<'a> {
    model: &'a Model,
    training: &'a Ratings,
    baseline: Baseline,
}

impl Ranking<'_> {
    /// Ranks all movies of the training part but the user's own.
    fn full(&self, held_out: &[(UserIdx, MovieIdx)]) -> anyhow::Result<Vec<Lists>> {
        let mut all = Vec::with_capacity(held_out.len());
        let ranker = BlockRanker::new(self.model, self.training)?;
        for block in held_out.chunk_by(|left, right| left.0.position() / BLOCK == right.0.position() / BLOCK)
        {
            let users = span(block);
            let lists = ranker.top_n(users.clone(), LONGEST)?;
            let of_user = |&(user, movie): &(UserIdx, MovieIdx)| Lists {
                model: lists[user.position() - users.start.position()]
                    .iter()
                    .map(|scored| scored.movie)
                    .collect(),
                baseline: self.baseline.list(self.training.by_user().row(user).0, LONGEST),
                relevant: vec![movie],
            };
            all.par_extend(block.par_iter().map(of_user));
        }
        Ok(all)
    }

    /// Ranks the held-out movie among random ones that the user has not rated.
    fn sampled(&self, held_out: &[(UserIdx, MovieIdx)], negatives: usize, seed: u64) -> Vec<Lists> {
        let catalogue: Vec<_> = self.baseline.movies().collect();
        let of_user = |&(user, movie): &(UserIdx, MovieIdx)| {
            let mut taken = self.training.by_user().row(user).0.to_vec();
            if self.baseline.knows(movie) {
                taken.push(movie);
                taken.sort_unstable();
            }
            let mut chance = chance(seed, u64::from(user.number()));
            let mut candidates: Vec<_> =
                draw(&catalogue, &taken, negatives, &mut chance).into_iter().collect();
            if self.baseline.knows(movie) {
                candidates.push(movie);
            }
            Lists {
                model: self.best_of(user, &candidates),
                baseline: self.baseline.best_of(&candidates, LONGEST),
                relevant: vec![movie],
            }
        };
        held_out.par_iter().map(of_user).collect()
    }

    /// The best of some movies by the model.
    fn best_of(&self, user: UserIdx, candidates: &[MovieIdx]) -> Vec<MovieIdx> {
        let score = |&movie: &MovieIdx| ScoredMovie { movie, score: self.model.score(user, movie) };
        let mut scored: Vec<_> = candidates.iter().map(score).collect();
        scored.sort_unstable_by(best_first);
        scored.into_iter().take(LONGEST).map(|scored| scored.movie).collect()
    }
}

/// From the first user of a block to its last.
fn span(block: &[(UserIdx, MovieIdx)]) -> Range<UserIdx> {
    match (block.first(), block.last()) {
        (Some(first), Some(last)) => first.0..UserIdx(last.0.number() + 1),
        _ => UserIdx(0)..UserIdx(0),
    }
}

/// So many different movies of a catalogue without the taken ones, each as likely as any other; all of them where
/// there are not so many. Those taken ascend and are of the catalogue.
fn draw(
    catalogue: &[MovieIdx],
    taken: &[MovieIdx],
    wanted: usize,
    chance: &mut impl Rng,
) -> BTreeSet<MovieIdx> {
    let wanted = wanted.min(catalogue.len() - taken.len());
    let mut drawn = BTreeSet::new();
    while drawn.len() < wanted {
        let movie = catalogue[chance.random_range(0..catalogue.len())];
        if taken.binary_search(&movie).is_err() {
            drawn.insert(movie);
        }
    }
    drawn
}

#[cfg(test)]
mod tests;
