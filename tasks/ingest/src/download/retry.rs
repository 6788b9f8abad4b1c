//! When to try again, and when to give up.

use anyhow::anyhow;
use backon::BackoffBuilder;
use reqwest::StatusCode;

use super::DownloadOptions;
use crate::error::IngestError;

/// How an attempt failed.
pub(super) enum Failure {
    /// Another attempt would fail, too.
    Permanent(IngestError),
    /// The network or the server may recover.
    Transient(anyhow::Error),
}

impl Failure {
    /// What a status other than success means.
    pub(super) fn of_status(url: &str, status: StatusCode) -> Self {
        match status.as_u16() {
            408 | 425 | 429 | 500..=599 => Self::Transient(anyhow!("HTTP {status}")),
            status => Self::Permanent(IngestError::HttpStatus { url: url.to_owned(), status }),
        }
    }
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        if error.is_builder() || error.is_redirect() {
            let url = error.url().map(ToString::to_string).unwrap_or_default();
            let source = error.without_url().into();
            return Self::Permanent(IngestError::Unreachable { url, attempts: 1, source });
        }
        Self::Transient(error.without_url().into())
    }
}

/// Repeats an attempt until it succeeds, fails for good, or has failed too often in a row. An attempt after which there
/// are more bytes on disk than ever starts the count anew, so that a large file gets through an unstable connection.
pub(super) async fn retried<T>(
    options: &DownloadOptions,
    url: &str,
    bytes_on_disk: impl Fn() -> u64,
    mut attempt: impl AsyncFnMut() -> Result<T, Failure>,
) -> Result<T, IngestError> {
    let (mut failures, mut most_bytes, mut waits) = (0, 0, options.backoff.build());
    loop {
        let error = match attempt().await {
            Ok(result) => return Ok(result),
            Err(Failure::Permanent(error)) => return Err(error),
            Err(Failure::Transient(error)) => error,
        };
        let bytes = bytes_on_disk();
        if bytes > most_bytes {
            (failures, most_bytes, waits) = (0, bytes, options.backoff.build());
        }
        failures += 1;
        let Some(wait) = waits.next() else {
            let source = error.into();
            return Err(IngestError::Unreachable { url: url.to_owned(), attempts: failures, source });
        };
        let wait_seconds = wait.as_secs_f32();
        tracing::warn!(url, attempts = failures, wait_seconds, "download failed, retrying: {error:#}");
        tokio::time::sleep(wait).await;
    }
}
