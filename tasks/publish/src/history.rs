//! The run history: what became of a run, from how its steps ended.
//!
//! `publish record` is told by the scheduler, at the end of every run; `publish` by hand tells of itself alone. Both
//! store one form, so that dashboards can read it with plain SQL.

use std::collections::BTreeMap;

use anyhow::ensure;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use task::WrongUsage;

/// The step that makes a version live.
const PUBLISH: &str = "publish";
/// The step that finds out that there is nothing to do.
const INGEST: &str = "ingest";
/// A figure that every step has, so it gets the step's name before it.
const PEAK_MEMORY: &str = "peak_memory_bytes";

/// What a scheduler knows of a run, as `--report` has it.
#[derive(Debug, Deserialize)]
pub(crate) struct Told {
    started_at: Option<DateTime<Utc>>,
    steps: Vec<StepTold>,
}

/// What a scheduler knows of a step.
#[derive(Debug, Deserialize)]
struct StepTold {
    step: String,
    /// How it ended, if the scheduler knows it so exactly.
    outcome: Option<StepOutcome>,
    /// Its state as Airflow calls it.
    state: Option<State>,
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

/// The states of a task in Airflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Success,
    Failed,
    Skipped,
    UpstreamFailed,
    Removed,
    Scheduled,
    Queued,
    Running,
    Restarting,
    UpForRetry,
    UpForReschedule,
    Deferred,
    #[serde(alias = "None", alias = "no_status")]
    None,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StepOutcome {
    Done,
    AlreadyDone,
    Skipped,
    GateClosed,
    Failed,
    NotBegun,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunOutcome {
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
    /// As it stands in the database.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Unchanged => "unchanged",
            Self::GateClosed => "gate_closed",
            Self::Failed => "failed",
        }
    }
}

/// A run as the database keeps it.
#[derive(Debug, Serialize)]
pub(crate) struct History {
    #[serde(skip)]
    pub(crate) outcome: RunOutcome,
    version: Option<i64>,
    started_at: Option<String>,
    /// Of all steps together.
    seconds: f64,
    failed_step: Option<String>,
    reason: Option<String>,
    steps: Vec<StepHistory>,
    metrics: BTreeMap<String, f64>,
}

#[derive(Debug, Serialize)]
struct StepHistory {
    step: String,
    outcome: StepOutcome,
    seconds: Option<f64>,
    rows: Option<u64>,
}

impl Told {
    /// Reads `--report`.
    ///
    /// # Errors
    /// [`WrongUsage`] when it is not what it should be.
    pub(crate) fn parse(json: &str) -> anyhow::Result<Self> {
        let told: Self = serde_json::from_str(json).map_err(|error| wrong(&error.to_string()))?;
        ensure!(!told.steps.is_empty(), wrong("it names no steps"));
        Ok(told)
    }

    /// What `publish` by hand has to tell: of itself.
    ///
    /// # Errors
    /// Never for the report of a task.
    pub(crate) fn of_publish(
        report: &task::Report,
        started_at: DateTime<Utc>,
        seconds: f64,
    ) -> anyhow::Result<Self> {
        let report = StepReport {
            seconds: Some((seconds * 1000.0).round() / 1000.0),
            ..serde_json::from_value(serde_json::to_value(report)?)?
        };
        let step = StepTold {
            step: PUBLISH.to_owned(),
            outcome: None,
            state: None,
            report: Some(report),
            reason: None,
        };
        Ok(Self { started_at: Some(started_at), steps: vec![step] })
    }

