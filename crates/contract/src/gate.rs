//! What a model's evaluation decided, as its figures record it.
//!
//! `evaluate` decides once and records it as the figure [`GATE_OPEN`]; `recommend` and every later attempt go by that.

use crate::figure::{Figure, GATE_OPEN, find};

/// The figure that records the decision.
#[must_use]
pub fn decision(open: bool) -> Figure {
    Figure::of_model(GATE_OPEN, None, f64::from(u8::from(open)))
}

/// Whether the model may be published. One without a decision may not.
#[must_use]
pub fn is_open(figures: &[Figure]) -> bool {
    find(figures, false, GATE_OPEN, None).is_some_and(|value| value > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_may_be_published_only_by_a_decision() {
        assert!(is_open(&[decision(true)]));
        assert!(!is_open(&[decision(false)]));
        assert!(!is_open(&[]));
    }
}
