//! The figures of a model as rows of `gold/evaluations`.

use contract::Figure;
use lakehouse::tables::GoldEvaluations;
use lakehouse::tables::gold_evaluations::{Row, Rows};
use lakehouse::{Committed, Lake, LakehouseError, Provenance};

use crate::published::Compared;

/// Commits the figures of the run's model, and in the commit metadata the model it was compared with.
pub(crate) async fn commit(
    lake: &Lake,
    by: &Provenance,
    figures: &[Figure],
    compared: Option<Compared>,
) -> Result<Committed, LakehouseError> {
    let mut rows = Rows::default();
    for figure in figures {
        rows.push(Row {
            model_id: &by.run_id,
            baseline: figure.baseline,
            metric: &figure.metric,
            k: figure.k,
            value: figure.value,
        });
    }
    let mut writer = lake.write::<GoldEvaluations>(by).await?;
    writer.write(&rows.take()?).await?;
    if let Some(compared) = compared {
        writer.note("compared_model", compared.run_id);
    }
    writer.commit().await
}
