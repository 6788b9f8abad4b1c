//! What happens around every request, whatever it asks for: one module per concern, put in order by [`Edge`].
//!
//! All of it is on the path of every answer, so it borrows where it can and looks up nothing twice.

mod admission;
mod args;
mod beside;
mod body;
mod call;
mod client;
mod compress;
mod cors;
mod errors;
mod headers;
mod in_flight;
mod paths;
mod rates;

use std::time::{Duration, Instant};

use poem::{Endpoint, Request, Response, Result, http::header};
use tracing::{debug, warn};

pub use admission::Limits;
pub use args::LimitArgs;
pub(crate) use beside::Beside;
pub use call::REQUEST_ID;
pub(crate) use call::{Call, current};
pub(crate) use compress::accepts_gzip;
pub(crate) use errors::problem;
pub(crate) use paths::Paths;
pub use rates::Rate;

use crate::{
    app::Options,
    telemetry::{RequestMeters, Telemetry},
};
use admission::{Admission, Denial};
use cors::Origins;

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
    pub(crate) fn around(inner: E, paths: Paths, telemetry: &Telemetry, options: &Options) -> Self {
        Self {
            inner,
            meters: telemetry.requests(paths.names()),
            paths,
            origins: Origins::new(&options.cors_origins),
            admission: Admission::new(&options.limits, options.tokens.clone(), telemetry.in_flight()),
            timeout: options.request_timeout,
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
            let response = self.answer(request).await;
            debug!(status = response.status().as_u16(), took = ?begun.elapsed(), "answered");
            response
        };
        let mut response = call.clone().scope(answered).await;
        headers::secure(response.headers_mut());
        response.headers_mut().insert(REQUEST_ID, call.id);
        let path_idx = self.paths.of(&response, call.uri.path());
        self.meters.observe(path_idx, call.method_idx, response.status(), begun.elapsed());
        Ok(response)
    }
}

impl<E: Endpoint<Output = Response>> Edge<E> {
    /// Answers, and sees to what browsers need.
    async fn answer(&self, request: Request) -> Response {
        let origin = self.origins.named(request.headers());
        if origin.is_some() && cors::is_preflight(&request) {
            return cors::shared(cors::preflight(), origin);
        }
        let takes_gzip = compress::accepts_gzip(request.headers());
        let response = self.explained(request).await;
        let response = if takes_gzip { compress::compress(response).await } else { response };
        cors::shared(response, origin)
    }

    /// Answers in time, and every error in our JSON.
    async fn explained(&self, request: Request) -> Response {
        let shows_token = request.headers().contains_key(header::AUTHORIZATION);
        let response = match tokio::time::timeout(self.timeout, self.admitted(request)).await {
            Ok(Ok(response)) => response,
            Ok(Err(denial)) => denial.into(),
            Err(_) => {
                warn!(timeout = ?self.timeout, "request timed out");
                errors::timed_out()
            }
        };
        errors::explained(response, &self.paths, shows_token)
    }

    /// Lets the request in if it may.
    async fn admitted(&self, mut request: Request) -> Result<Response, Denial> {
        body::check_length(&request)?;
        let _permit = self.admission.admit(&mut request)?;
        body::receive(&mut request).await?;
        Ok(self.inner.get_response(request).await)
    }
}
