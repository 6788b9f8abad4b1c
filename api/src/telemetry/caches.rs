//! What becomes of the look-ups of a cache.

use metrics::{Counter, counter, describe_counter};

const CACHE: &str = "cinelake_api_cache_requests_total";

pub(super) fn describe() {
    describe_counter!(CACHE, "look-ups, by cache and outcome");
}

/// What became of a look-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was there.
    Hit,
    /// It was not.
    Miss,
    /// The cache could not be asked.
    Error,
}

/// The counters of one cache.
#[derive(Clone)]
pub struct CacheMeter([Counter; 3]);

impl CacheMeter {
    pub(super) fn new(name: &'static str) -> Self {
        let meter = |outcome: &'static str| counter!(CACHE, "cache" => name, "outcome" => outcome);
        Self([meter("hit"), meter("miss"), meter("error")])
    }

    /// Counts a look-up.
    pub fn count(&self, outcome: Outcome) {
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
