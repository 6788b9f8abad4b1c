//! Recommendations by how they were made.

use std::sync::{PoisonError, RwLock};

use metrics::{Counter, counter, describe_counter};

use super::Telemetry;

const ANSWERS: &str = "cinelake_api_answers_total";

pub(super) fn describe() {
    describe_counter!(ANSWERS, "recommendations answered, by strategy and variant of the experiment");
}

/// The counters so far: a few strategies times the variants of the experiments since the start.
#[derive(Default)]
pub(super) struct AnswerMeters(RwLock<Vec<(&'static str, String, Counter)>>);

impl AnswerMeters {
    pub(super) fn count(&self, telemetry: &Telemetry, strategy: &'static str, variant: &str) {
        {
            let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, _, counter)) = known.iter().find(|(s, v, _)| *s == strategy && v == variant) {
                return counter.increment(1);
            }
        }
        let labels = [("strategy", strategy.to_owned()), ("variant", variant.to_owned())];
        let counter = telemetry.record(|| counter!(ANSWERS, &labels));
        counter.increment(1);
        // Two at once may both get here; both counters are the same one.
        self.0.write().unwrap_or_else(PoisonError::into_inner).push((strategy, variant.to_owned(), counter));
    }
}
