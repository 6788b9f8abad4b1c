//! Requests by path, method and status.

use std::{sync::OnceLock, time::Duration};

use metrics::{
    Counter, Gauge, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge,
    histogram,
};
use poem::http::{Method, StatusCode};

use super::Telemetry;

const REQUESTS: &str = "cinelake_api_requests_total";
const SECONDS: &str = "cinelake_api_request_duration_seconds";
const IN_FLIGHT: &str = "cinelake_api_requests_in_flight";

/// Label of requests that match no route: one series for all of them.
const UNMATCHED: &str = "unmatched";

/// HTTP allows any word as a method; a label does not.
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"];

/// The statuses whose counters are at hand. Others would be counted, too, by a look-up.
const STATUSES: [u16; 15] = [200, 201, 204, 304, 400, 401, 403, 404, 405, 409, 413, 415, 429, 500, 503];

pub(super) fn describe() {
    describe_counter!(REQUESTS, "requests answered, by path pattern, method and status");
    describe_histogram!(SECONDS, Unit::Seconds, "time to answer a request, by path pattern and method");
    describe_gauge!(IN_FLIGHT, "requests being answered, but for health and metrics");
}

/// The place of a method among the labels.
pub(crate) fn method_idx(method: &Method) -> usize {
    METHODS.iter().position(|name| *name == method.as_str()).unwrap_or(METHODS.len() - 1)
}

/// The label at that place.
pub(crate) fn method_label(idx: usize) -> &'static str {
    METHODS.get(idx).copied().unwrap_or("other")
}

/// Handles for every path and method, each made when it is first needed, so that there are no series of zeroes.
pub(crate) struct RequestMeters {
    telemetry: Telemetry,
    /// The last one is of requests that match none.
    paths: Vec<PathMeters>,
}

struct PathMeters {
    name: String,
    by_method: [OnceLock<Meters>; METHODS.len()],
}

struct Meters {
    seconds: Histogram,
    by_status: [OnceLock<Counter>; STATUSES.len()],
}

impl RequestMeters {
    pub(super) fn new<'a>(telemetry: Telemetry, paths: impl IntoIterator<Item = &'a str>) -> Self {
        let names = paths.into_iter().chain([UNMATCHED]);
        let paths = names.map(|name| PathMeters { name: name.to_owned(), by_method: Default::default() });
        Self { telemetry, paths: paths.collect() }
    }

    /// Counts an answer on the path of this number, as given to [`Telemetry::requests`].
    pub(crate) fn observe(
        &self,
        path_idx: Option<usize>,
        method_idx: usize,
        status: StatusCode,
        took: Duration,
    ) {
        let known = path_idx.and_then(|idx| self.paths.get(idx)).or(self.paths.last());
        let Some((path, by_method)) = known.and_then(|path| Some((path, path.by_method.get(method_idx)?)))
        else {
            return;
        };
        let method = method_label(method_idx);
        let meters = by_method.get_or_init(|| self.telemetry.record(|| Meters::new(&path.name, method)));
        meters.seconds.record(took);
        let status = status.as_u16();
        let count = || self.telemetry.record(|| answers(&path.name, method, status));
        match STATUSES.iter().position(|known| *known == status).and_then(|idx| meters.by_status.get(idx)) {
            Some(counter) => counter.get_or_init(count).increment(1),
            None => count().increment(1),
        }
    }
}

impl Meters {
    fn new(path: &str, method: &'static str) -> Self {
        let seconds = histogram!(SECONDS, "path" => path.to_owned(), "method" => method);
        Self { seconds, by_status: Default::default() }
    }
}

fn answers(path: &str, method: &'static str, status: u16) -> Counter {
    counter!(REQUESTS, "path" => path.to_owned(), "method" => method, "status" => status.to_string())
}

/// The gauge of requests being answered.
pub(crate) struct InFlight(Gauge);

impl InFlight {
    pub(super) fn new() -> Self {
        let gauge = gauge!(IN_FLIGHT);
        gauge.set(0);
        Self(gauge)
    }

    pub(crate) fn begin(&self) {
        self.0.increment(1);
    }

    pub(crate) fn end(&self) {
        self.0.decrement(1);
    }
}