    /// What became of the run.
    pub(crate) fn into_history(self) -> History {
        let outcomes = self.outcomes();
        let ended = |wanted| outcomes.iter().position(|outcome| *outcome == wanted);
        let step_ended = |name: &str| {
            let place = self.steps.iter().position(|told| told.step == name)?;
            outcomes.get(place).copied()
        };
        let (outcome, decisive) = match (step_ended(PUBLISH), step_ended(INGEST)) {
            (Some(StepOutcome::Done | StepOutcome::AlreadyDone), _) => (RunOutcome::Published, None),
            _ if ended(StepOutcome::GateClosed).is_some() => {
                (RunOutcome::GateClosed, ended(StepOutcome::GateClosed))
            }
            (_, Some(StepOutcome::Skipped)) => (RunOutcome::Unchanged, None),
            _ => (RunOutcome::Failed, ended(StepOutcome::Failed)),
        };
        let decisive = decisive.and_then(|place| self.steps.get(place));
        let failed = decisive.filter(|_| outcome == RunOutcome::Failed);
        History {
            outcome,
            version: self.version(),
            started_at: self.started_at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            seconds: self.seconds(),
            failed_step: failed.map(|told| told.step.clone()),
            reason: decisive.and_then(StepTold::reason),
            metrics: self.metrics(),
            steps: self
                .steps
                .into_iter()
                .zip(outcomes)
                .map(|(told, outcome)| told.into_history(outcome))
                .collect(),
        }
    }

    /// How each step ended. Airflow skips what comes after a step that was skipped, which then was never begun.
    fn outcomes(&self) -> Vec<StepOutcome> {
        let mut has_ended = false;
        let outcome = |told: &StepTold| {
            let outcome = match told.ended() {
                StepOutcome::Skipped if has_ended => StepOutcome::NotBegun,
                outcome => outcome,
            };
            has_ended |= !matches!(outcome, StepOutcome::Done | StepOutcome::AlreadyDone);
            outcome
        };
        self.steps.iter().map(outcome).collect()
    }

    fn seconds(&self) -> f64 {
        let seconds: f64 = self.reports().filter_map(|(_, report)| report.seconds).sum();
        (seconds * 1000.0).round() / 1000.0
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
        self.steps.iter().filter_map(|told| Some((told.step.as_str(), told.report.as_ref()?)))
    }
}

impl StepTold {
    fn ended(&self) -> StepOutcome {
        let reported = self.report.as_ref().and_then(|report| report.outcome);
        match (self.outcome, self.state, reported) {
            (Some(outcome), ..) => outcome,
            // A closed gate is a failure to Airflow.
            (None, Some(State::Failed), Some(StepOutcome::GateClosed)) => StepOutcome::GateClosed,
            // The others were told to end, or lost.
            (
                None,
                Some(
                    State::Failed
                    | State::Running
                    | State::Restarting
                    | State::UpForRetry
                    | State::UpForReschedule
                    | State::Deferred,
                ),
                _,
            ) => StepOutcome::Failed,
            (None, Some(State::Skipped), _) => StepOutcome::Skipped,
            (None, Some(State::Success), reported) => reported.unwrap_or(StepOutcome::Done),
            (None, None, Some(reported)) => reported,
            (None, _, _) => StepOutcome::NotBegun,
        }
    }

    /// Why it did not end well, in one line.
    fn reason(&self) -> Option<String> {
        let reported = || self.report.as_ref().and_then(|report| report.reason.as_deref());
        self.reason.as_deref().or_else(reported).map(|reason| reason.replace('\n', " "))
    }

    fn into_history(self, outcome: StepOutcome) -> StepHistory {
        let seconds = self.report.as_ref().and_then(|report| report.seconds);
        let rows = self.report.map(|report| report.tables.iter().map(|table| table.rows).sum());
        StepHistory { step: self.step, outcome, seconds, rows }
    }
}

impl History {
    /// As it stands in the database.
    ///
    /// # Errors
    /// Never in practice.
    pub(crate) fn to_json(&self) -> anyhow::Result<Value> {
        Ok(serde_json::to_value(self)?)
    }
}

fn wrong(what: &str) -> WrongUsage {
    WrongUsage::new(format!(
        "--report is not what it should be: {what}; give \
         {{\"started_at\": TIME or null, \"steps\": [{{\"step\": NAME, \"state\": STATE, \"report\": REPORT or null, \
         \"reason\": TEXT or null}}, ...]}}"
    ))
}

#[cfg(test)]
mod tests;
