//! Chooses hyper-parameters and the number of iterations by validation.

mod candidates;
mod halving;
mod patience;

use als::TrainingSet;
use contract::Hyperparameters;
use histories::Histories;

use crate::arguments::Train;
use crate::pace::Deadline;
use crate::validation::{Measured, Validation};

/// What is to be trained, and why.
pub(crate) struct Choice {
    pub(crate) hyperparameters: Hyperparameters,
    /// Candidates that were tried, if any.
    pub(crate) trials: Option<usize>,
    pub(crate) measured: Option<Measured>,
}

/// What `train`'s flags ask for, or the better that `--tune` and `--patience` find. `histories` are without the holdout.
pub(crate) fn choose(train: &Train, histories: &Histories) -> anyhow::Result<Choice> {
    let mut hyperparameters = train.hyperparameters();
    if !train.chooses() {
        return Ok(Choice { hyperparameters, trials: None, measured: None });
    }
    // The other half is for training what was chosen.
    let deadline = Deadline::after(train.max_seconds.map(|seconds| seconds / 2.0));
    let (ratings, _) = histories.training_of(&hyperparameters, train.holdout)?;
    let learnt = TrainingSet::new(&ratings, hyperparameters.chunks)?;
    let validation = Validation::new(histories, &learnt, &hyperparameters, train.holdout)?;

    let (mut trials, mut value) = (None, None);
    if train.tune > 0 {
        let candidates = candidates::draw(&hyperparameters, train.tune);
        let best = halving::best(&validation, candidates, deadline)?;
        (hyperparameters, value) = (best.hyperparameters, Some(best.value));
        trials = Some(best.trials);
    }
    if train.patience > 0 {
        let best = patience::best(&validation, &hyperparameters, train.patience, deadline)?;
        (hyperparameters.iterations, value) = (best.iterations, Some(best.value));
    }
    let yardstick = validation.yardstick();
    tracing::info!(?hyperparameters, metric = yardstick.label(), value, "chosen");
    Ok(Choice { hyperparameters, trials, measured: value.map(|value| Measured { yardstick, value }) })
}
