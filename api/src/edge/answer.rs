//! Every request is answered in time, and every error is our JSON: also those that come from the framework, a
//! panic or a timeout.

use std::{sync::Arc, time::Duration};

use poem::{
    Endpoint, Request, Response, Result,
    http::{HeaderValue, StatusCode, header},
};
use serde_json::json;

use super::Paths;
use crate::errors;

/// Seconds that a caller should wait after a 503.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("2");

/// No call takes a body; anything larger is not even skipped.
const LARGEST_BODY: u64 = 1 << 20;

/// What the layer needs to know.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) timeout: Duration,
    pub(crate) paths: Arc<Paths>,
}

/// Answers in time, in JSON.
pub(crate) async fn answer<E>(endpoint: Arc<E>, request: Request, rules: Arc<Rules>) -> Result<Response>
where
    E: Endpoint<Output = Response>,
{
    if body_length(&request) > LARGEST_BODY {
        return Ok(explained(StatusCode::PAYLOAD_TOO_LARGE.into()));
    }
    let Ok(response) = tokio::time::timeout(rules.timeout, endpoint.get_response(request)).await else {
        tracing::warn!(timeout = ?rules.timeout, "request timed out");
        return Ok(explained(StatusCode::SERVICE_UNAVAILABLE.into()));
    };
    Ok(explained(with_allow(response, &rules.paths)))
}

fn body_length(request: &Request) -> u64 {
    request.header(header::CONTENT_LENGTH).and_then(|length| length.parse().ok()).unwrap_or(0)
}

/// A 405 must say what is allowed.
fn with_allow(mut response: Response, paths: &Paths) -> Response {
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        let methods = paths.of(&response).map_or("GET, HEAD", |path| &path.allow);
        if let Ok(methods) = HeaderValue::from_str(methods) {
            response.headers_mut().insert(header::ALLOW, methods);
        }
    }
    response
}

/// Gives an error that is not JSON yet its body.
fn explained(mut response: Response) -> Response {
    let status = response.status();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().entry(header::RETRY_AFTER).or_insert(RETRY_AFTER);
    }
    let is_error = status.is_client_error() || status.is_server_error();
    let is_json = response.content_type().is_some_and(|kind| kind.starts_with("application/json"));
    if is_error && !is_json {
        response.headers_mut().remove(header::CONTENT_LENGTH);
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        response.set_body(json!({"detail": detail(status)}).to_string());
    }
    response
}

fn detail(status: StatusCode) -> String {
    match status {
        StatusCode::BAD_REQUEST => "the request cannot be read".to_owned(),
        StatusCode::NOT_FOUND => "there is nothing here; GET / lists the endpoints".to_owned(),
        StatusCode::METHOD_NOT_ALLOWED => "this method is not allowed here; see the allow header".to_owned(),
        StatusCode::PAYLOAD_TOO_LARGE => "the body is too large".to_owned(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "the body has a media type that is not read here".to_owned(),
        StatusCode::SERVICE_UNAVAILABLE => "the answer took too long; try again in a few seconds".to_owned(),
        StatusCode::INTERNAL_SERVER_ERROR => errors::INTERNAL.to_owned(),
        other => other.canonical_reason().unwrap_or("the request failed").to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_in_plain_text_becomes_json_without_its_cause() {
        let response = Response::builder().status(StatusCode::BAD_GATEWAY).body("secret cause");
        let response = explained(response);
        assert_eq!(response.content_type(), Some("application/json; charset=utf-8"));
    }
}
