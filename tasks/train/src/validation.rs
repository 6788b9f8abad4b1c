//! What is chosen by: a holdout inside the training ratings.
//!
//! `evaluate` judges a model by the holdout of the run. What was chosen by that very holdout would look better there
//! than it is, so choosing has one of its own: the latest share of what is left for training.

use std::ops::Range;

use als::{AlsError, BlockRanker, Model, MovieIdx, Ratings, TrainingSet, UserIdx};
use anyhow::ensure;
use contract::{Hyperparameters, Yardstick};
use histories::{Histories, History, ndcg};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

/// The length of the lists that are measured.
const K: usize = 10;
/// Users are drawn in blocks of neighbours, because lists are made fastest for many at once.
const BLOCK: u32 = 128;
/// How many blocks are measured at most: some 10,000 users.
const BLOCKS: usize = 79;

/// A value and what it was measured by: the mean NDCG@10 over users, on the full ranking of all movies, or the RMSE.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Measured {
    pub(crate) yardstick: Yardstick,
    pub(crate) value: f64,
}

/// The histories that may be learnt from, split once more.
pub(crate) struct Validation<'a> {
    histories: &'a Histories,
    share: f64,
    yardstick: Yardstick,
    /// Everything users rated before the split, whatever the stars: not recommended again.
    seen: Ratings,
    /// What the model has learnt from: a user without any is not measured, as no model can know the taste.
    learnt: &'a TrainingSet<'a>,
    blocks: Vec<Range<UserIdx>>,
}

impl<'a> Validation<'a> {
    /// Measures on the latest `share` of these histories models that learnt from `learnt`, the rest.
    pub(crate) fn new(
        histories: &'a Histories,
        learnt: &'a TrainingSet<'a>,
        hyperparameters: &Hyperparameters,
        share: f64,
    ) -> anyhow::Result<Self> {
        let seen = histories.training(share, f32::NEG_INFINITY)?;
        let yardstick = Yardstick::of(hyperparameters.objective);
        let mut blocks = blocks(histories.users().len());
        sample(&mut blocks, hyperparameters.seed);
        let validation = Self { histories, share, yardstick, seen, learnt, blocks };
        let users = validation.users();
        ensure!(
            users > 0,
            "--patience and --tune have nothing to choose by: no user has a rating left for validation; raise \
             --holdout ({share}), or leave them out"
        );
        tracing::info!(users, metric = yardstick.label(), "validating");
        Ok(validation)
    }

    /// What models are to learn from.
    pub(crate) fn learnt(&self) -> &TrainingSet<'a> {
        self.learnt
    }

    pub(crate) fn yardstick(&self) -> Yardstick {
        self.yardstick
    }

    /// The metric of a model.
    pub(crate) fn measure(&self, model: &Model) -> Result<f64, AlsError> {
        let ranker = BlockRanker::new(model, &self.seen)?;
        let of_blocks: Result<Vec<Sum>, AlsError> =
            self.blocks.par_iter().map(|block| self.measure_block(model, &ranker, block)).collect();
        // In the order of the blocks, so that threads do not change a bit.
        let total = of_blocks?.into_iter().fold(Sum::default(), Sum::plus);
        let mean = total.value / total.count;
        Ok(if self.yardstick == Yardstick::Rmse { mean.sqrt() } else { mean })
    }

    fn measure_block(
        &self,
        model: &Model,
        ranker: &BlockRanker<'_>,
        block: &Range<UserIdx>,
    ) -> Result<Sum, AlsError> {
        match self.yardstick {
            Yardstick::Ndcg => self.gains(ranker, block),
            Yardstick::Rmse => Ok(self.squared_errors(model, block)),
        }
    }

    /// The NDCG of each user.
    fn gains(&self, ranker: &BlockRanker<'_>, block: &Range<UserIdx>) -> Result<Sum, AlsError> {
        let lists = ranker.top_n(block.clone(), K)?;
        let measured = users_of(block).zip(&lists).filter(|(user, _)| self.is_measured(*user));
        let gains = measured.map(|(user, list)| {
            let relevant = self.relevant(user);
            let is_hit: Vec<_> =
                list.iter().map(|scored| relevant.binary_search(&scored.movie).is_ok()).collect();
            ndcg(&is_hit, K, relevant.len())
        });
        Ok(gains.map(Sum::of).fold(Sum::default(), Sum::plus))
    }

    /// The squared error of each rating, as `evaluate` takes it: nobody is shown 5.3 stars.
    fn squared_errors(&self, model: &Model, block: &Range<UserIdx>) -> Sum {
        let measured = users_of(block).filter(|user| self.is_measured(*user));
        let later = measured.flat_map(|user| self.held_out(user).ratings().map(move |rating| (user, rating)));
        let errors = later.map(|(user, (movie, stars))| {
            let predicted = f64::from(model.score(user, movie)).clamp(0.5, 5.0);
            (predicted - f64::from(stars)).powi(2)
        });
        errors.map(Sum::of).fold(Sum::default(), Sum::plus)
    }

    fn held_out(&self, user: UserIdx) -> History<'_> {
        self.histories.split(user, self.share).1
    }

    fn is_measured(&self, user: UserIdx) -> bool {
        !self.held_out(user).is_empty() && !self.learnt.ratings().by_user().row(user).0.is_empty()
    }

    /// The movies to be found, ascending.
    fn relevant(&self, user: UserIdx) -> Vec<MovieIdx> {
        let mut movies = self.held_out(user).movies().to_vec();
        movies.sort_unstable();
        movies
    }

    fn users(&self) -> usize {
        let users = self.blocks.iter().flat_map(users_of);
        users.filter(|user| self.is_measured(*user)).count()
    }
}

fn users_of(block: &Range<UserIdx>) -> impl Iterator<Item = UserIdx> + use<> {
    (block.start.0..block.end.0).map(UserIdx)
}

/// A sum and how many it is of.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    value: f64,
    count: f64,
}

impl Sum {
    fn of(value: f64) -> Self {
        Self { value, count: 1.0 }
    }

    fn plus(self, other: Self) -> Self {
        Self { value: self.value + other.value, count: self.count + other.count }
    }
}

/// All users, in blocks.
fn blocks(users: usize) -> Vec<Range<UserIdx>> {
    // `Ratings` has refused more users than an index can name.
    let end = u32::try_from(users).unwrap_or(u32::MAX);
    let block = |start: u32| UserIdx(start)..UserIdx(start.saturating_add(BLOCK).min(end));
    (0..end).step_by(BLOCK as usize).map(block).collect()
}

/// Keeps [`BLOCKS`] of the blocks, drawn by the seed, in order.
fn sample(blocks: &mut Vec<Range<UserIdx>>, seed: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    while blocks.len() > BLOCKS {
        // The bias of a remainder is one in 2^32 here.
        let drawn = random.next_u64() % blocks.len() as u64;
        blocks.swap_remove(usize::try_from(drawn).unwrap_or_default());
    }
    blocks.sort_unstable_by_key(|block| block.start);
}

#[cfg(test)]
mod tests;
