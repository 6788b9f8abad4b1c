//! The figures of a model in the report and in Prometheus.

use lakehouse::tables::gold_evaluations::Figure;
use task::{Report, gauges};

use crate::gate::COMPARED;

/// Adds a figure as it stands in `gold/evaluations`.
pub(crate) fn add(report: &mut Report, figure: &Figure) {
    report.metric(name(figure), figure.value);
    match figure.metric.as_str() {
        "gate_open" => report.gauge(gauges::GATE_OPEN, &[], figure.value),
        "users" => report.gauge(gauges::EVALUATED_USERS, &[], figure.value),
        metric => add_metric(report, metric, figure),
    }
}

fn add_metric(report: &mut Report, metric: &str, figure: &Figure) {
    let (metric, model) = match (metric.strip_prefix(COMPARED), figure.baseline) {
        (Some(metric), _) => (metric, "live"),
        (None, true) => (metric, "baseline"),
        (None, false) => (metric, "candidate"),
    };
    let k = figure.k.map(|k| k.to_string());
    let mut labels = vec![("metric", metric), ("model", model)];
    labels.extend(k.as_deref().map(|k| ("k", k)));
    report.gauge(gauges::MODEL_METRIC, &labels, figure.value);
}

/// The name of a figure in the report, for example `baseline.ndcg@10`.
fn name(figure: &Figure) -> String {
    let side = if figure.baseline { "baseline." } else { "" };
    let cutoff = figure.k.map(|k| format!("@{k}")).unwrap_or_default();
    format!("{side}{}{cutoff}", figure.metric)
}
