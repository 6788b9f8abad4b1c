//! The card of a model: how it was made, on what, and how that went.
//!
//! One flat JSON object, the same in `gold/models.card`, in `PostgreSQL` and in the API. `train` writes it, `publish` adds
//! [`Served`], everybody else reads it. A value or a field that is not known here is an error wherever it is read: a model
//! whose card is understood in part would be solved wrongly without a word.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The kinds of model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// Matrix factorisation by alternating least squares.
    #[default]
    Als,
}

/// What a model is fitted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// Ranks movies by who watched what.
    Implicit,
    /// Predicts stars.
    Explicit,
}

/// How the equations of a row are solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Solver {
    /// Exactly.
    #[default]
    Cholesky,
    /// By [`Hyperparameters::cg_steps`] steps of conjugate gradients.
    Cg,
}

/// All that makes a model from given ratings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Hyperparameters {
    /// What is fitted.
    pub objective: Objective,
    /// Length of a factor.
    pub rank: usize,
    /// How often both sides are solved; in the card of a trained model, how often they were.
    pub iterations: usize,
    /// Weight of the squared factors (lambda).
    pub regularization: f64,
    /// A row with n ratings is regularised in proportion to n to this power (nu).
    pub regularization_exponent: f64,
    /// Weight of every pair of user and movie, rated or not (alpha0; implicit, else 0).
    #[serde(default)]
    pub unobserved_weight: f64,
    /// Extra weight of an observed pair per star (alpha; implicit, else 0).
    #[serde(default)]
    pub confidence_alpha: f64,
    /// Whether the global mean and the biases of users and movies are modelled (explicit, else false).
    #[serde(default)]
    pub biases: bool,
    /// Ratings of fewer stars are not learnt from.
    #[serde(default)]
    pub min_rating: f64,
    /// Days in which the weight of a rating halves (implicit); `None` where ratings do not fade.
    #[serde(default)]
    pub half_life_days: Option<f64>,
    /// Seed of the initial factors.
    #[serde(default)]
    pub seed: u64,
    /// How rows are solved.
    #[serde(default, deserialize_with = "null_is_default")]
    pub solver: Solver,
    /// Steps of a row in each iteration, with [`Solver::Cg`].
    #[serde(default)]
    pub cg_steps: Option<usize>,
    /// Chunks of users, in whose order the equations of the movies are summed; `None` for as many as the ratings ask for. In the
    /// card of a trained model, how many they were; `None` in one of an older release.
    #[serde(default)]
    pub chunks: Option<usize>,
}

impl Hyperparameters {
    /// What is trained unless something else is asked for.
    #[must_use]
    pub fn usual(objective: Objective) -> Self {
        let common = Self {
            objective,
            rank: 64,
            iterations: 6,
            regularization: 0.01,
            regularization_exponent: 1.0,
            unobserved_weight: 0.1,
            confidence_alpha: 0.0,
            biases: false,
            // A watched film that was not liked is no reason to recommend its like ...
            min_rating: 4.0,
            half_life_days: None,
            seed: 42,
            solver: Solver::Cholesky,
            cg_steps: None,
            chunks: None,
        };
        match objective {
            Objective::Implicit => common,
            Objective::Explicit => Self {
                regularization: 1.2,
                regularization_exponent: 0.5,
                unobserved_weight: 0.0,
                biases: true,
                // ... but it does tell which stars to predict.
                min_rating: 0.0,
                ..common
            },
        }
    }
}

/// What a model was trained on, and how that went.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Training {
    /// Share of each user's latest ratings kept from training.
    #[serde(default)]
    pub holdout: f64,
    /// Mean of the ratings trained on, in stars (explicit with biases), else 0.
    #[serde(default)]
    pub global_mean: f64,
    /// Version of `silver/ratings`.
    #[serde(default)]
    pub ratings_version: u64,
    /// Ratings trained on.
    #[serde(default)]
    pub training_ratings: u64,
    /// Wall time of the iterations.
    #[serde(default)]
    pub training_seconds: f64,
    /// Loss after the last iteration.
    #[serde(default)]
    pub final_loss: f64,
    /// Candidates that were tried, where hyper-parameters were searched.
    #[serde(default)]
    pub tuned_trials: Option<usize>,
    /// What hyper-parameters or iterations were chosen by: [`Yardstick::label`](crate::Yardstick::label).
    #[serde(default)]
    pub validation_metric: Option<crate::Yardstick>,
    /// Its value on the part of the training ratings that was kept apart for it.
    #[serde(default)]
    pub validation_value: Option<f64>,
}

/// What `publish` finds while it loads the model that is served, refreshed on all ratings: what a user needs who is solved
/// against it.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Served {
    /// Mean, in stars, of the ratings that the served factors belong to: those of the holdout included.
    #[serde(default)]
    pub served_global_mean: Option<f64>,
    /// The moment that ages of ratings are counted to, in microseconds since 1970.
    #[serde(default)]
    pub newest_rating: Option<i64>,
}

/// The card of a model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// What it is.
    #[serde(default)]
    pub model: ModelKind,
    /// What made it.
    #[serde(flatten)]
    pub hyperparameters: Hyperparameters,
    /// From what.
    #[serde(flatten)]
    pub training: Training,
    /// As what it is served.
    #[serde(flatten)]
    pub served: Served,
}

/// A card that cannot be understood.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// A field is missing, or holds what is not known here.
    #[error("the model's card cannot be read: {0}")]
    Value(#[from] serde_json::Error),
    /// A field that is not known here.
    #[error("the model's card has the unknown field {0:?}: it was written by a newer release")]
    Field(String),
}

impl ModelCard {
    /// Reads a card.
    ///
    /// # Errors
    /// Any value or field that is not known here.
    pub fn from_json(json: &Value) -> Result<Self, CardError> {
        let card = Self::deserialize(json)?;
        let known = card.to_json()?;
        let unknown = json.as_object().into_iter().flat_map(|fields| fields.keys());
        match unknown.into_iter().find(|field| known.get(field).is_none()) {
            Some(field) => Err(CardError::Field(field.clone())),
            None => Ok(card),
        }
    }

    /// The card as it is kept: every field, null where it has no value.
    ///
    /// # Errors
    /// Never in practice: a number that JSON does not have, such as NaN, is null.
    pub fn to_json(&self) -> Result<Value, CardError> {
        Ok(serde_json::to_value(self)?)
    }

    /// The mean that belongs to the trained factors, as the solver had it: 0 for a model without biases.
    #[must_use]
    pub fn trained_mean(&self) -> f32 {
        self.mean(self.training.global_mean)
    }

    /// The same of the served factors. A version of an older release has only that of the trained ones.
    #[must_use]
    pub fn served_mean(&self) -> f32 {
        self.mean(self.served.served_global_mean.unwrap_or(self.training.global_mean))
    }

    #[allow(clippy::cast_possible_truncation, reason = "it was widened from 32 bits, or is a mean of stars")]
    fn mean(&self, mean: f64) -> f32 {
        let Hyperparameters { objective, biases, .. } = self.hyperparameters;
        if objective == Objective::Explicit && biases { mean as f32 } else { 0.0 }
    }
}

/// Rows from before there was a choice have null.
fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests;
