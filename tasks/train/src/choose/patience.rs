//! How many iterations are best.

use std::ops::ControlFlow;

use als::AlsError;
use contract::{Hyperparameters, Yardstick};
use histories::{Evidence, HistoriesError};

use crate::pace::{Deadline, Pace};
use crate::validation::Validation;

/// The number of iterations with the best value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Best {
    pub(crate) iterations: usize,
    pub(crate) value: f64,
}

/// Measures each iteration, until `patience` of them in a row were no better than the best.
pub(crate) fn best(
    validation: &Validation<'_>,
    hyperparameters: &Hyperparameters,
    patience: usize,
    deadline: Deadline,
) -> Result<Best, HistoriesError> {
    let yardstick = validation.yardstick();
    let mut pace = Pace::new(deadline);
    let mut progress = Patience { yardstick, limit: patience, best: None };
    let mut failed = None;
    // With a half-life the weights of the ratings are made already, whatever moment ages are counted to.
    let (_, config) = Evidence::of(hyperparameters, 0)?;
    als::fit(validation.learnt(), &config, &mut |iteration| {
        let value = match validation.measure(iteration.model) {
            Ok(value) => value,
            Err(error) => {
                failed = Some(error);
                return ControlFlow::Break(());
            }
        };
        tracing::info!(
            iteration = iteration.number,
            loss = iteration.loss,
            seconds = iteration.seconds,
            metric = yardstick.label(),
            value,
            "validated"
        );
        let goes_on = progress.hear(iteration.number, value) && pace.goes_on();
        if goes_on { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    match (failed, progress.best) {
        (None, Some(best)) => Ok(best),
        (Some(error), _) => Err(error.into()),
        // A fit does at least one iteration.
        (None, None) => Err(AlsError::InvalidIterations { iterations: config.iterations }.into()),
    }
}

/// The best so far, and how much worse to bear.
struct Patience {
    yardstick: Yardstick,
    limit: usize,
    best: Option<Best>,
}

impl Patience {
    /// Whether it is worth going on after this iteration. The earlier of equal values is the better one.
    fn hear(&mut self, iterations: usize, value: f64) -> bool {
        match self.best {
            Some(best) if !self.yardstick.compare(value, best.value).is_lt() => {
                iterations - best.iterations < self.limit
            }
            _ => {
                self.best = Some(Best { iterations, value });
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The iterations that were heard of, and the best of them.
    fn stopped(yardstick: Yardstick, patience: usize, values: &[f64]) -> (usize, usize) {
        let mut progress = Patience { yardstick, limit: patience, best: None };
        let heard = (1..).zip(values).find(|(number, value)| !progress.hear(*number, **value));
        (heard.map_or(values.len(), |(number, _)| number), progress.best.unwrap().iterations)
    }

    #[test]
    fn it_stops_after_so_many_iterations_without_an_improvement_and_the_best_counts() {
        let values = [0.1, 0.3, 0.2, 0.25, 0.4, 0.4, 0.4, 0.5];
        assert_eq!(stopped(Yardstick::Ndcg, 1, &values), (3, 2));
        assert_eq!(stopped(Yardstick::Ndcg, 2, &values), (4, 2));
        assert_eq!(stopped(Yardstick::Ndcg, 3, &values), (8, 8));
        assert_eq!(stopped(Yardstick::Ndcg, 2, &values[2..]), (5, 3), "an equal value is no improvement");
    }

    #[test]
    fn a_lower_error_is_an_improvement() {
        assert_eq!(stopped(Yardstick::Rmse, 2, &[0.9, 0.8, 0.81, 0.82, 0.1]), (4, 2));
    }
}
