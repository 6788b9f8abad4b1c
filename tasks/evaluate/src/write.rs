//! The figures of a model as rows of `gold/evaluations`.

use contract::Figure;
use lakehouse::tables::GoldEvaluations;
use lakehouse::tables::gold_evaluations::{Row, Rows};
use lakehouse::{LakehouseError, TableWriter};
use task::Run;

use crate::published::Compared;

/// Writes the figures of the run's model, and in the commit metadata the model it was compared with; committed by the caller.
pub(crate) async fn figures(
    run: &Run,
    figures: &[Figure],
    compared: Option<Compared>,
) -> Result<TableWriter<GoldEvaluations>, LakehouseError> {
    let mut rows = Rows::default();
    for figure in figures {
        rows.push(Row {
            model_id: run.id(),
            baseline: figure.baseline,
            metric: &figure.metric,
            k: figure.k,
            value: figure.value,
        });
    }
    let mut writer = run.write::<GoldEvaluations>().await?;
    writer.write(&rows.take()?).await?;
    if let Some(compared) = compared {
        writer.note("compared_model", compared.run_id);
    }
    Ok(writer)
}
