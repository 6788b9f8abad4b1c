//! When to try again, and when to give up.

use std::{thread, time::Duration};

use rand::RngExt;

use super::{DownloadOptions, transfer::Failure};
use crate::IngestError;

/// Counts failures in a row. An attempt that brought more bytes than any before it starts the count anew, so
/// that a large file gets through a line that is cut now and then.
pub(super) struct Retry<'a> {
    options: &'a DownloadOptions,
    failures: u32,
    most_bytes: u64,
}

impl<'a> Retry<'a> {
    pub(super) fn new(options: &'a DownloadOptions) -> Self {
        Self { options, failures: 0, most_bytes: 0 }
    }

    /// Waits before the next attempt, or returns the error if there should be none. `bytes` are on disk by
    /// now.
    pub(super) fn wait_after(&mut self, failure: Failure, url: &str, bytes: u64) -> Result<(), IngestError> {
        if bytes > self.most_bytes {
            self.most_bytes = bytes;
            self.failures = 0;
        }
        self.failures += 1;
        let (error, attempts) = match failure {
            Failure::Final(error) => return Err(error),
            Failure::Transient(error) => (error, self.failures),
            Failure::TransientStatus(status) => (ureq::Error::StatusCode(status), self.failures),
        };
        if attempts >= self.options.attempts {
            return Err(IngestError::Unreachable { url: url.to_owned(), attempts, source: Box::new(error) });
        }
        let wait = self.wait();
        tracing::warn!(url, attempts, %error, wait_seconds = wait.as_secs_f32(), "download failed, trying again");
        thread::sleep(wait);
        Ok(())
    }

    /// Doubles with each failure; half of it is random, so that many clients do not come back at once.
    fn wait(&self) -> Duration {
        let doubled = self.options.first_wait.saturating_mul(1 << (self.failures - 1).min(16));
        doubled.min(self.options.longest_wait).mul_f32(rand::rng().random_range(0.5..=1.0))
    }
}
