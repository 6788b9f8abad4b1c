//! What is kept about a publish: in the database beside the version, and in `gold/published`.

use chrono::{DateTime, Utc};
use contract::Figure;
use lakehouse::tables::{GoldEvaluations, GoldPublished, gold_evaluations, gold_published};
use lakehouse::{Committed, Lake, LakehouseError, Provenance};
use store::Metric;
use task::{Report, Written};

use crate::Live;

/// The figures of the run's evaluation.
pub(crate) async fn metrics(lake: &Lake, run_id: &str) -> Result<Vec<Metric>, LakehouseError> {
    let evaluations = lake.written_by::<GoldEvaluations>(run_id).await?;
    let figures = gold_evaluations::figures_of(&evaluations, run_id).await?;
    let metric = |figure: Figure| Metric {
        baseline: figure.baseline,
        metric: figure.metric,
        k: figure.k,
        value: figure.value,
    };
    Ok(figures.into_iter().map(metric).collect())
}

/// Adds the run's row to `gold/published`, once.
pub(crate) async fn published(
    lake: &Lake,
    by: &Provenance,
    live: Live,
    report: &mut Report,
) -> anyhow::Result<()> {
    activated(lake, by, &by.run_id, live.version, live.published_at, report).await
}

/// Adds a row to `gold/published`: `model_id` is live as `version` since `at`.
pub(crate) async fn activated(
    lake: &Lake,
    by: &Provenance,
    model_id: &str,
    version: i64,
    at: DateTime<Utc>,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut rows = gold_published::Rows::default();
    rows.push(gold_published::Row { model_id, version, published_at: at.timestamp_micros() });
    let mut writer = lake.write::<GoldPublished>(by).await?;
    writer.write(&rows.take()?).await?;
    let Committed { table, version, rows, size, already } = writer.commit().await?;
    report.table(Written { table, version, rows, files: size.files, bytes: size.bytes, already });
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "versions are far below 2^52")]
pub(crate) fn float(version: i64) -> f64 {
    version as f64
}
