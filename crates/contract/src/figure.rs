//! The figures of a model: how its metrics are called, and the one that decides about it.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::Objective;

/// Normalised discounted cumulative gain.
pub const NDCG: &str = "ndcg";
/// Root of the mean squared error, in stars.
pub const RMSE: &str = "rmse";
/// Mean absolute error, in stars.
pub const MAE: &str = "mae";
/// Users that were measured.
pub const USERS: &str = "users";
/// 1 if the model may be published, else 0: see [`gate`](crate::gate).
pub const GATE_OPEN: &str = "gate_open";
/// What the metric begins with that holds the figure of the published model.
pub const COMPARED: &str = "compared_";

/// One figure of a model or of the popularity baseline, a row of `gold/evaluations`.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Whether it is that of the baseline.
    pub baseline: bool,
    /// For example [`NDCG`].
    pub metric: String,
    /// Length of the lists that were measured, where the metric has one.
    pub k: Option<i32>,
    /// The value.
    pub value: f64,
}

impl Figure {
    /// A figure of the model.
    #[must_use]
    pub fn of_model(metric: impl Into<String>, k: Option<i32>, value: f64) -> Self {
        Self { baseline: false, metric: metric.into(), k, value }
    }

    /// As it is called in reports, for example `baseline.ndcg@10`.
    #[must_use]
    pub fn label(&self) -> String {
        let side = if self.baseline { "baseline." } else { "" };
        let cutoff = self.k.map(|k| format!("@{k}")).unwrap_or_default();
        format!("{side}{}{cutoff}", self.metric)
    }
}

/// The value of a metric among figures.
#[must_use]
pub fn find(figures: &[Figure], baseline: bool, metric: &str, k: Option<i32>) -> Option<f64> {
    let wanted = |figure: &&Figure| figure.baseline == baseline && figure.metric == metric && figure.k == k;
    figures.iter().find(wanted).map(|figure| figure.value)
}

/// The metric that decides about a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Yardstick {
    /// NDCG@10, for models that rank: higher is better.
    #[serde(rename = "ndcg@10")]
    Ndcg,
    /// RMSE, for models that predict stars: lower is better.
    #[serde(rename = "rmse")]
    Rmse,
}

impl Yardstick {
    /// That of models with an objective.
    #[must_use]
    pub fn of(objective: Objective) -> Self {
        match objective {
            Objective::Implicit => Self::Ndcg,
            Objective::Explicit => Self::Rmse,
        }
    }

    /// The metric in `gold/evaluations`.
    #[must_use]
    pub fn metric(self) -> &'static str {
        match self {
            Self::Ndcg => NDCG,
            Self::Rmse => RMSE,
        }
    }

    /// The length of the lists that it measures.
    #[must_use]
    pub fn k(self) -> Option<i32> {
        match self {
            Self::Ndcg => Some(10),
            Self::Rmse => None,
        }
    }

    /// Metric and length, as people read it and as a model's card has it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Ndcg => "ndcg@10",
            Self::Rmse => "rmse",
        }
    }

    /// The metric in `gold/evaluations` that holds the figure of the published model.
    #[must_use]
    pub fn compared_metric(self) -> String {
        format!("{COMPARED}{}", self.metric())
    }

    /// The value of a model or of the baseline, `None` if it was not measured.
    #[must_use]
    pub fn find(self, figures: &[Figure], baseline: bool) -> Option<f64> {
        find(figures, baseline, self.metric(), self.k())
    }

    /// Orders the better value first.
    #[must_use]
    pub fn compare(self, left: f64, right: f64) -> Ordering {
        match self {
            Self::Ndcg => right.total_cmp(&left),
            Self::Rmse => left.total_cmp(&right),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_names_side_metric_and_length() {
        let figure = Figure { baseline: true, metric: NDCG.to_owned(), k: Some(10), value: 0.5 };
        assert_eq!(figure.label(), "baseline.ndcg@10");
        assert_eq!(Figure::of_model(RMSE, None, 0.9).label(), "rmse");
    }

    #[test]
    fn the_label_of_a_yardstick_is_that_of_its_figure_and_of_the_card() {
        for yardstick in [Yardstick::Ndcg, Yardstick::Rmse] {
            assert_eq!(Figure::of_model(yardstick.metric(), yardstick.k(), 0.0).label(), yardstick.label());
            assert_eq!(serde_json::to_value(yardstick).unwrap(), yardstick.label());
        }
    }

    #[test]
    fn a_higher_ndcg_and_a_lower_rmse_come_first() {
        assert_eq!(Yardstick::of(Objective::Implicit).compare(0.2, 0.1), Ordering::Less);
        assert_eq!(Yardstick::of(Objective::Explicit).compare(0.2, 0.1), Ordering::Greater);
    }
}
