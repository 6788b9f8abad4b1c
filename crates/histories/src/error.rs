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
    /// The two passes over the ratings did not meet the same ratings.
    #[error(
        "{tallied} ratings were tallied, {pushed} came in the second pass and {placed} of these belong to whole histories: \
         read the same version of the ratings twice"
    )]
    PassesDiffer {
        /// Ratings of the first pass.
        tallied: usize,
        /// Ratings of the second pass.
        pushed: usize,
        /// Those of the second pass whose history has as many as the first pass counted.
        placed: usize,
    },
    /// Ratings are to fade with their age, of which nothing is known.
    #[error("a half-life needs the times of the ratings, which these histories have dropped: keep them")]
    TimesDropped,
}
