//! `gold/models`: one row per trained model.

use deltalake::arrow::array::{Array, StringArray};

use crate::table::table;
use crate::{LakehouseError, Snapshot, Text};

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
    /// `cholesky` or `cg`; null in a row from before there was a choice, which was `cholesky`.
    SOLVER solver: Option<Text>,
    /// Steps of a conjugate gradient solver.
    CG_STEPS cg_steps: Option<i32>,
    /// Days in which the weight of a rating halves, where ratings fade.
    HALF_LIFE_DAYS half_life_days: Option<f64>,
    /// Candidates that were tried, where hyper-parameters were searched.
    TUNED_TRIALS tuned_trials: Option<i32>,
    /// What hyper-parameters or iterations were chosen by: `ndcg@10` or `rmse`.
    VALIDATION_METRIC validation_metric: Option<Text>,
    /// Its value on the part of the training ratings that was kept apart for it.
    VALIDATION_VALUE validation_value: Option<f64>,
});

/// A model as it is recorded: how it was trained, and on what.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "each field is documented at its column")]
pub struct ModelRecord {
    pub model_id: String,
    pub objective: String,
    pub rank: i32,
    pub iterations: i32,
    pub regularization: f64,
    pub regularization_exponent: f64,
    pub unobserved_weight: f64,
    pub confidence_alpha: f64,
    pub biases: bool,
    pub min_rating: f64,
    pub holdout: f64,
    pub seed: i64,
    pub global_mean: f64,
    pub ratings_version: i64,
    pub training_ratings: i64,
    pub training_seconds: f64,
    pub final_loss: f64,
    pub solver: String,
    pub cg_steps: Option<i32>,
    pub half_life_days: Option<f64>,
    pub tuned_trials: Option<i32>,
    pub validation_metric: Option<String>,
    pub validation_value: Option<f64>,
}

impl ModelRecord {
    /// The record as a row.
    #[must_use]
    pub fn row(&self) -> Row<'_> {
        Row {
            model_id: &self.model_id,
            objective: &self.objective,
            rank: self.rank,
            iterations: self.iterations,
            regularization: self.regularization,
            regularization_exponent: self.regularization_exponent,
            unobserved_weight: self.unobserved_weight,
            confidence_alpha: self.confidence_alpha,
            biases: self.biases,
            min_rating: self.min_rating,
            holdout: self.holdout,
            seed: self.seed,
            global_mean: self.global_mean,
            ratings_version: self.ratings_version,
            training_ratings: self.training_ratings,
            training_seconds: self.training_seconds,
            final_loss: self.final_loss,
            solver: Some(&self.solver),
            cg_steps: self.cg_steps,
            half_life_days: self.half_life_days,
            tuned_trials: self.tuned_trials,
            validation_metric: self.validation_metric.as_deref(),
            validation_value: self.validation_value,
        }
    }
}

/// The model of a run.
///
/// # Errors
/// [`LakehouseError::RunNotFound`] when it is not there, or when a file cannot be read.
pub async fn find(models: &Snapshot<GoldModels>, model_id: &str) -> Result<ModelRecord, LakehouseError> {
    let columns: Vec<&'static str> = <GoldModels as crate::Table>::columns();
    let mut batches = models.read(&columns).await?;
    while let Some(batch) = batches.next().await? {
        let ids: &StringArray = MODEL_ID.of(&batch)?;
        let Some(row) = ids.iter().position(|id| id == Some(model_id)) else { continue };
        return Ok(ModelRecord {
            model_id: model_id.to_owned(),
            objective: OBJECTIVE.of(&batch)?.value(row).to_owned(),
            rank: RANK.of(&batch)?.value(row),
            iterations: ITERATIONS.of(&batch)?.value(row),
            regularization: REGULARIZATION.of(&batch)?.value(row),
            regularization_exponent: REGULARIZATION_EXPONENT.of(&batch)?.value(row),
            unobserved_weight: UNOBSERVED_WEIGHT.of(&batch)?.value(row),
            confidence_alpha: CONFIDENCE_ALPHA.of(&batch)?.value(row),
            biases: BIASES.of(&batch)?.value(row),
            min_rating: MIN_RATING.of(&batch)?.value(row),
            holdout: HOLDOUT.of(&batch)?.value(row),
            seed: SEED.of(&batch)?.value(row),
            global_mean: GLOBAL_MEAN.of(&batch)?.value(row),
            ratings_version: RATINGS_VERSION.of(&batch)?.value(row),
            training_ratings: TRAINING_RATINGS.of(&batch)?.value(row),
            training_seconds: TRAINING_SECONDS.of(&batch)?.value(row),
            final_loss: FINAL_LOSS.of(&batch)?.value(row),
            solver: text(SOLVER.of(&batch)?, row).unwrap_or_else(|| "cholesky".to_owned()),
            cg_steps: present(CG_STEPS.of(&batch)?, row).map(|steps| steps.value(row)),
            half_life_days: present(HALF_LIFE_DAYS.of(&batch)?, row).map(|days| days.value(row)),
            tuned_trials: present(TUNED_TRIALS.of(&batch)?, row).map(|trials| trials.value(row)),
            validation_metric: text(VALIDATION_METRIC.of(&batch)?, row),
            validation_value: present(VALIDATION_VALUE.of(&batch)?, row).map(|value| value.value(row)),
        });
    }
    Err(LakehouseError::RunNotFound {
        table: <GoldModels as crate::Table>::NAME,
        run_id: model_id.to_owned(),
    })
}

/// A column, if it has a value in this row.
fn present<A: Array>(column: &A, row: usize) -> Option<&A> {
    column.is_valid(row).then_some(column)
}

fn text(column: &StringArray, row: usize) -> Option<String> {
    present(column, row).map(|texts| texts.value(row).to_owned())
}
