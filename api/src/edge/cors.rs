//! Which web pages may call the API.
//!
//! The framework's own middleware refuses a request from an unnamed origin; that also refuses our own pages, because
//! browsers name the origin of some same-origin requests. Leaving the headers out is enough: the browser then keeps
//! the answer from the page.

use std::{collections::BTreeSet, sync::Arc};

use poem::{
    Endpoint, Request, Response, Result,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
};

use super::observe::REQUEST_ID;

/// Lets the pages of `origins` read the answer.
pub(crate) async fn share<E>(
    endpoint: Arc<E>,
    request: Request,
    origins: Arc<BTreeSet<String>>,
) -> Result<Response>
where
    E: Endpoint<Output = Response>,
{
    let origin = request.headers().get(header::ORIGIN).cloned();
    let named = origin.filter(|origin| origin.to_str().is_ok_and(|origin| origins.contains(origin)));
    let is_preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response =
        if is_preflight && named.is_some() { preflight() } else { endpoint.get_response(request).await };
    let headers = response.headers_mut();
    // The answer depends on the origin, also when it is not named: a cache must know.
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = named {
        allow(headers, origin);
    }
    Ok(response)
}

fn preflight() -> Response {
    let mut response: Response = StatusCode::NO_CONTENT.into();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("x-request-id"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    response
}

fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    let exposed = HeaderValue::from_static("x-request-id, retry-after");
    debug_assert!(exposed.to_str().is_ok_and(|names| names.contains(REQUEST_ID)));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
}
