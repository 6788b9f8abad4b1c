//! The run history of a publish by hand, which tells of itself alone.

use chrono::{DateTime, SecondsFormat, Utc};
use store::{RunOutcome, RunRecord, StepOutcome, StepRecord};
use task::{Outcome, Report};

/// What there is to record of a publish that took `seconds`.
pub(crate) fn of_publish(
    report: &Report,
    version: i64,
    started_at: DateTime<Utc>,
    seconds: f64,
) -> RunRecord {
    let outcome =
        if report.outcome() == Outcome::AlreadyDone { StepOutcome::AlreadyDone } else { StepOutcome::Done };
    RunRecord {
        outcome: RunOutcome::Published,
        version: Some(version),
        started_at: Some(started_at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        failed_step: None,
        reason: None,
        steps: vec![StepRecord {
            step: "publish".to_owned(),
            outcome,
            seconds: Some((seconds * 1000.0).round() / 1000.0),
            rows: Some(report.rows()),
        }],
        metrics: report.metrics().clone(),
    }
}
