//! The hyper-parameters, and the ranges in which they make sense.

use crate::error::AlsError;
use crate::real::count;

/// The greatest rank, the best of Rendle et al. 2021: normal equations of this rank take 32 MiB a thread.
pub const MAX_RANK: usize = 2048;

/// What a fit minimises. The formulas stand in [the crate's documentation](crate).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Objective {
    /// Ranks: every rated pair should score 1, every other pair 0 (Rendle et al. 2021).
    Implicit {
        /// `alpha0`, the weight of a pair without regard to whether it was rated.
        unobserved_weight: f64,
        /// `alpha` of Hu et al. 2008: a rating `r` weighs `1 + alpha * r`. With 0 all ratings weigh the same.
        confidence_alpha: f64,
    },
    /// Predicts ratings (Zhou et al. 2008).
    Explicit {
        /// Whether a global mean and a bias for each user and movie are fitted beside the factors.
        biases: bool,
    },
}

/// The most steps of [`Solver::ConjugateGradient`].
const MAX_STEPS: usize = 1000;

/// How the linear system of a row is solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Solver {
    /// Exactly. Takes time with the cube of the rank.
    #[default]
    Cholesky,
    /// By so many steps from the row's last factor. Takes time with the square of the rank, so it is for very large
    /// ranks; each iteration comes less far.
    ConjugateGradient {
        /// From 1 to 1000; few are enough, for every iteration goes on where the last one ended.
        steps: usize,
    },
}

/// How to fit a model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Config {
    /// What to minimise.
    pub objective: Objective,
    /// `k`, the length of a factor, from 1 to [`MAX_RANK`].
    pub rank: usize,
    /// How often both sides are solved, at least 1.
    pub iterations: usize,
    /// `lambda`, the weight of the squared factors.
    pub regularization: f64,
    /// `nu`: a row with n ratings is regularised in proportion to `n^nu`. 0 treats all rows alike, 1 is Zhou et al.
    pub regularization_exponent: f64,
    /// Where the random initial factors come from: the same seed gives the same factors, bit for bit.
    pub seed: u64,
    /// How rows are solved. [`FoldIn`](crate::FoldIn) always solves exactly: it has no last factor to begin with.
    pub solver: Solver,
}

impl Config {
    /// Checks that every hyper-parameter lies in its range.
    ///
    /// # Errors
    /// The first that does not, with its value and its range.
    pub fn validate(&self) -> Result<(), AlsError> {
        if !(1..=MAX_RANK).contains(&self.rank) {
            return Err(AlsError::InvalidRank { rank: self.rank });
        }
        if self.iterations == 0 {
            return Err(AlsError::InvalidIterations { iterations: self.iterations });
        }
        if let Solver::ConjugateGradient { steps } = self.solver
            && !(1..=MAX_STEPS).contains(&steps)
        {
            let (field, value) = ("number of conjugate gradient steps", count(steps));
            return Err(AlsError::InvalidParameter { field, value, lowest: 1.0, highest: count(MAX_STEPS) });
        }
        within("regularization", self.regularization, 1e9)?;
        within("regularization exponent", self.regularization_exponent, 2.0)?;
        if let Objective::Implicit { unobserved_weight, confidence_alpha } = self.objective {
            within("unobserved weight", unobserved_weight, 1e6)?;
            within("confidence alpha", confidence_alpha, 1e6)?;
        }
        Ok(())
    }
}

fn within(field: &'static str, value: f64, highest: f64) -> Result<(), AlsError> {
    let lowest = 0.0;
    if (lowest..=highest).contains(&value) {
        return Ok(());
    }
    Err(AlsError::InvalidParameter { field, value, lowest, highest })
}
