//! What can go wrong, and what to do about it.

use als::AlsError;

/// Why nothing can be learnt from histories.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum HistoriesError {
    /// The ratings are not as the solver needs them.
    #[error(transparent)]
    Ratings(#[from] AlsError),
    /// Ratings were to fade with their age where each is to be predicted.
    #[error("a half-life needs the implicit objective: leave it out, or choose --objective implicit")]
    HalfLifeOfExplicit,
    /// A half-life is not a positive number of days.
    #[error("the half-life is {half_life}: choose a positive number of days")]
    InvalidHalfLife {
        /// The half-life as it was given, in days.
        half_life: f64,
    },
}
