//! From a model's card to what the solver takes.

use contract::{Hyperparameters, Objective as Fitted, Solver as Method};

use crate::config::{Config, Objective, Solver};
use crate::dataset::Histories;
use crate::error::AlsError;
use crate::fading::Evidence;
use crate::ratings::Ratings;

impl From<&Hyperparameters> for Config {
    fn from(made_by: &Hyperparameters) -> Self {
        let &Hyperparameters { unobserved_weight, confidence_alpha, biases, .. } = made_by;
        Self {
            objective: match made_by.objective {
                Fitted::Implicit => Objective::Implicit { unobserved_weight, confidence_alpha },
                Fitted::Explicit => Objective::Explicit { biases },
            },
            rank: made_by.rank,
            iterations: made_by.iterations,
            regularization: made_by.regularization,
            regularization_exponent: made_by.regularization_exponent,
            seed: made_by.seed,
            solver: match made_by.solver {
                Method::Cholesky => Solver::Cholesky,
                Method::Cg => Solver::ConjugateGradient { steps: made_by.cg_steps.unwrap_or_default() },
            },
        }
    }
}

impl Evidence {
    /// What a model made by these hyper-parameters learns from a rating, and the configuration that the solver must be given
    /// with it. `now`, in microseconds since 1970, is what ages are counted to.
    ///
    /// # Errors
    /// As [`Evidence::new`].
    pub fn of(made_by: &Hyperparameters, now: i64) -> Result<(Self, Config), AlsError> {
        #[expect(clippy::cast_possible_truncation, reason = "stars are exact in 32 bits")]
        let min_rating = made_by.min_rating as f32;
        Self::new(&made_by.into(), min_rating, made_by.half_life_days, now)
    }
}

impl Histories {
    /// What the solver takes to learn by these hyper-parameters without the `holdout`: ratings and configuration, which belong
    /// together. The age of a rating is counted to the newest one of these histories outside the holdout.
    ///
    /// # Errors
    /// As [`Histories::training`] and [`Evidence::new`].
    pub fn training_of(
        &self,
        made_by: &Hyperparameters,
        holdout: f64,
    ) -> Result<(Ratings, Config), AlsError> {
        let (evidence, config) = Evidence::of(made_by, self.newest(holdout))?;
        Ok((self.training_by(holdout, &evidence)?, config))
    }
}
