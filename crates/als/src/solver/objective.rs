//! The terms of the two objectives, one observation and one row at a time.
//!
//! Both are weighted least squares: `sum w (t - b - <x, y>)^2` over the observed ratings, where the weight `w` and the
//! target `t` of a rating depend on the other side alone, plus `alpha0 sum <x, y>^2` over all pairs, plus a ridge
//! for each row. This module is the only place that tells the objectives apart.

use crate::config::{Config, Objective};
use crate::error::AlsError;
use crate::ratings::Ratings;
use crate::real::{count, single};

impl Config {
    /// The weight and the target of a rating, given the global mean and the bias of the other side.
    #[inline(always)]
    pub(crate) fn observation(&self, mean: f32, rating: f32, other_bias: f32) -> (f32, f32) {
        match self.objective {
            Objective::Implicit { confidence_alpha, .. } => (1.0 + single(confidence_alpha) * rating, 1.0),
            Objective::Explicit { .. } => (1.0, rating - mean - other_bias),
        }
    }

    /// `lambda n^nu`, where n counts the ratings of the row and, for implicit, `alpha0` for every row opposite.
    pub(crate) fn ridge(&self, ratings: usize, opposite: usize) -> f64 {
        let frequency = count(ratings) + self.unobserved_weight() * count(opposite);
        self.regularization * frequency.powf(self.regularization_exponent)
    }

    /// `alpha0`, 0 where only observed ratings count.
    pub(crate) fn unobserved_weight(&self) -> f64 {
        match self.objective {
            Objective::Implicit { unobserved_weight, .. } => unobserved_weight,
            Objective::Explicit { .. } => 0.0,
        }
    }

    /// Whether there are a global mean and biases.
    pub(crate) fn has_biases(&self) -> bool {
        self.objective == Objective::Explicit { biases: true }
    }

    /// The number of unknowns of a row: its factor, and its bias if there is one.
    pub(crate) fn dimension(&self) -> usize {
        self.rank + usize::from(self.has_biases())
    }

    /// The global mean of an objective that has one, else 0.
    pub(crate) fn global_mean(&self, ratings: &Ratings) -> f32 {
        if self.has_biases() { single(ratings.mean()) } else { 0.0 }
    }

    /// Refuses a rating whose weight is not positive: the loss would have no minimum.
    pub(crate) fn check_confidences(&self, ratings: &Ratings) -> Result<(), AlsError> {
        let mut entries = ratings.by_user().entries();
        match entries.find(|&(_, _, rating)| !self.is_confident(rating)) {
            Some((user, movie, rating)) => Err(self.not_confident(user.0, movie.0, rating)),
            None => Ok(()),
        }
    }

    pub(crate) fn is_confident(&self, rating: f32) -> bool {
        self.observation(0.0, rating, 0.0).0 > 0.0
    }

    pub(crate) fn not_confident(&self, user: u32, movie: u32, rating: f32) -> AlsError {
        let confidence_alpha = match self.objective {
            Objective::Implicit { confidence_alpha, .. } => confidence_alpha,
            Objective::Explicit { .. } => 0.0,
        };
        AlsError::ConfidenceNotPositive { user, movie, rating, confidence_alpha }
    }
}
