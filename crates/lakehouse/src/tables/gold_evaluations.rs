//! `gold/evaluations`: one row per (model, metric, k), for the model and for its baseline.

use contract::Figure;
use deltalake::arrow::array::{Array, StringArray};

use crate::table::table;
use crate::{Lake, LakehouseError, Snapshot, Text};

table!(GoldEvaluations, "gold/evaluations", Append, {
    /// The run that trained the model.
    MODEL_ID model_id: Text,
    /// Whether the row is of the popularity baseline.
    BASELINE baseline: bool,
    /// For example `ndcg`.
    METRIC metric: Text,
    /// Length of the list, where the metric has one.
    K k: Option<i32>,
    /// The value.
    VALUE value: f64,
});

/// All figures of the model that a run has evaluated, from the version of the table that it wrote.
///
/// # Errors
/// As [`figures_of`].
pub async fn of_run(lake: &Lake, run_id: &str) -> Result<Vec<Figure>, LakehouseError> {
    figures_of(&lake.written_by::<GoldEvaluations>(run_id).await?, run_id).await
}

/// All figures of a model; empty when it was not evaluated.
///
/// # Errors
/// When a file cannot be read.
pub async fn figures_of(
    evaluations: &Snapshot<GoldEvaluations>,
    model_id: &str,
) -> Result<Vec<Figure>, LakehouseError> {
    let mut figures = Vec::new();
    let mut batches = evaluations.read(&<GoldEvaluations as crate::Table>::columns()).await?;
    while let Some(batch) = batches.next().await? {
        let ids: &StringArray = MODEL_ID.of(&batch)?;
        let ks = K.of(&batch)?;
        for row in (0..batch.num_rows()).filter(|&row| ids.value(row) == model_id) {
            figures.push(Figure {
                baseline: BASELINE.of(&batch)?.value(row),
                metric: METRIC.of(&batch)?.value(row).to_owned(),
                k: ks.is_valid(row).then(|| ks.value(row)),
                value: VALUE.of(&batch)?.value(row),
            });
        }
    }
    Ok(figures)
}
