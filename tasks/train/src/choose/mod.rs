//! Chooses hyper-parameters and the number of iterations by validation.

mod candidates;
mod halving;
mod patience;

use als::Histories;

use crate::arguments::Train;
use crate::pace::Deadline;
use crate::recipe::Recipe;
use crate::validation::{Measured, Validation};

/// What is to be trained, and why.
pub(crate) struct Choice {
    pub(crate) recipe: Recipe,
    /// Candidates that were tried, if any.
    pub(crate) trials: Option<usize>,
    pub(crate) measured: Option<Measured>,
}

/// What `train`'s flags ask for, or the better that `--tune` and `--patience` find. `histories` are without the holdout.
pub(crate) fn choose(train: &Train, histories: &Histories) -> anyhow::Result<Choice> {
    let mut recipe = train.recipe();
    if !train.chooses() {
        return Ok(Choice { recipe, trials: None, measured: None });
    }
    // The other half is for training what was chosen.
    let deadline = Deadline::after(train.max_seconds.map(|seconds| seconds / 2.0));
    let (ratings, mut config) = recipe.training(histories, train.holdout)?;
    let validation = Validation::new(histories, &ratings, &recipe, train.holdout)?;

    let (mut trials, mut value) = (None, None);
    if train.tune > 0 {
        let candidates = candidates::draw(&config, train.tune, recipe.half_life.is_none());
        let best = halving::best(&validation, candidates, deadline)?;
        (config, value) = (best.config, Some(best.value));
        trials = Some(best.trials);
    }
    if train.patience > 0 {
        let best = patience::best(&validation, &config, train.patience, deadline)?;
        (config.iterations, value) = (best.iterations, Some(best.value));
    }
    recipe = recipe.with(&config);
    let metric = validation.metric();
    tracing::info!(config = ?recipe.config, metric = metric.name(), value, "chosen");
    Ok(Choice { recipe, trials, measured: value.map(|value| Measured { metric, value }) })
}
