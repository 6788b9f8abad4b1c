//! The figures of a model in the report and in Prometheus.

use contract::Figure;
use contract::figure::{COMPARED, GATE_OPEN, USERS};
use task::{Report, gauges};

/// Adds a figure as it stands in `gold/evaluations`.
pub(crate) fn add(report: &mut Report, figure: &Figure) {
    report.metric(figure.label(), figure.value);
    match figure.metric.as_str() {
        GATE_OPEN => report.gauge(gauges::GATE_OPEN, &[], figure.value),
        USERS => report.gauge(gauges::EVALUATED_USERS, &[], figure.value),
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
