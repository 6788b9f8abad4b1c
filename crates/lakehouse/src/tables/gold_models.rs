//! `gold/models`: one row per trained model.

use crate::Text;
use crate::table::table;

table!(GoldModels, "gold/models", Append, {
    /// The run that trained it.
    MODEL_ID model_id: Text,
    /// `implicit` or `explicit`.
    OBJECTIVE objective: Text,
    /// Number of latent factors.
    RANK rank: i32,
    /// Iterations trained.
    ITERATIONS iterations: i32,
    /// Lambda.
    REGULARIZATION regularization: f64,
    /// Exponent nu of the frequency scaling.
    REGULARIZATION_EXPONENT regularization_exponent: f64,
    /// Weight alpha0 of every pair (implicit).
    UNOBSERVED_WEIGHT unobserved_weight: f64,
    /// Extra weight per star of an observed pair (implicit).
    CONFIDENCE_ALPHA confidence_alpha: f64,
    /// Whether mean and biases are modelled (explicit).
    BIASES biases: bool,
    /// Ratings below are not used.
    MIN_RATING min_rating: f64,
    /// Share of each user's latest ratings kept from training.
    HOLDOUT holdout: f64,
    /// Seed of the initial factors.
    SEED seed: i64,
    /// Mean rating (explicit), else 0.
    GLOBAL_MEAN global_mean: f64,
    /// Version of `silver/ratings` trained on.
    RATINGS_VERSION ratings_version: i64,
    /// Ratings trained on.
    TRAINING_RATINGS training_ratings: i64,
    /// Wall time of the iterations.
    TRAINING_SECONDS training_seconds: f64,
    /// Loss after the last iteration.
    FINAL_LOSS final_loss: f64,
});
