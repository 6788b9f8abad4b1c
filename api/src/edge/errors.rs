//! Every error is our JSON: also those that come from the framework, a panic or a timeout.

use poem::{
    Response,
    http::{HeaderValue, StatusCode, header},
};
use serde_json::json;

use super::Paths;
use crate::errors::INTERNAL;

/// Seconds that a caller should wait after a 503 that does not say.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("2");

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// An error with this explanation.
pub(crate) fn problem(status: StatusCode, detail: &str) -> Response {
    let mut response: Response = status.into();
    explain(&mut response, detail);
    response
}

/// The answer to a request that took too long.
pub(crate) fn timed_out() -> Response {
    problem(StatusCode::SERVICE_UNAVAILABLE, "the answer took too long; try again in a few seconds")
}

/// The answer to a request that met a bug.
pub(crate) fn internal() -> Response {
    problem(StatusCode::INTERNAL_SERVER_ERROR, INTERNAL)
}

/// Gives an error the body and the headers that it lacks.
pub(crate) fn explained(mut response: Response, paths: &Paths, shows_token: bool) -> Response {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    match status {
        StatusCode::SERVICE_UNAVAILABLE => {
            response.headers_mut().entry(header::RETRY_AFTER).or_insert(RETRY_AFTER);
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            let allow = paths.allowed(&response);
            response.headers_mut().insert(header::ALLOW, allow);
        }
        StatusCode::UNAUTHORIZED => {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge(shows_token));
        }
        _ => {}
    }
    if !response.content_type().is_some_and(|kind| kind.starts_with("application/json")) {
        explain(&mut response, detail(status).as_ref());
    }
    response
}

/// RFC 6750: an error code only for those who tried.
fn challenge(shows_token: bool) -> HeaderValue {
    HeaderValue::from_static(if shows_token { "Bearer error=\"invalid_token\"" } else { "Bearer" })
}

fn explain(response: &mut Response, detail: &str) {
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, JSON);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.set_body(json!({"detail": detail}).to_string());
}

fn detail(status: StatusCode) -> String {
    match status {
        StatusCode::BAD_REQUEST => "the request cannot be read".to_owned(),
        StatusCode::NOT_FOUND => "there is nothing here; GET / lists the endpoints".to_owned(),
        StatusCode::METHOD_NOT_ALLOWED => "this method is not allowed here; see the allow header".to_owned(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "the body has a media type that is not read here".to_owned(),
        StatusCode::INTERNAL_SERVER_ERROR => INTERNAL.to_owned(),
        other => other.canonical_reason().unwrap_or("the request failed").to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_error_in_plain_text_becomes_json_without_its_cause() {
        let response = Response::builder().status(StatusCode::BAD_GATEWAY).body("secret cause");
        let mut response = explained(response, &Paths::default(), false);
        assert_eq!(response.content_type(), Some("application/json; charset=utf-8"));
        assert_eq!(response.take_body().into_string().await.unwrap(), r#"{"detail":"bad gateway"}"#);
    }
}
