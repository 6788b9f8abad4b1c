//! What a task did: the last line of its standard output.

use std::collections::BTreeMap;

use serde::Serialize;

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

/// A table that the task wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct TableReport {
    name: &'static str,
    version: u64,
    rows: u64,
}

/// What a task did, filled in while it runs.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub(crate) run_id: Option<String>,
    pub(crate) outcome: Outcome,
    /// Why the gate is closed, if it is.
    pub(crate) reason: Option<String>,
    tables: Vec<TableReport>,
    metrics: BTreeMap<String, f64>,
    already: usize,
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
            already: 0,
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

    /// Adds a table with the version and the rows that this run wrote; `already` when an earlier attempt
    /// had written it. A report whose every table was already there is `already_done`.
    pub fn table(&mut self, name: &'static str, version: u64, rows: u64, already: bool) {
        tracing::info!(table = name, version, rows, already, "table committed");
        self.tables.push(TableReport { name, version, rows });
        self.already += usize::from(already);
        self.outcome = if self.already == self.tables.len() { Outcome::AlreadyDone } else { Outcome::Done };
    }

    /// Adds a figure.
    pub fn metric(&mut self, name: impl Into<String>, value: f64) {
        self.metrics.insert(name.into(), value);
    }

    /// All figures by their names.
    #[must_use]
    pub fn metrics(&self) -> &BTreeMap<String, f64> {
        &self.metrics
    }

    /// Says that an earlier attempt had done the work, where no table tells.
    pub fn already_done(&mut self) {
        self.outcome = Outcome::AlreadyDone;
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.tables.iter().map(|table| (table.name, table.rows))
    }

    /// The line that ends standard output.
    pub(crate) fn line(&self, task: &str, seconds: f64) -> String {
        let seconds = (seconds * 1000.0).round() / 1000.0;
        let mut line = serde_json::json!({
            "task": task,
            "run_id": self.run_id,
            "outcome": self.outcome,
            "seconds": seconds,
            "tables": self.tables,
            "metrics": self.metrics,
        });
        if let Some(reason) = &self.reason {
            line["reason"] = reason.as_str().into();
        }
        line.to_string()
    }
}

impl Default for Report {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_already_done_only_when_every_table_was() {
        let mut report = Report::new();
        report.table("silver/ratings", 3, 10, true);
        assert_eq!(report.outcome, Outcome::AlreadyDone);
        report.table("silver/movies", 4, 2, false);
        assert_eq!(report.outcome, Outcome::Done);
    }

    #[test]
    fn the_line_is_one_line_of_json_with_the_documented_fields() {
        let mut report = Report::of_run("run\n1");
        report.table("silver/ratings", 3, 100_836, false);
        report.metric("rejected", 2.0);
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
