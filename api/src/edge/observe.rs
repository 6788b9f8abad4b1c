//! Each request gets an id, a span in the log and a place in the metrics.

use std::{sync::Arc, time::Instant};

use poem::{
    Endpoint, Request, Response, Result,
    http::{HeaderMap, HeaderValue, Method},
};
use tracing::{Instrument, debug, info_span};

use super::Paths;
use crate::telemetry::Telemetry;

/// The header of the id, in requests and answers.
pub const REQUEST_ID: &str = "x-request-id";

/// Label of requests that match no route: one series for all of them.
const UNMATCHED: &str = "unmatched";

/// What the layer needs to know.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) telemetry: Telemetry,
    pub(crate) paths: Arc<Paths>,
}

/// Answers with the request's id and counts the answer.
pub(crate) async fn observe<E>(endpoint: Arc<E>, request: Request, watch: Arc<Watch>) -> Result<Response>
where
    E: Endpoint<Output = Response>,
{
    let begun = Instant::now();
    let id = request_id(request.headers());
    let method = method_label(request.method());
    let span = info_span!("request", id, method, path = request.uri().path());
    let mut response = async {
        let response = endpoint.get_response(request).await;
        debug!(status = response.status().as_u16(), took = ?begun.elapsed(), "answered");
        response
    }
    .instrument(span)
    .await;
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    let path = watch.paths.of(&response).map_or(UNMATCHED, |path| &path.name);
    watch.telemetry.observe_answer(path, method, response.status().as_u16(), begun.elapsed());
    Ok(response)
}

/// The caller's id if it is fit for a log, else 128 random bits.
fn request_id(headers: &HeaderMap) -> String {
    let sane = |id: &&str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    match headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()).filter(sane) {
        Some(id) => id.to_owned(),
        None => format!("{:032x}", rand::random::<u128>()),
    }
}

/// HTTP allows any word as a method; a label does not.
fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sane_request_id_is_kept_and_any_other_replaced() {
        let id = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, HeaderValue::from_static(value));
            request_id(&headers)
        };
        assert_eq!(id("trace-1.a_B"), "trace-1.a_B");
        for insane in ["", "two words", "a\"b", "{}"] {
            assert_eq!(id(insane).len(), 32);
        }
        assert_ne!(request_id(&HeaderMap::new()), request_id(&HeaderMap::new()));
    }
}
