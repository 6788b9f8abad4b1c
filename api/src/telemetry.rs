//! What the service counts.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
    with_local_recorder,
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use store::{LiveVersion, PoolState};

const REQUESTS: &str = "cinelake_http_requests_total";
const SECONDS: &str = "cinelake_http_request_duration_seconds";
const DATABASE_UP: &str = "cinelake_database_up";
const POOL: &str = "cinelake_database_pool_connections";
const POOL_MAX: &str = "cinelake_database_pool_max_connections";
const MODEL_VERSION: &str = "cinelake_live_model_version";
const MODEL_PUBLISHED: &str = "cinelake_live_model_published_timestamp_seconds";
const BUILD: &str = "cinelake_build_info";

/// From half a millisecond, a warm lookup, to the request timeout.
const BUCKETS: [f64; 13] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// The metrics of one service. Cheap to clone.
#[derive(Clone)]
pub struct Telemetry {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
}

impl std::fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Telemetry").finish_non_exhaustive()
    }
}

impl Telemetry {
    /// No series yet but the build's.
    ///
    /// # Errors
    /// Never in practice: only if the buckets were empty.
    pub fn new() -> anyhow::Result<Self> {
        let builder = PrometheusBuilder::new().set_buckets(&BUCKETS).context("cannot set the buckets")?;
        let recorder = Arc::new(builder.build_recorder());
        let handle = recorder.handle();
        let telemetry = Self { recorder, handle };
        telemetry.describe();
        Ok(telemetry)
    }

    fn describe(&self) {
        with_local_recorder(&*self.recorder, || {
            describe_counter!(REQUESTS, "requests answered, by path pattern, method and status");
            describe_histogram!(SECONDS, Unit::Seconds, "time to answer a request");
            describe_gauge!(DATABASE_UP, "whether the database answered this scrape");
            describe_gauge!(POOL, "open connections to the database, by state");
            describe_gauge!(POOL_MAX, "most connections to the database");
            describe_gauge!(MODEL_VERSION, "the number of the live model, 0 before the first publish");
            describe_gauge!(MODEL_PUBLISHED, Unit::Seconds, "when the live model first went live");
            describe_gauge!(BUILD, "the release of the service");
            gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1);
        });
    }

    /// Counts an answer. The labels come from small fixed sets, so a caller cannot make new series.
    pub(crate) fn observe_answer(&self, path: &str, method: &'static str, status: u16, took: Duration) {
        let labels =
            [("path", path.to_owned()), ("method", method.to_owned()), ("status", status.to_string())];
        with_local_recorder(&*self.recorder, || {
            counter!(REQUESTS, &labels).increment(1);
            histogram!(SECONDS, &labels).record(took);
        });
    }

    /// Notes whether the database answered.
    pub(crate) fn observe_database(&self, is_up: bool) {
        with_local_recorder(&*self.recorder, || gauge!(DATABASE_UP).set(u8::from(is_up)));
    }

    /// Notes the live model, if there is one.
    pub(crate) fn observe_model(&self, live: Option<&LiveVersion>) {
        with_local_recorder(&*self.recorder, || {
            gauge!(MODEL_VERSION).set(live.map_or(0.0, |live| number(live.version)));
            if let Some(live) = live {
                gauge!(MODEL_PUBLISHED).set(number(live.published_at.timestamp()));
            }
        });
    }

    /// Notes the state of the pool.
    pub(crate) fn observe_pool(&self, pool: PoolState) {
        let idle = u32::try_from(pool.idle).unwrap_or(pool.open).min(pool.open);
        with_local_recorder(&*self.recorder, || {
            gauge!(POOL, "state" => "idle").set(idle);
            gauge!(POOL, "state" => "used").set(pool.open - idle);
            gauge!(POOL_MAX).set(pool.max);
        });
    }

    /// The text for Prometheus.
    #[must_use]
    pub fn render(&self) -> String {
        self.handle.render()
    }

    /// Folds recorded samples into their histograms. Without a call now and then, a service that nobody scrapes
    /// would keep every sample.
    pub fn tidy(&self) {
        self.handle.run_upkeep();
    }
}

/// Exact up to 2^53, far above any version or time.
#[allow(clippy::cast_precision_loss, reason = "gauges are f64")]
fn number(value: i64) -> f64 {
    value as f64
}
