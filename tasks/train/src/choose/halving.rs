//! Successive halving: all candidates get few iterations, the better half of them twice as many, and so on.
//!
//! Jamieson and Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter Optimization", 2016. Two
//! candidates at least come to the last round, in which each has all iterations: few tell little of what many give.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use als::{Config, Factors, MovieIdx, TrainingSet};
use anyhow::Context;
use contract::Hyperparameters;
use histories::{Evidence, HistoriesError};

use crate::pace::{Deadline, Pace};
use crate::validation::Validation;

/// Iterations of the first round.
const FIRST: usize = 2;

/// The candidate with the best value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Best {
    pub(crate) hyperparameters: Hyperparameters,
    pub(crate) value: f64,
    /// Candidates that were tried.
    pub(crate) trials: usize,
}

/// A candidate and how far it has come.
struct Trial {
    /// From 1, the given hyper-parameters.
    number: usize,
    hyperparameters: Hyperparameters,
    reached: Option<Reached>,
}

struct Reached {
    iterations: usize,
    /// Enough to go on from: users are solved from movies.
    movies: Factors<MovieIdx>,
    value: f64,
}

/// Tries candidates, each up to its number of iterations, until `deadline`.
///
/// A candidate whose equations have no solution is passed over; an error is that of the last if no other is left.
pub(crate) fn best(
    validation: &Validation<'_>,
    candidates: Vec<Hyperparameters>,
    deadline: Deadline,
) -> anyhow::Result<Best> {
    let all = candidates.first().map_or(1, |given| given.iterations);
    let trial = |(number, hyperparameters)| Trial { number, hyperparameters, reached: None };
    let mut field: Vec<_> = (1..).zip(candidates).map(trial).collect();
    let mut search = Search { validation, deadline, tried: 0, failed: None };
    let mut budget = FIRST.min(all);
    for round in 1.. {
        field = search.round(round, field, budget);
        if budget == all || !deadline.leaves(Duration::ZERO) {
            break;
        }
        budget = (2 * budget).min(all);
    }
    let best = field.into_iter().next().and_then(|trial| Some((trial.hyperparameters, trial.reached?.value)));
    match (best, search.failed) {
        (Some((hyperparameters, value)), _) => Ok(Best { hyperparameters, value, trials: search.tried }),
        (None, Some(error)) => Err(error).context("no candidate of --tune could be trained"),
        (None, None) => anyhow::bail!("--tune has no candidates"),
    }
}

struct Search<'a> {
    validation: &'a Validation<'a>,
    deadline: Deadline,
    tried: usize,
    failed: Option<HistoriesError>,
}

impl Search<'_> {
    /// Brings every trial to `budget` iterations, as far as there is time, and returns the better half, best first.
    ///
    /// What is worse is dropped as soon as that is clear, so that not all factors are in memory at once.
    fn round(&mut self, round: usize, field: Vec<Trial>, budget: usize) -> Vec<Trial> {
        let kept = field.len().div_ceil(2).max(2);
        let yardstick = self.validation.yardstick();
        let mut best: Vec<(f64, Trial)> = Vec::new();
        for mut trial in field {
            // Out of time what was measured counts; something has to be.
            let is_measured = !best.is_empty() || trial.reached.is_some();
            let goes_on = !is_measured || self.deadline.leaves(Duration::ZERO);
            if goes_on && let Err(error) = self.advance(round, &mut trial, budget) {
                tracing::warn!(trial = trial.number, candidate = ?trial.hyperparameters, %error, "passed over");
                self.failed = Some(error);
                continue;
            }
            if let Some(value) = trial.reached.as_ref().map(|reached| reached.value) {
                best.push((value, trial));
                best.sort_by(|left, right| yardstick.compare(left.0, right.0));
                best.truncate(kept);
            }
        }
        best.into_iter().map(|(_, trial)| trial).collect()
    }

    fn advance(&mut self, round: usize, trial: &mut Trial, budget: usize) -> Result<(), HistoriesError> {
        let started = Instant::now();
        let before = trial.reached.take();
        self.tried += usize::from(before.is_none());
        let mut pace = Pace::new(self.deadline);
        let mut iterations = before.as_ref().map_or(0, |reached| reached.iterations);
        let more = budget - iterations;
        // With a half-life the weights of the ratings are made already, whatever moment ages are counted to.
        let (_, config) = Evidence::of(&trial.hyperparameters, 0)?;
        let model = go_on(self.validation.learnt(), &config, before.as_ref(), more, &mut || {
            iterations += 1;
            pace.goes_on()
        })?;
        let value = self.validation.measure(&model)?;
        tracing::info!(
            round,
            trial = trial.number,
            candidate = ?trial.hyperparameters,
            iterations,
            metric = self.validation.yardstick().label(),
            value,
            seconds = started.elapsed().as_secs_f64(),
            "tried"
        );
        trial.reached = Some(Reached { iterations, movies: model.into_factors().1, value });
        Ok(())
    }
}

/// Does `more` iterations from where a trial has come, while `goes_on` after each of them.
fn go_on(
    learnt: &TrainingSet<'_>,
    config: &Config,
    before: Option<&Reached>,
    more: usize,
    goes_on: &mut dyn FnMut() -> bool,
) -> Result<als::Model, als::AlsError> {
    let mut observer = |_: &als::Iteration<'_>| {
        if goes_on() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let Some(before) = before else {
        return als::fit(learnt, &Config { iterations: more, ..*config }, &mut observer);
    };
    let same: Vec<_> = (0..).map(MovieIdx).map(Some).take(learnt.ratings().movies()).collect();
    als::refresh(learnt, config, &before.movies, &same, more, &mut observer)
}
