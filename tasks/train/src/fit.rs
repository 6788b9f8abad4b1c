//! Fits the model that is kept.

use std::ops::ControlFlow;
use std::time::Instant;

use als::{Config, Model, TrainingSet};

use crate::pace::{Deadline, Pace};

/// A model and how its training went.
pub(crate) struct Trained {
    pub(crate) model: Model,
    pub(crate) ratings: usize,
    pub(crate) chunks: usize,
    /// Those that were done, which a deadline may have cut.
    pub(crate) iterations: usize,
    pub(crate) seconds: f64,
    pub(crate) loss: f64,
}

/// Fits until the iterations are done or the next would not be by the deadline.
pub(crate) fn fit(set: &TrainingSet<'_>, config: &Config, deadline: Deadline) -> anyhow::Result<Trained> {
    let ratings = set.ratings();
    tracing::info!(
        users = ratings.users(),
        movies = ratings.movies(),
        ratings = ratings.len(),
        chunks = set.chunks(),
        ?config,
        kernel = als::kernel_name(),
        "training"
    );
    let started = Instant::now();
    let progress = task::Progress::items("train", Some(config.iterations as u64));
    let mut pace = Pace::new(deadline);
    let (mut iterations, mut loss) = (0, f64::NAN);
    let model = als::fit(set, config, &mut |iteration| {
        (iterations, loss) = (iteration.number, iteration.loss);
        tracing::info!(iteration = iterations, loss, seconds = iteration.seconds, "iterated");
        progress.add(1);
        if pace.goes_on() {
            return ControlFlow::Continue(());
        }
        if iterations < config.iterations {
            tracing::warn!(iterations, asked = config.iterations, "stopped by --max-seconds");
        }
        ControlFlow::Break(())
    })?;
    let seconds = started.elapsed().as_secs_f64();
    Ok(Trained { model, ratings: ratings.len(), chunks: set.chunks(), iterations, seconds, loss })
}
