//! Who is let in: everybody, within limits.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use headers::{ContentLength, HeaderMapExt};
use ipnet::IpNet;
use poem::{Body, Request, error::ReadBodyError};

use super::{
    problem::Problem,
    rates::{Proxies, Rate, Rates, network_of},
};
use crate::{
    auth::{Identity, Scope, Tokens},
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
    /// Whether a path may be read by all, even where tokens are required.
    is_open: fn(&str) -> bool,
    bound: Bound,
}

impl Admission {
    pub(super) fn new(
        limits: &Limits,
        tokens: Tokens,
        is_open: fn(&str) -> bool,
        in_flight: InFlight,
    ) -> Self {
        Self {
            rates: limits.rate.map(Rates::new),
            proxies: Proxies::new(limits.trusted_proxies.clone()),
            tokens,
            is_open,
            bound: Bound::new(limits.max_in_flight, in_flight),
        }
    }

    /// Lets a request in, with the identity of its sender, until the permit is dropped. The address is limited first,
    /// so that guessing tokens is, too.
    pub(super) fn admit(&self, request: &mut Request) -> Result<Option<Permit<'_>>, Problem> {
        if is_for_monitors(request.uri().path()) {
            return Ok(None);
        }
        self.limit_address(request)?;
        let identity = self.tokens.identify(request.headers());
        if let (Some(rates), Ok(caller)) = (&self.rates, &identity) {
            rates
                .take_for_subject(&caller.subject)
                .map_err(|wait| Problem::too_many("with this token", wait))?;
        }
        if self.tokens.required && !(self.is_open)(request.uri().path()) {
            let caller = identity.as_ref().map_err(|error| *error)?;
            caller.require(Scope::Read)?;
        }
        request.set_data(Identity(identity));
        self.bound.enter().map(Some)
    }

    fn limit_address(&self, request: &Request) -> Result<(), Problem> {
        let (Some(rates), Some(peer)) = (&self.rates, request.remote_addr().as_socket_addr()) else {
            return Ok(());
        };
        let client = self.proxies.client(peer.ip(), request.headers());
        rates
            .take_for_address(network_of(client))
            .map_err(|wait| Problem::too_many("from this address", wait))
    }
}

/// Those who watch must see most when it is busiest.
fn is_for_monitors(path: &str) -> bool {
    path == "/metrics"
        || path.strip_prefix("/health").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Counts requests in and out. Beyond the bound a caller is told so at once: a growing queue would only make everybody
/// wait until nobody is served in time.
pub(super) struct Bound {
    most: usize,
    now: AtomicUsize,
    gauge: InFlight,
}

/// A request that is being answered, until it is dropped.
pub(super) struct Permit<'a>(&'a Bound);

impl Bound {
    pub(super) fn new(most: usize, gauge: InFlight) -> Self {
        Self { most, now: AtomicUsize::new(0), gauge }
    }

    pub(super) fn enter(&self) -> Result<Permit<'_>, Problem> {
        let before = self.now.fetch_add(1, Ordering::Relaxed);
        self.gauge.begin();
        // Dropped on refusal, which takes it off again.
        let permit = Permit(self);
        if before < self.most { Ok(permit) } else { Err(Problem::busy()) }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::Relaxed);
        self.0.gauge.end();
    }
}

/// The longest body, in bytes: a fold-in with a few thousand ratings.
const LONGEST: usize = 64 * 1024;

/// Refuses a body that says it is too long. It is not even skipped.
pub(super) fn check_length(request: &Request) -> Result<(), Problem> {
    let length = request.headers().typed_get::<ContentLength>();
    let is_long = length.is_some_and(|ContentLength(bytes)| bytes > LONGEST as u64);
    if is_long { Err(Problem::too_large()) } else { Ok(()) }
}

/// Receives the body, which may be longer than it said or say nothing.
pub(super) async fn receive(request: &mut Request) -> Result<(), Problem> {
    let body = request.take_body();
    if body.is_empty() {
        return Ok(());
    }
    let bytes = body.into_bytes_limit(LONGEST).await.map_err(|error| match error {
        ReadBodyError::PayloadTooLarge => Problem::too_large(),
        _ => Problem::bad_request("the body cannot be read"),
    })?;
    request.set_body(Body::from_bytes(bytes));
    Ok(())
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
