//! Who is let in: everybody, within limits.

use std::{borrow::Cow, sync::Arc};

use ipnet::IpNet;
use poem::{
    Request, Response,
    error::ResponseError,
    http::{HeaderValue, StatusCode, header},
};

use super::{
    client::{Proxies, household},
    errors::problem,
    in_flight::{Bound, Permit},
    rates::{Rate, Rates},
};
use crate::{
    auth::{Identity, Refusal, Scope, Tokens},
    resources::docs,
    site,
    telemetry::InFlight,
};

/// How much the service takes.
#[derive(Debug, Clone)]
pub struct Limits {
    /// For each address, and for each subject of a token; `None` is without limit.
    pub rate: Option<Rate>,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Requests that are answered at the same time.
    pub max_in_flight: usize,
}

/// What the service takes, and from whom.
pub(crate) struct Admission {
    rates: Option<Arc<Rates>>,
    proxies: Proxies,
    tokens: Tokens,
    bound: Bound,
}

/// Why a request is not let in.
#[derive(Debug)]
pub(crate) struct Denial {
    status: StatusCode,
    detail: Cow<'static, str>,
    retry_after: Option<u64>,
}

impl Admission {
    pub(crate) fn new(limits: &Limits, tokens: Tokens, in_flight: InFlight) -> Self {
        Self {
            rates: limits.rate.map(Rates::new),
            proxies: Proxies::new(limits.trusted_proxies.clone()),
            tokens,
            bound: Bound::new(limits.max_in_flight, in_flight),
        }
    }

    /// Lets a request in, with the identity of its sender, until the permit is dropped. The address is limited first,
    /// so that guessing tokens is, too.
    pub(crate) fn admit(&self, request: &mut Request) -> Result<Option<Permit<'_>>, Denial> {
        if is_for_monitors(request.uri().path()) {
            return Ok(None);
        }
        self.limit_address(request)?;
        let identity = self.tokens.identify(request.headers());
        if let (Some(rates), Ok(caller)) = (&self.rates, &identity) {
            rates
                .take_for_subject(&caller.subject)
                .map_err(|wait| Denial::too_many("with this token", wait))?;
        }
        if self.tokens.required && !is_open(request.uri().path()) {
            identity.as_ref().map_err(|refusal| *refusal).and_then(|caller| caller.require(Scope::Read))?;
        }
        request.set_data(Identity(identity));
        self.bound.enter().map(Some)
    }

    fn limit_address(&self, request: &Request) -> Result<(), Denial> {
        let (Some(rates), Some(peer)) = (&self.rates, request.remote_addr().as_socket_addr()) else {
            return Ok(());
        };
        let client = self.proxies.client(peer.ip(), request.headers());
        rates.take_for_address(household(client)).map_err(|wait| Denial::too_many("from this address", wait))
    }
}

/// Those who watch must see most when it is busiest.
fn is_for_monitors(path: &str) -> bool {
    path == "/metrics"
        || path.strip_prefix("/health").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What may be read by all, even where tokens are required: what says how to call.
fn is_open(path: &str) -> bool {
    path == "/" || docs::is_page(path) || site::is_page(path)
}

impl Denial {
    fn new(status: StatusCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { status, detail: detail.into(), retry_after: None }
    }

    pub(crate) fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is longer than 64 KiB")
    }

    pub(crate) fn unreadable() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "the body cannot be read")
    }

    pub(crate) fn busy() -> Self {
        let busy = Self::new(StatusCode::SERVICE_UNAVAILABLE, "the service is busy; try again in a second");
        Self { retry_after: Some(1), ..busy }
    }

    fn too_many(by: &str, wait: u64) -> Self {
        let detail = format!("too many requests {by}; try again in {wait} s");
        Self { retry_after: Some(wait), ..Self::new(StatusCode::TOO_MANY_REQUESTS, detail) }
    }
}

impl From<Refusal> for Denial {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.status(), refusal.to_string())
    }
}

impl From<Denial> for Response {
    fn from(denial: Denial) -> Self {
        let mut response = problem(denial.status, &denial.detail);
        if let Some(seconds) = denial.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn monitors_are_told_from_callers_by_the_whole_path() {
        for yes in ["/metrics", "/health", "/health/live", "/health/ready"] {
            assert!(is_for_monitors(yes), "{yes}");
        }
        for no in ["/", "/healthy", "/metrics/", "/metrics2", "/reco/1", "/users/1/health"] {
            assert!(!is_for_monitors(no), "{no}");
        }
    }
}
