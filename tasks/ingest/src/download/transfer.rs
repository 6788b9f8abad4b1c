//! One attempt at a download.

use std::{fs::File, io::Write, path::Path};

use anyhow::anyhow;
use headers::{ContentRange, HeaderMapExt};
use reqwest::{Client, Response, header};

use super::{Progress, retry::Failure, validators::Validators};
use crate::error::IngestError;

/// How an attempt ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The part holds the whole file.
    Complete,
    /// The server says that the complete file is still the same.
    Unchanged,
}

/// Resumes `part` if it belongs to what is at `url` now, else downloads from the start. `unchanged` describes a complete
/// file that need not be downloaded if it is still the same.
pub(super) async fn attempt(
    client: &Client,
    url: &str,
    part: &Path,
    unchanged: Option<&Validators>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, Failure> {
    let write = |source| Failure::Permanent(IngestError::write(part, source));
    let have = part.metadata().map_or(0, |metadata| metadata.len());
    let mut response = request(client, url, have, Validators::load(part, url).as_ref(), unchanged).await?;
    let mut file = File::options().append(true).open(part).map_err(write)?;
    let range: Option<ContentRange> = response.headers().typed_get();
    let total = range.as_ref().and_then(ContentRange::bytes_len);
    let first = range.and_then(|range| range.bytes_range()).map(|(first, _)| first);
    let mut at = match response.status().as_u16() {
        304 if unchanged.is_some() => return Ok(Outcome::Unchanged),
        206 if first == Some(have) => Progress { bytes: have, total },
        // The part was complete, and only its renaming was missed.
        416 if total == Some(have) => return Ok(Outcome::Complete),
        // Not the range that was asked for, or past the end: what is there is of no use.
        206 | 416 => {
            file.set_len(0).map_err(write)?;
            return Err(Failure::Transient(anyhow!("the response is not the requested range")));
        }
        200..=299 => {
            let total = response.content_length();
            file.set_len(0).map_err(write)?;
            Validators::of(response.headers(), total).store(part, url).map_err(write)?;
            Progress { bytes: 0, total }
        }
        _ => return Err(Failure::of_status(url, response.status())),
    };
    progress(at);
    while let Some(bytes) = response.chunk().await? {
        file.write_all(&bytes).map_err(write)?;
        at.bytes += bytes.len() as u64;
        progress(at);
    }
    match at.total {
        Some(total) if at.bytes < total => Err(Failure::Transient(anyhow!("the response ended early"))),
        _ => Ok(Outcome::Complete),
    }
}

async fn request(
    client: &Client,
    url: &str,
    have: u64,
    partial: Option<&Validators>,
    unchanged: Option<&Validators>,
) -> reqwest::Result<Response> {
    let mut request = client.get(url);
    if let Some((name, value)) = unchanged.and_then(Validators::if_changed) {
        request = request.header(name, value);
    }
    if have > 0
        && let Some(validator) = partial.and_then(Validators::if_range)
    {
        request = request.header(header::RANGE, format!("bytes={have}-")).header(header::IF_RANGE, validator);
    }
    request.send().await
}
