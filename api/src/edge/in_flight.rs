//! A bound on the requests that are answered at the same time.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::admission::Denial;
use crate::telemetry::InFlight;

/// Counts requests in and out. Beyond the bound a caller is told so at once: a growing queue would only make everybody
/// wait until nobody is served in time.
pub(crate) struct Bound {
    most: usize,
    now: AtomicUsize,
    gauge: InFlight,
}

/// A request that is being answered, until it is dropped.
pub(crate) struct Permit<'a>(&'a Bound);

impl Bound {
    pub(crate) fn new(most: usize, gauge: InFlight) -> Self {
        Self { most, now: AtomicUsize::new(0), gauge }
    }

    pub(crate) fn enter(&self) -> Result<Permit<'_>, Denial> {
        let before = self.now.fetch_add(1, Ordering::Relaxed);
        self.gauge.begin();
        // Dropped on refusal, which takes it off again.
        let permit = Permit(self);
        if before < self.most { Ok(permit) } else { Err(Denial::busy()) }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::Relaxed);
        self.0.gauge.end();
    }
}
