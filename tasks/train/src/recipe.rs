//! What a model is made by.

use als::{AlsError, Config, Histories, Objective, Ratings};

/// All that makes a model from histories.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recipe {
    /// The hyper-parameters as they are recorded.
    pub(crate) config: Config,
    /// Ratings of fewer stars are not learnt from.
    pub(crate) min_rating: f64,
    /// Days in which the weight of a rating halves.
    pub(crate) half_life: Option<f64>,
}

impl Recipe {
    /// What the solver takes to learn from these histories without `holdout`.
    pub(crate) fn training(
        &self,
        histories: &Histories,
        holdout: f64,
    ) -> Result<(Ratings, Config), AlsError> {
        #[allow(clippy::cast_possible_truncation, reason = "stars are exact in 32 bits")]
        histories.training_for(&self.config, holdout, self.min_rating as f32, self.half_life)
    }

    /// The same with the hyper-parameters of a candidate, which is a configuration for the solver: with a half-life
    /// the confidence alpha stands in the ratings' weights and stays as it was given.
    pub(crate) fn with(&self, candidate: &Config) -> Self {
        let objective = match (candidate.objective, self.config.objective) {
            (Objective::Implicit { unobserved_weight, .. }, Objective::Implicit { confidence_alpha, .. })
                if self.half_life.is_some() =>
            {
                Objective::Implicit { unobserved_weight, confidence_alpha }
            }
            (objective, _) => objective,
        };
        Self { config: Config { objective, ..*candidate }, ..*self }
    }
}
