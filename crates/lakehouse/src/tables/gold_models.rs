//! `gold/models`: one row per trained model.

use contract::ModelCard;
use deltalake::arrow::array::{Array, RecordBatch, StringArray};
use deltalake::arrow::error::ArrowError;
use deltalake::arrow::json::{LineDelimitedWriter, ReaderBuilder};
use serde_json::{Map, Value};

use crate::table::table;
use crate::{Lake, LakehouseError, Snapshot, Table, Text};

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
    /// All of it as one JSON object: what programs read. The columns beside it are made from it, for whoever reads the table
    /// by SQL. Null in a row of an older release.
    CARD card: Option<Text>,
});

/// The row of a run's model.
///
/// # Errors
/// [`LakehouseError::Batch`] when a column cannot hold what the card says, such as a loss that is no number.
pub fn row(run_id: &str, card: &ModelCard) -> Result<RecordBatch, LakehouseError> {
    let mut row = card.to_json().map_err(|source| unreadable(run_id, source))?;
    row["card"] = row.to_string().into();
    row["model_id"] = run_id.into();
    let decoded = || {
        let mut decoder = ReaderBuilder::new(GoldModels::schema()).build_decoder()?;
        decoder.serialize(&[row])?;
        decoder.flush()?.ok_or_else(|| ArrowError::JsonError("the row was lost".to_owned()))
    };
    decoded().map_err(|source| LakehouseError::Batch { table: GoldModels::NAME, source })
}

/// The card of the model that a run has trained, from the version of the table that it wrote.
///
/// # Errors
/// As [`find`].
pub async fn of_run(lake: &Lake, run_id: &str) -> Result<ModelCard, LakehouseError> {
    find(&lake.written_by::<GoldModels>(run_id).await?, run_id).await
}

/// The card of a run's model.
///
/// # Errors
/// [`LakehouseError::RunNotFound`] when it is not there, [`LakehouseError::Card`] when it says what is not known here, or
/// when a file cannot be read.
pub async fn find(models: &Snapshot<GoldModels>, run_id: &str) -> Result<ModelCard, LakehouseError> {
    let mut batches = models.read(&GoldModels::columns()).await?;
    while let Some(batch) = batches.next().await? {
        let ids: &StringArray = MODEL_ID.of(&batch)?;
        let Some(row) = ids.iter().position(|id| id == Some(run_id)) else { continue };
        let cards = CARD.of(&batch)?;
        let card = if cards.is_valid(row) {
            serde_json::from_str(cards.value(row)).map_err(|source| unreadable(run_id, source.into()))?
        } else {
            card_of_columns(&batch.slice(row, 1))
                .map_err(|source| LakehouseError::Batch { table: GoldModels::NAME, source })?
        };
        return ModelCard::from_json(&card).map_err(|source| unreadable(run_id, source));
    }
    Err(LakehouseError::RunNotFound { table: GoldModels::NAME, run_id: run_id.to_owned() })
}

/// The card that an older release would have written: its columns, but for the id.
fn card_of_columns(row: &RecordBatch) -> Result<Value, ArrowError> {
    let mut writer = LineDelimitedWriter::new(Vec::new());
    writer.write(row)?;
    writer.finish()?;
    let mut card: Map<String, Value> = serde_json::from_slice(&writer.into_inner())
        .map_err(|source| ArrowError::JsonError(source.to_string()))?;
    card.shift_remove("model_id");
    Ok(card.into())
}

fn unreadable(run_id: &str, source: contract::CardError) -> LakehouseError {
    LakehouseError::Card { run_id: run_id.to_owned(), source }
}
