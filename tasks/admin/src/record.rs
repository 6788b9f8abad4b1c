//! What became of a run, from what the scheduler knows of its steps.

use std::collections::BTreeMap;

use anyhow::ensure;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;
use store::{RunOutcome, RunRecord, StepOutcome, StepRecord};
use task::WrongUsage;

/// The step that makes a version live.
const PUBLISH: &str = "publish";
/// The step that finds out that there is nothing to do.
const INGEST: &str = "ingest";
/// A figure that every step has, so it gets the step's name before it.
const PEAK_MEMORY: &str = "peak_memory_bytes";

/// A run as `--report` describes it.
#[derive(Debug, Deserialize)]
struct Run {
    started_at: Option<DateTime<Utc>>,
    steps: Vec<Step>,
}

#[derive(Debug, Deserialize)]
struct Step {
    #[serde(rename = "step")]
    name: String,
    /// How it ended, as the scheduler knows it; else what the step reported, if it did.
    outcome: Option<StepOutcome>,
    /// The last line of its output.
    report: Option<StepReport>,
    /// Why it did not end well.
    reason: Option<String>,
}

/// What is used of the last line of a step's output.
#[derive(Debug, Default, Deserialize)]
struct StepReport {
    outcome: Option<StepOutcome>,
    seconds: Option<f64>,
    #[serde(default)]
    tables: Vec<TableReport>,
    /// A figure that is no number is null in JSON.
    #[serde(default)]
    metrics: BTreeMap<String, Option<f64>>,
    reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct TableReport {
    rows: u64,
}

/// Reads `--report`.
///
/// # Errors
/// [`WrongUsage`] when it is not valid.
pub(crate) fn parse(json: &str) -> anyhow::Result<RunRecord> {
    let run: Run = serde_json::from_str(json).map_err(|error| invalid(&error.to_string()))?;
    ensure!(!run.steps.is_empty(), invalid("it names no steps"));
    Ok(run.into_record())
}

fn invalid(what: &str) -> WrongUsage {
    WrongUsage::new(format!(
        "--report is not valid JSON of a run: {what}; give {{\"started_at\": TIME or null, \"steps\": [{{\"step\": NAME, \
         \"outcome\": OUTCOME or null, \"report\": REPORT or null, \"reason\": TEXT or null}}, ...]}}"
    ))
}

impl Run {
    fn into_record(self) -> RunRecord {
        let outcomes: Vec<StepOutcome> = self.steps.iter().map(Step::outcome).collect();
        let ended = |wanted| outcomes.iter().position(|outcome| *outcome == wanted);
        let of_step = |name: &str| {
            let place = self.steps.iter().position(|step| step.name == name)?;
            outcomes.get(place).copied()
        };
        let (outcome, decisive) = match (of_step(PUBLISH), of_step(INGEST)) {
            (Some(StepOutcome::Done | StepOutcome::AlreadyDone), _) => (RunOutcome::Published, None),
            _ if ended(StepOutcome::GateClosed).is_some() => {
                (RunOutcome::GateClosed, ended(StepOutcome::GateClosed))
            }
            (_, Some(StepOutcome::Skipped)) => (RunOutcome::Unchanged, None),
            _ => (RunOutcome::Failed, ended(StepOutcome::Failed)),
        };
        let decisive = decisive.and_then(|place| self.steps.get(place));
        RunRecord {
            outcome,
            version: self.version(),
            started_at: self.started_at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            failed_step: decisive.filter(|_| outcome == RunOutcome::Failed).map(|step| step.name.clone()),
            reason: decisive.and_then(Step::reason),
            metrics: self.metrics(),
            steps: self
                .steps
                .into_iter()
                .zip(outcomes)
                .map(|(step, outcome)| step.into_record(outcome))
                .collect(),
        }
    }

    /// The version that `publish` made.
    #[allow(clippy::cast_possible_truncation, reason = "versions are far below 2^52")]
    fn version(&self) -> Option<i64> {
        let (_, report) = self.reports().find(|(step, _)| *step == PUBLISH)?;
        report.metrics.get("version").copied().flatten().map(|version| version as i64)
    }

    /// The figures of all steps, by their names.
    fn metrics(&self) -> BTreeMap<String, f64> {
        let named = |step: &str, name: &str| match name {
            PEAK_MEMORY => format!("{step}.{name}"),
            name => name.to_owned(),
        };
        let figures = self.reports().flat_map(|(step, report)| {
            report.metrics.iter().filter_map(move |(name, value)| Some((named(step, name), (*value)?)))
        });
        figures.collect()
    }

    fn reports(&self) -> impl Iterator<Item = (&str, &StepReport)> {
        self.steps.iter().filter_map(|step| Some((step.name.as_str(), step.report.as_ref()?)))
    }
}

impl Step {
    fn outcome(&self) -> StepOutcome {
        let reported = || self.report.as_ref().and_then(|report| report.outcome);
        self.outcome.or_else(reported).unwrap_or(StepOutcome::NotBegun)
    }

    /// Why it did not end well, in one line.
    fn reason(&self) -> Option<String> {
        let reported = || self.report.as_ref().and_then(|report| report.reason.as_deref());
        self.reason.as_deref().or_else(reported).map(|reason| reason.replace('\n', " "))
    }

    fn into_record(self, outcome: StepOutcome) -> StepRecord {
        let seconds = self.report.as_ref().and_then(|report| report.seconds);
        let rows = self.report.map(|report| report.tables.iter().map(|table| table.rows).sum());
        StepRecord { step: self.name, outcome, seconds, rows }
    }
}

#[cfg(test)]
mod tests;
