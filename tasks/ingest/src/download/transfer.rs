//! One attempt at a download.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
};

use ureq::{
    Agent, Body,
    http::{HeaderMap, Response, header},
};

use super::{DownloadOptions, Progress, validators::Validators};
use crate::IngestError;

/// How an attempt ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The part holds the whole file.
    Complete,
    /// The server says that the complete file is still the same.
    Unchanged,
}

/// How an attempt failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// Trying again would not help.
    Final(IngestError),
    /// The line or the server may recover.
    Transient(ureq::Error),
    /// The server said that it may recover.
    TransientStatus(u16),
}

impl Failure {
    /// What a failed request or a cut answer means.
    pub(super) fn of_request(url: &str, error: ureq::Error) -> Self {
        use ureq::Error as E;
        match error {
            E::Io(_)
            | E::Timeout(_)
            | E::HostNotFound
            | E::ConnectionFailed
            | E::Protocol(_)
            | E::BodyStalled
            | E::ConnectProxyFailed(_) => Self::Transient(error),
            other => Self::Final(IngestError::Unreachable {
                url: url.to_owned(),
                attempts: 1,
                source: Box::new(other),
            }),
        }
    }

    /// What a status other than success means.
    pub(super) fn of_status(url: &str, status: u16) -> Result<(), Self> {
        match status {
            200..=299 => Ok(()),
            408 | 425 | 429 | 500..=599 => Err(Self::TransientStatus(status)),
            _ => Err(Self::Final(IngestError::HttpStatus { url: url.to_owned(), status })),
        }
    }
}

/// The HTTP client. Its body timeout is per read: a slow line may take all day, a silent one may not.
pub(super) fn agent(options: &DownloadOptions) -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .timeout_resolve(Some(options.connect_timeout))
        .timeout_connect(Some(options.connect_timeout))
        .timeout_recv_response(Some(options.read_timeout))
        .timeout_per_read(Some(options.read_timeout))
        .user_agent(concat!("cinelake/", env!("CARGO_PKG_VERSION")))
        .build()
        .new_agent()
}

/// Goes on with `part` if it belongs to what is at `url` now, else starts it anew. `unchanged` describes a
/// complete file that need not be downloaded if it is still the same.
pub(super) fn attempt(
    agent: &Agent,
    url: &str,
    part: &Path,
    unchanged: Option<&Validators>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, Failure> {
    let write = |source| Failure::Final(IngestError::write(part, source));
    let have = part.metadata().map_or(0, |metadata| metadata.len());
    let response = request(agent, url, have, Validators::load(part, url).as_ref(), unchanged)?;
    let file = File::options().append(true).open(part).map_err(write)?;
    let (start, total) = match response.status().as_u16() {
        304 if unchanged.is_some() => return Ok(Outcome::Unchanged),
        206 if range(response.headers()).is_some_and(|range| range.start == have) => {
            (have, range(response.headers()).and_then(|range| range.total))
        }
        // The part was complete, and only its renaming was missed.
        416 if unsatisfied(response.headers()) == Some(have) => return Ok(Outcome::Complete),
        // A range that was not asked for, or past the end: what is there is of no use.
        status @ (206 | 416) => {
            file.set_len(0).map_err(write)?;
            return Err(Failure::TransientStatus(status));
        }
        status => {
            Failure::of_status(url, status)?;
            let total = number(response.headers(), header::CONTENT_LENGTH.as_str());
            file.set_len(0).map_err(write)?;
            Validators::of(response.headers(), total).store(part, url).map_err(write)?;
            (0, total)
        }
    };
    let bytes = copy(url, response, part, file, Progress { bytes: start, total }, progress)?;
    match total {
        Some(total) if bytes < total => {
            Err(Failure::Transient(io::Error::from(io::ErrorKind::UnexpectedEof).into()))
        }
        _ => Ok(Outcome::Complete),
    }
}

fn request(
    agent: &Agent,
    url: &str,
    have: u64,
    partial: Option<&Validators>,
    unchanged: Option<&Validators>,
) -> Result<Response<Body>, Failure> {
    let mut request = agent.get(url);
    if let Some(unchanged) = unchanged {
        request = match (&unchanged.etag, &unchanged.last_modified) {
            (Some(tag), _) => request.header(header::IF_NONE_MATCH, tag),
            (None, Some(date)) => request.header(header::IF_MODIFIED_SINCE, date),
            (None, None) => request,
        };
    }
    if have > 0
        && let Some(validator) = partial.and_then(Validators::if_range)
    {
        request = request.header(header::RANGE, format!("bytes={have}-")).header(header::IF_RANGE, validator);
    }
    request.call().map_err(|error| Failure::of_request(url, error))
}

/// Appends the body to the part, and returns how long the part is then.
fn copy(
    url: &str,
    response: Response<Body>,
    part: &Path,
    mut file: File,
    mut at: Progress,
    progress: &mut dyn FnMut(Progress),
) -> Result<u64, Failure> {
    let mut body = response.into_body().into_reader();
    let mut buffer = vec![0; 1 << 17];
    progress(at);
    loop {
        let bytes = match body.read(&mut buffer) {
            Ok(0) => return Ok(at.bytes),
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failure::of_request(url, error.into())),
        };
        file.write_all(&buffer[..bytes])
            .map_err(|source| Failure::Final(IngestError::write(part, source)))?;
        at.bytes += bytes as u64;
        progress(at);
    }
}

/// A `Content-Range` of the form `bytes START-END/TOTAL`.
struct ContentRange {
    start: u64,
    total: Option<u64>,
}

fn range(headers: &HeaderMap) -> Option<ContentRange> {
    let text = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    Some(ContentRange { start: start.trim().parse().ok()?, total: total.trim().parse().ok() })
}

/// The total of a `Content-Range` of the form `bytes */TOTAL`.
fn unsatisfied(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes */")?.trim().parse().ok()
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}
