//! `gold/evaluations`: one row per (model, metric, k), for the model and for its baseline.

use crate::Text;
use crate::table::table;

table!(GoldEvaluations, "gold/evaluations", Append, {
    /// The run that trained the model.
    MODEL_ID model_id: Text,
    /// Whether the row is of the popularity baseline.
    BASELINE baseline: bool,
    /// For example `ndcg`.
    METRIC metric: Text,
    /// Length of the list, where the metric has one.
    K k: Option<i32>,
    /// The value.
    VALUE value: f64,
});
