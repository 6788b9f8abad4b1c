//! What the service counts.
//!
//! Names begin with `cinelake_api_`. The values of labels come from small fixed sets or from the configuration, so that
//! no caller can make new series. What is counted on every request is counted through handles that are looked up once.

mod answers;
mod process;
mod requests;

use std::sync::Arc;

use anyhow::Context;
use metrics::{Unit, describe_gauge, gauge, with_local_recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use store::{LiveVersion, PoolState};

use self::answers::AnswerMeters;
pub(crate) use self::{
    answers::{CacheMeter, Outcome},
    requests::{InFlight, RequestMeters, method_idx, method_label},
};

const DATABASE_UP: &str = "cinelake_api_database_up";
const POOL: &str = "cinelake_api_pool_connections";
const POOL_MAX: &str = "cinelake_api_pool_max_connections";
const MODEL_VERSION: &str = "cinelake_api_live_model_version";
const MODEL_PUBLISHED: &str = "cinelake_api_live_model_published_timestamp_seconds";
const MODEL_AGE: &str = "cinelake_api_live_model_age_seconds";
const BUILD: &str = "cinelake_api_build_info";

/// From a tenth of a millisecond, an answer from memory, to the request timeout.
const BUCKETS: [f64; 15] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// The metrics of one service. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Telemetry {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
    answers: Arc<AnswerMeters>,
}

impl std::fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Telemetry").finish_non_exhaustive()
    }
}

impl Telemetry {
    /// No series yet but the build's.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let builder = PrometheusBuilder::new().set_buckets(&BUCKETS).context("cannot set the buckets")?;
        let recorder = Arc::new(builder.build_recorder());
        let handle = recorder.handle();
        let telemetry = Self { recorder, handle, answers: Arc::default() };
        telemetry.describe();
        telemetry.record(requests::describe);
        telemetry.record(answers::describe);
        Ok(telemetry)
    }

    /// Runs what the macros of `metrics` are used in.
    fn record<T>(&self, work: impl FnOnce() -> T) -> T {
        with_local_recorder(&*self.recorder, work)
    }

    fn describe(&self) {
        self.record(|| {
            describe_gauge!(DATABASE_UP, "whether the database answered this scrape");
            describe_gauge!(POOL, "open connections to the database, by state");
            describe_gauge!(POOL_MAX, "most connections to the database");
            describe_gauge!(MODEL_VERSION, "the number of the live model, 0 before the first publish");
            describe_gauge!(MODEL_PUBLISHED, Unit::Seconds, "when the live model first went live");
            describe_gauge!(MODEL_AGE, Unit::Seconds, "how long ago the live model first went live");
            describe_gauge!(BUILD, "the release of the service");
            gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1);
        });
    }

    /// Handles for the requests on these paths; anything else is counted as one more path, `unmatched`.
    pub(crate) fn requests<'a>(&self, paths: impl IntoIterator<Item = &'a str>) -> RequestMeters {
        RequestMeters::new(self.clone(), paths)
    }

    /// The gauge of requests being answered.
    pub(crate) fn in_flight(&self) -> InFlight {
        self.record(InFlight::new)
    }

    /// Counts what becomes of the look-ups of a cache. To be kept by the cache.
    pub(crate) fn cache(&self, name: &'static str) -> CacheMeter {
        self.record(|| CacheMeter::new(name))
    }

    /// Counts a recommendation by how it was made and for which variant of the running experiment, `""` without one.
    pub(crate) fn count_answer(&self, strategy: &'static str, variant: &str) {
        self.answers.count(self, strategy, variant);
    }

    /// Notes whether the database answered.
    pub(crate) fn observe_database(&self, is_up: bool) {
        self.record(|| gauge!(DATABASE_UP).set(u8::from(is_up)));
    }

    /// Notes the live model, if there is one.
    pub(crate) fn observe_model(&self, live: Option<&LiveVersion>) {
        self.record(|| {
            gauge!(MODEL_VERSION).set(live.map_or(0.0, |live| number(live.version)));
            if let Some(live) = live {
                gauge!(MODEL_PUBLISHED).set(number(live.published_at.timestamp()));
                gauge!(MODEL_AGE).set(live.age().as_secs_f64());
            }
        });
    }

    /// Notes the state of the pool.
    pub(crate) fn observe_pool(&self, pool: PoolState) {
        let idle = u32::try_from(pool.idle).unwrap_or(pool.open).min(pool.open);
        self.record(|| {
            gauge!(POOL, "state" => "idle").set(idle);
            gauge!(POOL, "state" => "used").set(pool.open - idle);
            gauge!(POOL_MAX).set(pool.max);
        });
    }

    /// The text for Prometheus.
    pub(crate) fn render(&self) -> String {
        self.handle.render() + &process::render()
    }

    /// Folds recorded samples into their histograms. Without a call now and then, a service that nobody scrapes
    /// would keep every sample.
    pub(crate) fn tidy(&self) {
        self.handle.run_upkeep();
    }
}

/// Exact up to 2^53, far above any version or time.
#[allow(clippy::cast_precision_loss, reason = "gauges are f64")]
fn number(value: i64) -> f64 {
    value as f64
}
