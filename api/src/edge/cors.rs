//! Which web pages may call the API.
//!
//! The framework's own middleware refuses a request from an unnamed origin; that also refuses our own pages, because
//! browsers name the origin of some same-origin requests. Leaving the headers out is enough: the browser then keeps
//! the answer from the page.

use std::collections::BTreeSet;

use poem::{
    Request, Response,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
};

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, DELETE");
const SENT: HeaderValue =
    HeaderValue::from_static("authorization, content-type, x-request-id, if-none-match");
const EXPOSED: HeaderValue = HeaderValue::from_static("etag, x-request-id, retry-after");

/// The answer depends on the origin, also when it is not named, and on what the caller can read: a cache must know.
const VARY: HeaderValue = HeaderValue::from_static("accept-encoding, origin");

/// The origins whose pages may read answers.
#[derive(Debug)]
pub(crate) struct Origins(BTreeSet<String>);

impl Origins {
    pub(crate) fn new(origins: &[String]) -> Self {
        Self(origins.iter().cloned().collect())
    }

    /// The origin of the page that asks, if it may.
    pub(crate) fn named(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        origin.to_str().is_ok_and(|origin| self.0.contains(origin)).then(|| origin.clone())
    }
}

/// Whether a browser asks what it may ask.
pub(crate) fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// What a page of a named origin may ask.
pub(crate) fn preflight() -> Response {
    let mut response: Response = StatusCode::NO_CONTENT.into();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, SENT);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    response
}

/// Lets the pages of a named origin read the answer.
pub(crate) fn shared(mut response: Response, named: Option<HeaderValue>) -> Response {
    let headers = response.headers_mut();
    headers.append(header::VARY, VARY);
    if let Some(origin) = named {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
    response
}
