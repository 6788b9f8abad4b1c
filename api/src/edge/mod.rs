//! What happens around every call, whatever it asks for: [`Edge`] puts it in order.
//!
//! All of it is on the path of every answer, so it borrows where it can and looks up nothing twice. Whatever fails
//! further in comes here as an error, and [`Problem`] makes an answer of it.

mod admission;
mod args;
mod call;
mod paths;
mod problem;
mod rates;
mod response;

use std::time::{Duration, Instant};

use poem::{
    Endpoint, IntoResponse, Request, Response, Result,
    http::{HeaderValue, StatusCode, header},
};
use tracing::{debug, warn};

use self::response::Origins;
pub(crate) use self::{
    admission::Admission,
    args::LimitArgs,
    call::{Call, REQUEST_ID, current},
    paths::{KEY, Paths},
    problem::{NO_MODEL, Problem},
    response::{accepts_gzip, is_current},
};
pub use self::{admission::Limits, rates::Rate};
use crate::{
    auth::Tokens,
    telemetry::{RequestMeters, Telemetry},
};

/// Seconds that a caller should wait after a 503 that does not say.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("2");

/// What [`Edge`] goes by.
pub(crate) struct Rules<'a> {
    pub(crate) request_timeout: Duration,
    pub(crate) cors_origins: &'a [String],
    pub(crate) tokens: &'a Tokens,
    pub(crate) limits: &'a Limits,
    /// Whether a path may be read by all, even where tokens are required.
    pub(crate) is_open: fn(&str) -> bool,
}

/// The service with everything around it.
pub(crate) struct Edge<E> {
    inner: E,
    paths: Paths,
    meters: RequestMeters,
    origins: Origins,
    admission: Admission,
    timeout: Duration,
}

impl<E> Edge<E> {
    /// Puts the edge around a service with these paths. Must be called within a runtime.
    pub(crate) fn around(inner: E, paths: Paths, telemetry: &Telemetry, rules: &Rules) -> Self {
        let Rules { request_timeout, cors_origins, tokens, limits, is_open } = *rules;
        Self {
            inner,
            meters: telemetry.requests(paths.names()),
            paths,
            origins: Origins::new(cors_origins),
            admission: Admission::new(limits, tokens.clone(), is_open, telemetry.in_flight()),
            timeout: request_timeout,
        }
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Edge<E> {
    type Output = Response;

    /// Identifies the request, answers it and counts the answer.
    async fn call(&self, request: Request) -> Result<Response> {
        let begun = Instant::now();
        let call = Call::of(&request);
        let answered = async {
            let answered = self.answer(request, &call).await;
            debug!(status = answered.0.status().as_u16(), took = ?begun.elapsed(), "answered");
            answered
        };
        let (mut response, path_idx) = call.clone().scope(answered).await;
        response::secure(response.headers_mut());
        response.headers_mut().insert(REQUEST_ID, call.id);
        self.meters.observe(path_idx, call.method_idx, response.status(), begun.elapsed());
        Ok(response)
    }
}

impl<E: Endpoint<Output = Response>> Edge<E> {
    /// Answers in time, in a form that the caller can read, and tells which path it was.
    async fn answer(&self, request: Request, call: &Call) -> (Response, Option<usize>) {
        let origin = self.origins.named(request.headers());
        if origin.is_some() && response::is_preflight(&request) {
            let path_idx = self.paths.find(None, call.uri.path());
            return (response::shared(response::preflight(), origin), path_idx);
        }
        let takes_gzip = accepts_gzip(request.headers());
        let shows_token = request.headers().contains_key(header::AUTHORIZATION);
        let outcome = tokio::time::timeout(self.timeout, self.admitted(request)).await;
        let outcome = outcome.unwrap_or_else(|_| {
            warn!(timeout = ?self.timeout, "request timed out");
            Err(Problem::unavailable("the answer took too long; try again in a few seconds").into())
        });
        let pattern = outcome.as_ref().map_or_else(|error| error.data(), |response| response.data());
        let path_idx = self.paths.find(pattern, call.uri.path());
        let mut response = outcome.unwrap_or_else(|error| self.refused(&error, path_idx, call, shows_token));
        if response.status() == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().entry(header::RETRY_AFTER).or_insert(RETRY_AFTER);
        }
        let response = if takes_gzip { response::compress(response).await } else { response };
        (response::shared(response, origin), path_idx)
    }

    /// Lets the request in if it may.
    async fn admitted(&self, mut request: Request) -> Result<Response> {
        admission::check_length(&request)?;
        let _permit = self.admission.admit(&mut request)?;
        admission::receive(&mut request).await?;
        self.inner.call(request).await
    }

    /// Makes an answer of whatever went wrong.
    fn refused(
        &self,
        error: &poem::Error,
        path_idx: Option<usize>,
        call: &Call,
        shows_token: bool,
    ) -> Response {
        let path = path_idx.and_then(|idx| self.paths.get(idx));
        let mut response = Problem::from_error(error, path, call.method()).into_response();
        match response.status() {
            StatusCode::METHOD_NOT_ALLOWED => {
                let allow = path.map_or(paths::GET_AND_HEAD, |path| path.allow.clone());
                response.headers_mut().insert(header::ALLOW, allow);
            }
            // RFC 6750: an error code only for those who tried.
            StatusCode::UNAUTHORIZED => {
                let challenge = if shows_token { "Bearer error=\"invalid_token\"" } else { "Bearer" };
                response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
            }
            _ => {}
        }
        response
    }
}
