//! The time limit.

use std::time::{Duration, Instant};

/// When work has to be done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    /// So many seconds from now; `None` is never.
    pub(crate) fn after(seconds: Option<f64>) -> Self {
        // What is too far for the clock never comes.
        let span = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        Self(span.and_then(|span| Instant::now().checked_add(span)))
    }

    /// Whether so much time is left.
    pub(crate) fn leaves(self, time: Duration) -> bool {
        self.0.is_none_or(|deadline| Instant::now() + time <= deadline)
    }
}

/// How long iterations take.
#[derive(Debug)]
pub(crate) struct Pace {
    deadline: Deadline,
    last: Instant,
    slowest: Duration,
}

impl Pace {
    /// Begins now.
    pub(crate) fn new(deadline: Deadline) -> Self {
        Self { deadline, last: Instant::now(), slowest: Duration::ZERO }
    }

    /// Ends an iteration, and tells whether another one as slow as the slowest would be done in time.
    pub(crate) fn goes_on(&mut self) -> bool {
        let now = Instant::now();
        self.slowest = self.slowest.max(now - self.last);
        self.last = now;
        self.deadline.leaves(self.slowest)
    }
}
