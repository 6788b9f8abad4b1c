//! From a model's card to what the solver takes.

use contract::{Hyperparameters, Objective as Fitted, Solver as Method};

use crate::config::{Config, Objective, Solver};

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
