//! What every answer gets on its way out: compression, what browsers need to let a page read it, and security headers.

use std::collections::BTreeSet;

use headers::{ETag, Header, IfNoneMatch};
use poem::{
    Body, IntoResponse, Request, Response,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    web::{Compress, CompressionAlgo, CompressionLevel},
};

use super::problem::Problem;

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, DELETE");
const SENT: HeaderValue =
    HeaderValue::from_static("authorization, content-type, x-request-id, if-none-match");
const EXPOSED: HeaderValue = HeaderValue::from_static("etag, x-request-id, retry-after");

/// The answer depends on the origin, also when it is not named, and on what the caller can read: a cache must know.
const VARY: HeaderValue = HeaderValue::from_static("accept-encoding, origin");

/// The web origins whose pages may read answers.
///
/// The framework's own middleware refuses a request from an unnamed origin; that also refuses our own pages, because
/// browsers name the origin of some same-origin requests. Leaving the headers out is enough: the browser then keeps
/// the answer from the page.
#[derive(Debug)]
pub(super) struct Origins(BTreeSet<String>);

impl Origins {
    pub(super) fn new(origins: &[String]) -> Self {
        Self(origins.iter().cloned().collect())
    }

    /// The origin of the page that asks, if it may.
    pub(super) fn named(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        origin.to_str().is_ok_and(|origin| self.0.contains(origin)).then(|| origin.clone())
    }
}

/// Whether a browser asks what it may ask.
pub(super) fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// What a page of a named origin may ask.
pub(super) fn preflight() -> Response {
    let mut response: Response = StatusCode::NO_CONTENT.into();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, SENT);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    response
}

/// Lets the pages of a named origin read the answer.
pub(super) fn shared(mut response: Response, named: Option<HeaderValue>) -> Response {
    let headers = response.headers_mut();
    headers.append(header::VARY, VARY);
    if let Some(origin) = named {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
    response
}

/// Answers are data: nothing may run, frame or sniff them. The documentation pages bring their own policy.
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
];

/// Adds the headers that the answer does not have yet.
pub(super) fn secure(headers: &mut HeaderMap) {
    // These, the id and the length: growing once is enough.
    headers.reserve(HEADERS.len() + 2);
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(value);
    }
}

/// Below this, an answer fits one packet anyway.
const WORTH_IT: usize = 1024;

/// Whether `If-None-Match` says that the caller has the answer with this tag (RFC 9110, section 13.1.2).
pub(crate) fn is_current(tag: Option<&str>, if_none_match: Option<&str>) -> bool {
    let tag = tag.and_then(|tag| tag.parse::<ETag>().ok());
    let named = if_none_match.and_then(|named| HeaderValue::from_str(named).ok());
    let named = named.and_then(|named| IfNoneMatch::decode(&mut std::iter::once(&named)).ok());
    tag.zip(named).is_some_and(|(tag, named)| !named.precondition_passes(&tag))
}

/// Whether the caller can read gzip. Brotli saves little at a speed fit for answering.
pub(crate) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING);
    accepted.and_then(|accepted| accepted.to_str().ok()).is_some_and(names_gzip)
}

/// Compresses a long answer, unless it is compressed already.
pub(crate) async fn compress(mut response: Response) -> Response {
    if response.headers().contains_key(header::CONTENT_ENCODING) {
        return response;
    }
    // Every body is in memory already.
    let Ok(bytes) = response.take_body().into_bytes().await else {
        return Problem::internal().into_response();
    };
    let worth_it = bytes.len() >= WORTH_IT;
    response.set_body(Body::from(bytes));
    if !worth_it {
        return response;
    }
    let level = CompressionLevel::Fastest;
    Compress::new(response, CompressionAlgo::GZIP).with_quality(level).into_response()
}

/// Whether `Accept-Encoding` names gzip and does not rule it out with a quality of zero.
fn names_gzip(accepted: &str) -> bool {
    accepted.split(',').any(|coding| {
        let (name, quality) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let quality = quality.trim().strip_prefix("q=").and_then(|quality| quality.trim().parse().ok());
        name.trim().eq_ignore_ascii_case("gzip") && quality.unwrap_or(0.0_f32) > 0.0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_used_only_if_the_caller_takes_it() {
        for yes in ["gzip", "br, gzip", "GZIP;q=0.5", "deflate , gzip ; q=1.0"] {
            assert!(names_gzip(yes), "{yes}");
        }
        for no in ["", "br", "gzip;q=0", "gzip; q=0.0", "identity"] {
            assert!(!names_gzip(no), "{no}");
        }
    }
}
