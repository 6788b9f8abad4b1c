//! The live version.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{FromRow, types::Json};

use crate::{Counts, Store, error::Result};

/// The version that readers see.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveVersion {
    pub version: i64,
    /// The run that made it.
    pub run_id: String,
    /// Hyper-parameters, the global mean and so on.
    pub model: Value,
    /// Rows per table.
    pub counts: Counts,
    /// When it first went live.
    pub published_at: DateTime<Utc>,
    /// When it last went live: later than `published_at` after a rollback.
    pub activated_at: DateTime<Utc>,
}

impl LiveVersion {
    /// How long ago the version first went live.
    #[must_use]
    pub fn age(&self) -> Duration {
        (Utc::now() - self.published_at).to_std().unwrap_or_default()
    }
}

#[derive(FromRow)]
struct LiveRow {
    version: i64,
    run_id: String,
    model: Json<Value>,
    counts: Json<Counts>,
    published_at: DateTime<Utc>,
    activated_at: DateTime<Utc>,
}

impl Store {
    /// The live version, if anything was published.
    pub async fn live(&self) -> Result<Option<LiveVersion>> {
        let row: Option<LiveRow> = sqlx::query_as(
            "SELECT v.version, v.run_id, v.model, v.counts, v.published_at, s.activated_at
             FROM serving AS s JOIN versions AS v ON v.version = s.version",
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(self.faults.on("read the live version"))?;
        Ok(row.map(|row| LiveVersion {
            version: row.version,
            run_id: row.run_id,
            model: row.model.0,
            counts: row.counts.0,
            published_at: row.published_at,
            activated_at: row.activated_at,
        }))
    }
}
