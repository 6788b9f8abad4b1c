//! What serving counts: recommendations by how they were made, and look-ups in caches.

use std::sync::{PoisonError, RwLock};

use metrics::{Counter, counter, describe_counter};

use super::Telemetry;

const ANSWERS: &str = "cinelake_api_answers_total";
const CACHE: &str = "cinelake_api_cache_requests_total";

pub(super) fn describe() {
    describe_counter!(ANSWERS, "recommendations answered, by strategy and variant of the experiment");
    describe_counter!(CACHE, "look-ups, by cache and outcome");
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

/// What became of a look-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was there.
    Hit,
    /// It was not.
    Miss,
    /// The cache could not be asked.
    Error,
}

/// The counters of one cache.
#[derive(Clone)]
pub(crate) struct CacheMeter([Counter; 3]);

impl CacheMeter {
    pub(super) fn new(name: &'static str) -> Self {
        let meter = |outcome: &'static str| counter!(CACHE, "cache" => name, "outcome" => outcome);
        Self([meter("hit"), meter("miss"), meter("error")])
    }

    /// Counts a look-up.
    pub(crate) fn count(&self, outcome: Outcome) {
        let [hit, miss, error] = &self.0;
        let counter = match outcome {
            Outcome::Hit => hit,
            Outcome::Miss => miss,
            Outcome::Error => error,
        };
        counter.increment(1);
    }
}

impl std::fmt::Debug for CacheMeter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CacheMeter").finish_non_exhaustive()
    }
}
