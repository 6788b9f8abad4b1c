//! What is measured: each metric a small pure function.

pub(crate) mod beyond_accuracy;
pub(crate) mod ranking;
pub(crate) mod rating_error;

/// A count as a number to divide with.
#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(crate) fn count(items: usize) -> f64 {
    items as f64
}
