//! The models that can be made live, with how good they are.

use chrono::{DateTime, Utc};
use contract::Figure;
use serde_json::Value;
use sqlx::{FromRow, types::Json};

use crate::{Counts, Store, error::Result};

/// A version that is live or can be made live.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishedModel {
    /// The number to activate.
    pub version: i64,
    /// The run that made it.
    pub run_id: String,
    /// Hyper-parameters, the global mean and so on.
    pub model: Value,
    /// Rows per table.
    pub counts: Counts,
    /// Of the model and of the popularity baseline, by name and length of the list.
    pub metrics: Vec<Figure>,
    /// When it first went live; none if it never did.
    pub published_at: Option<DateTime<Utc>>,
    /// When it last went live, if it is the live one.
    pub activated_at: Option<DateTime<Utc>>,
}

impl PublishedModel {
    /// Whether it is the live one.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.activated_at.is_some()
    }
}

#[derive(FromRow)]
struct ModelRow {
    version: i64,
    run_id: String,
    model: Json<Value>,
    counts: Json<Counts>,
    published_at: Option<DateTime<Utc>>,
    activated_at: Option<DateTime<Utc>>,
    baselines: Vec<bool>,
    metrics: Vec<String>,
    ks: Vec<Option<i32>>,
    values: Vec<f64>,
}

impl Store {
    /// Every version that can be made live, newest first.
    pub async fn models(&self) -> Result<Vec<PublishedModel>> {
        let rows: Vec<ModelRow> = sqlx::query_as(
            "SELECT v.version, v.run_id, v.model, v.counts, v.published_at, s.activated_at,
                    m.baselines, m.metrics, m.ks, m.values
             FROM versions AS v
             LEFT JOIN serving AS s ON s.version = v.version
             CROSS JOIN LATERAL (
                 SELECT coalesce(array_agg(baseline ORDER BY metric, k, baseline), '{}') AS baselines,
                        coalesce(array_agg(metric ORDER BY metric, k, baseline), '{}') AS metrics,
                        coalesce(array_agg(k ORDER BY metric, k, baseline), '{}') AS ks,
                        coalesce(array_agg(value ORDER BY metric, k, baseline), '{}') AS values
                 FROM version_metrics WHERE version = v.version
             ) AS m
             WHERE v.state = 'ready'
             ORDER BY v.version DESC",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(self.faults.on("list the models"))?;
        Ok(rows.into_iter().map(PublishedModel::from).collect())
    }
}

impl From<ModelRow> for PublishedModel {
    fn from(row: ModelRow) -> Self {
        let numbers = row.ks.into_iter().zip(row.values);
        let names = row.baselines.into_iter().zip(row.metrics);
        let metrics = names
            .zip(numbers)
            .map(|((baseline, metric), (k, value))| Figure { baseline, metric, k, value })
            .collect();
        Self {
            version: row.version,
            run_id: row.run_id,
            model: row.model.0,
            counts: row.counts.0,
            metrics,
            published_at: row.published_at,
            activated_at: row.activated_at,
        }
    }
}
