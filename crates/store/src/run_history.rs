//! The run history: a row of `runs` for every run, however it ended, in one form that dashboards read by SQL.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::types::Json;

use crate::{Store, error::Result};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunOutcome {
    /// It was made live.
    Published,
    /// There was nothing to do.
    Unchanged,
    /// Its model was not good enough.
    GateClosed,
    /// A step failed, or the run was given up.
    Failed,
}

impl RunOutcome {
    /// As it stands in the table.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Unchanged => "unchanged",
            Self::GateClosed => "gate_closed",
            Self::Failed => "failed",
        }
    }
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the words of a step's report, and two for a step that has none")]
pub enum StepOutcome {
    Done,
    AlreadyDone,
    Skipped,
    GateClosed,
    Failed,
    NotBegun,
}

/// How a step of a run went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Its name.
    pub step: String,
    /// How it ended.
    pub outcome: StepOutcome,
    /// Wall time.
    pub seconds: Option<f64>,
    /// Rows that it wrote.
    pub rows: Option<u64>,
}

/// How a run went.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRecord {
    /// How it ended.
    pub outcome: RunOutcome,
    /// The version that it published.
    pub version: Option<i64>,
    /// When it began, in RFC 3339.
    pub started_at: Option<String>,
    /// The step that failed.
    pub failed_step: Option<String>,
    /// Why it was not published, in one line.
    pub reason: Option<String>,
    /// In their order.
    pub steps: Vec<StepRecord>,
    /// The figures of all steps, by their names.
    pub metrics: BTreeMap<String, f64>,
}

impl RunRecord {
    /// What an earlier attempt did took as long as it did then, and not as long as finding it done.
    fn keep_work_of(&mut self, earlier: &[StepRecord]) {
        for step in self.steps.iter_mut().filter(|step| step.outcome == StepOutcome::AlreadyDone) {
            let of_step = earlier.iter().find(|known| known.step == step.step && known.seconds.is_some());
            if let Some(known) = of_step {
                *step = known.clone();
            }
        }
    }

    fn report(&self) -> Value {
        let Self { version, started_at, failed_step, reason, steps, metrics, .. } = self;
        let seconds: f64 = steps.iter().filter_map(|step| step.seconds).sum();
        let seconds = (seconds * 1000.0).round() / 1000.0;
        serde_json::json!({
            "version": version, "started_at": started_at, "seconds": seconds, "failed_step": failed_step,
            "reason": reason, "steps": steps, "metrics": metrics,
        })
    }
}

impl Store {
    /// Stores how a run went, replacing what was stored at the end of an earlier attempt, and says whether it did: a
    /// run that was published stays so, and in a record of it no step is missing that was there. Of a step that this attempt
    /// found done, the time and the rows of the attempt that did it are kept.
    ///
    /// # Errors
    /// Why the database failed.
    pub async fn record_run(&self, run_id: &str, mut record: RunRecord) -> Result<bool> {
        let failed = self.faults.on("record the run");
        let outcome = record.outcome.code();
        let mut transaction = self.pool.begin().await.map_err(&failed)?;
        let known: Option<(String, Option<Json<Value>>)> =
            sqlx::query_as("SELECT outcome, report -> 'steps' FROM runs WHERE run_id = $1 FOR UPDATE")
                .bind(run_id)
                .fetch_optional(&mut *transaction)
                .await
                .map_err(&failed)?;
        if let Some((known_outcome, steps)) = known {
            // A release before this history had other steps: there is nothing to keep of them.
            let steps: Vec<StepRecord> =
                steps.and_then(|steps| serde_json::from_value(steps.0).ok()).unwrap_or_default();
            let says_less = record.outcome != RunOutcome::Published || record.steps.len() < steps.len();
            if known_outcome == RunOutcome::Published.code() && says_less {
                tracing::info!(outcome, "the run was published, and more is known of that: its record stays");
                return Ok(false);
            }
            record.keep_work_of(&steps);
        }
        sqlx::query(
            "INSERT INTO runs (run_id, outcome, report) VALUES ($1, $2, $3)
             ON CONFLICT (run_id) DO UPDATE
             SET outcome = excluded.outcome, report = excluded.report, at = excluded.at",
        )
        .bind(run_id)
        .bind(outcome)
        .bind(Json(record.report()))
        .execute(&mut *transaction)
        .await
        .map_err(&failed)?;
        transaction.commit().await.map_err(&failed)?;
        tracing::info!(outcome, "the run is recorded");
        Ok(true)
    }
}
