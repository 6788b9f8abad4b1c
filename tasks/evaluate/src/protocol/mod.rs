//! Published protocols: ways of measuring that papers share, so that our figures can be laid beside theirs.
//!
//! Each holds out something else than `train` did, so it trains a model of its own: with the hyper-parameters that
//! are recorded for the run's model, on the same version of the ratings. It only reads: nothing is committed, and
//! the gate is not asked.
//!
//! The papers first turn ratings into positives, those of at least so many stars, and drop the others. Here the
//! threshold is the run's `--min-rating`, and a rating below it is as if it had never been given: it is not trained
//! on, not to be found, and its movie stays in the ranking. A positive keeps its stars for the solver, to which they
//! matter only with `--confidence-alpha` or the explicit objective; the papers' models do not know them.

mod compare;
mod leave_one_out;
mod strong_generalization;

use std::ops::ControlFlow;
use std::time::Instant;

use als::{Config, Model, MovieIdx, Ratings, TrainingSet, UserIdx};
use anyhow::Context;
use histories::Histories;
use lakehouse::tables::gold_models;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use task::{MemoryArgs, Report, Run};

use crate::trained;

/// A protocol and what it draws by chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Protocol {
    /// Liang et al. 2018.
    StrongGeneralization { heldout: HeldoutUsers, seed: u64 },
    /// He et al. 2017.
    LeaveOneOut { negatives: usize, seed: u64 },
}

/// How many users are held out for testing; as many again are for validation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum HeldoutUsers {
    Number(usize),
    /// Of the users who have enough ratings.
    Share(f64),
}

/// Trains and measures by a protocol on the ratings of a run, and reports the figures.
pub(crate) async fn run(run: &Run, memory: &MemoryArgs, protocol: Protocol) -> anyhow::Result<Report> {
    let card = gold_models::of_run(run.lake(), run.id()).await?;
    let histories = trained::histories(run, memory, &card).await?;
    let positives = Positives { histories: &histories, min_rating: trained::min_rating(&card) };
    let config = Config::from(&card.hyperparameters);
    tracing::info!(
        ?protocol,
        min_rating = positives.min_rating,
        ?config,
        "measuring by a published protocol"
    );
    let comparisons = match protocol {
        Protocol::StrongGeneralization { heldout, seed } => {
            vec![strong_generalization::measure(&positives, &config, heldout, seed)?]
        }
        Protocol::LeaveOneOut { negatives, seed } => {
            leave_one_out::measure(&positives, &config, negatives, seed)?
        }
    };
    let mut report = Report::of_run(run.id());
    for comparison in comparisons {
        comparison.log();
        comparison.report(&mut report);
    }
    Ok(report)
}

/// The ratings that count.
struct Positives<'a> {
    histories: &'a Histories,
    min_rating: f32,
}

impl Positives<'_> {
    /// All users, those without positives included.
    fn users(&self) -> impl Iterator<Item = UserIdx> + use<> {
        (0..).map(UserIdx).take(self.histories.users().len())
    }

    /// The positives of a user, movies and stars, oldest first.
    fn of(&self, user: UserIdx) -> Vec<(MovieIdx, f32)> {
        self.histories.of(user).ratings().filter(|(_, stars)| *stars >= self.min_rating).collect()
    }
}

/// Fits the model that is to be measured.
fn train(training: &Ratings, config: &Config) -> anyhow::Result<Model> {
    let started = Instant::now();
    let progress = task::Progress::items("train", Some(config.iterations as u64));
    let model = als::fit(&TrainingSet::new(training, None)?, config, &mut |iteration| {
        tracing::info!(iteration = iteration.number, loss = iteration.loss, "iterated");
        progress.add(1);
        ControlFlow::Continue(())
    });
    let model = model.context("cannot train on the training part of the protocol")?;
    tracing::info!(ratings = training.len(), seconds = started.elapsed().as_secs_f64(), "trained");
    Ok(model)
}

/// Chance for one purpose, usually one user: what is drawn for it does not depend on what is drawn for others, nor on
/// the number of threads.
fn chance(seed: u64, purpose: u64) -> ChaCha8Rng {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    chance.set_stream(purpose);
    chance
}

#[cfg(test)]
mod tests;
