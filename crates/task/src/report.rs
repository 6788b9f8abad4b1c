//! What a task did: the last line of its standard output.

use std::collections::BTreeMap;

use lakehouse::Committed;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::gauges::Gauge;

/// How a task ended that has something to report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The work was done now.
    Done,
    /// An earlier attempt of this run had done it; nothing was changed.
    AlreadyDone,
    /// There was nothing to do (exit code 99).
    Skipped,
    /// The model is not good enough to be published (exit code 3).
    GateClosed,
}

impl Outcome {
    pub(crate) const ALL: [Self; 4] = [Self::Done, Self::AlreadyDone, Self::Skipped, Self::GateClosed];

    /// As it stands in the report.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::AlreadyDone => "already_done",
            Self::Skipped => "skipped",
            Self::GateClosed => "gate_closed",
        }
    }

    pub(crate) fn is_success(self) -> bool {
        self != Self::GateClosed
    }
}

/// A figure for Prometheus, with the values of its labels.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    pub(crate) gauge: Gauge,
    pub(crate) labels: Vec<(&'static str, String)>,
    pub(crate) value: f64,
}

/// What a task did, filled in while it runs.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub(crate) run_id: Option<String>,
    pub(crate) outcome: Outcome,
    /// Why the gate is closed, if it is.
    pub(crate) reason: Option<String>,
    #[serde(serialize_with = "as_tables")]
    pub(crate) tables: Vec<Committed>,
    metrics: BTreeMap<String, f64>,
    #[serde(skip)]
    pub(crate) gauges: Vec<Figure>,
}

impl Report {
    /// Nothing done yet, for no run in particular.
    #[must_use]
    pub fn new() -> Self {
        Self {
            run_id: None,
            outcome: Outcome::Done,
            reason: None,
            tables: Vec::new(),
            metrics: BTreeMap::new(),
            gauges: Vec::new(),
        }
    }

    /// Nothing done yet for a run, whose id is known by now even if `latest` was asked for.
    #[must_use]
    pub fn of_run(run_id: &str) -> Self {
        Self { run_id: Some(run_id.to_owned()), ..Self::new() }
    }

    /// There was nothing to do for a run.
    #[must_use]
    pub fn skipped(run_id: &str) -> Self {
        Self { outcome: Outcome::Skipped, ..Self::of_run(run_id) }
    }

    /// Adds a table that this run wrote. A report whose every table was already there is `already_done`.
    pub fn table(&mut self, committed: Committed) {
        let Committed { table, version, rows, already, .. } = committed;
        tracing::info!(table, version, rows, already, "table committed");
        self.tables.push(committed);
        let is_repeated = self.tables.iter().all(|committed| committed.already);
        self.outcome = if is_repeated { Outcome::AlreadyDone } else { Outcome::Done };
    }

    /// Adds a figure that is pushed to Prometheus, whatever the outcome. Labels have few values, and never a run id.
    pub fn gauge(&mut self, gauge: Gauge, labels: &[(&'static str, &str)], value: f64) {
        let labels = labels.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        self.gauges.push(Figure { gauge, labels, value });
    }

    /// Adds a figure to the report itself.
    pub fn metric(&mut self, name: impl Into<String>, value: f64) {
        self.metrics.insert(name.into(), value);
    }

    /// Adds a whole number, of things or of a version, to the report itself.
    #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
    pub fn count(&mut self, name: impl Into<String>, number: i64) {
        self.metric(name, number as f64);
    }

    /// All figures by their names.
    #[must_use]
    pub fn metrics(&self) -> &BTreeMap<String, f64> {
        &self.metrics
    }

    /// How it ended so far.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Rows that the run wrote, to all its tables.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// Says that an earlier attempt had done the work, where no table tells.
    pub fn already_done(&mut self) {
        self.outcome = Outcome::AlreadyDone;
    }

    /// The line that ends standard output.
    pub(crate) fn line(&self, task: &str, seconds: f64) -> String {
        let seconds = (seconds * 1000.0).round() / 1000.0;
        let mut line = json!({
            "task": task,
            "run_id": self.run_id,
            "outcome": self.outcome,
            "seconds": seconds,
            "tables": tables(&self.tables),
            "metrics": self.metrics,
        });
        if let Some(reason) = &self.reason {
            line["reason"] = reason.as_str().into();
        }
        line.to_string()
    }
}

/// The tables as the report names them.
fn tables(committed: &[Committed]) -> Value {
    let table = |&Committed { table, version, rows, .. }: &Committed| json!({"name": table, "version": version, "rows": rows});
    committed.iter().map(table).collect()
}

fn as_tables<S: Serializer>(committed: &[Committed], serializer: S) -> Result<S::Ok, S::Error> {
    tables(committed).serialize(serializer)
}

impl Default for Report {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use lakehouse::Size;

    use super::*;

    fn written(table: &'static str, version: u64, rows: u64, already: bool) -> Committed {
        Committed { table, version, rows, size: Size { rows, files: 1, bytes: 100 }, already }
    }

    #[test]
    fn a_report_is_already_done_only_when_every_table_was() {
        let mut report = Report::new();
        report.table(written("silver/ratings", 3, 10, true));
        assert_eq!(report.outcome, Outcome::AlreadyDone);
        report.table(written("silver/movies", 4, 2, false));
        assert_eq!(report.outcome, Outcome::Done);
    }

    #[test]
    fn the_line_is_one_line_of_json_with_the_documented_fields() {
        let mut report = Report::of_run("run\n1");
        report.table(written("silver/ratings", 3, 100_836, false));
        report.metric("rejected", 2.0);
        report.gauge(crate::gauges::TRAIN_LOSS, &[], 2.0);
        let line = report.line("clean", 1.23456);
        assert!(!line.contains('\n'));
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["run_id"], "run\n1");
        assert_eq!(value["outcome"], "done");
        assert_eq!(value["seconds"], 1.235);
        assert_eq!(
            value["tables"][0],
            serde_json::json!({"name": "silver/ratings", "version": 3, "rows": 100_836})
        );
        assert_eq!(value["metrics"]["rejected"], 2.0);
        assert_eq!(value.get("reason"), None);
    }

    #[test]
    fn a_closed_gate_is_reported_with_its_reason_and_the_figures() {
        let mut report = Report::of_run("one");
        report.metric("ndcg@10", 0.25);
        let line = crate::GateClosed::new("too bad", report).report().line("evaluate", 1.0);
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&value["outcome"], &value["reason"]), (&"gate_closed".into(), &"too bad".into()));
        assert_eq!(value["metrics"]["ndcg@10"], 0.25);
    }
}
