//! Pushes a task's figures to a Prometheus Pushgateway, grouped by task.
//!
//! A gateway that is down costs a warning, never the run.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use metrics_exporter_prometheus::PrometheusBuilder;

use crate::gauges::{self, Gauge};
use crate::http::http_client;
use crate::{CommonArgs, Outcome, Report};

/// How long a gateway may take to answer.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);

/// The label of a failure, which has no report.
const FAILED: &str = "failed";

/// Where the figures of a task go.
#[derive(Debug, Clone)]
pub(crate) struct Pusher {
    task: &'static str,
    gateway: String,
    /// The folder of the lake.
    lake: String,
    started: Instant,
}

impl Pusher {
    /// `None` when no gateway was named. An empty variable is how compose files and shells say "none".
    pub(crate) fn new(task: &'static str, common: &CommonArgs, started: Instant) -> Option<Self> {
        let gateway = common.pushgateway.as_deref().filter(|gateway| !gateway.is_empty())?;
        let lake = common.lake.strip_prefix("file://").unwrap_or(&common.lake);
        Some(Self { task, gateway: gateway.to_owned(), lake: lake.to_owned(), started })
    }

    /// Pushes the figures of a task that ends now; no report means that it failed.
    ///
    /// POST replaces the figures of the same name in the group, so those of the last success survive a failed run.
    pub(crate) fn push(&self, report: Option<&Report>, timeout: Duration) {
        if let Err(error) = self.post(&self.render(report), timeout) {
            let (gateway, error) = (&self.gateway, format!("{error:#}"));
            tracing::warn!(gateway, error, "metrics were not pushed; the run goes on");
        }
    }

    /// For places where no runtime runs: at the end of the process, and in the thread that waits for signals.
    fn post(&self, text: &str, timeout: Duration) -> anyhow::Result<()> {
        let address =
            format!("{}/metrics/job/cinelake/task/{}", self.gateway.trim_end_matches('/'), self.task);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let answer = runtime.block_on(async {
            let request = http_client().timeout(timeout).build()?.post(&address).body(text.to_owned());
            request.send().await?.error_for_status()
        });
        // Looking up a name cannot be interrupted, and must not outlast the timeout.
        runtime.shutdown_background();
        answer.map_err(reqwest::Error::without_url).with_context(|| format!("cannot post to {address}"))?;
        Ok(())
    }

    fn render(&self, report: Option<&Report>) -> String {
        let recorder = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            gauges::ALL.iter().for_each(Gauge::describe);
            self.record_attempt(report.map(|report| report.outcome));
            if let Some(report) = report {
                record_report(report);
            }
        });
        recorder.handle().render()
    }

    /// What every attempt has, however it ended.
    fn record_attempt(&self, outcome: Option<Outcome>) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
        set(gauges::DURATION, self.started.elapsed().as_secs_f64());
        set(gauges::LAST_RUN, now);
        if let Some(bytes) = peak_memory_bytes() {
            set(gauges::PEAK_MEMORY, float(bytes));
        }
        // Where there is no lake yet there is no file system of it.
        if let Ok(lake) = rustix::fs::statvfs(self.lake.as_str()) {
            set(gauges::LAKE_SIZE, float(lake.f_blocks * lake.f_frsize));
            set(gauges::LAKE_AVAIL, float(lake.f_bavail * lake.f_frsize));
        }
        let ended = outcome.map_or(FAILED, Outcome::code);
        for known in Outcome::ALL.map(Outcome::code).into_iter().chain([FAILED]) {
            set_of(gauges::OUTCOME, &[("outcome", known)], f64::from(u8::from(known == ended)));
        }
        if outcome.is_some_and(Outcome::is_success) {
            set(gauges::LAST_SUCCESS, now);
        }
        if outcome == Some(Outcome::Skipped) {
            set(gauges::LAST_SKIP, now);
        }
    }
}

fn record_report(report: &Report) {
    for figure in &report.gauges {
        metrics::gauge!(figure.gauge.name, &figure.labels).set(figure.value);
    }
    if !report.outcome.is_success() {
        return;
    }
    for written in &report.tables {
        let labels = [("table", written.table)];
        set_of(gauges::ROWS, &labels, float(written.rows));
        set_of(gauges::TABLE_FILES, &labels, float(written.size.files));
        set_of(gauges::TABLE_SIZE, &labels, float(written.size.bytes));
    }
}

fn set(gauge: Gauge, value: f64) {
    set_of(gauge, &[], value);
}

fn set_of(gauge: Gauge, labels: &[(&'static str, &'static str)], value: f64) {
    metrics::gauge!(gauge.name, labels).set(value);
}

#[allow(clippy::cast_precision_loss, reason = "row counts and bytes are far below 2^52")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

/// The most memory this process has held, where the system tells (Linux).
pub(crate) fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests;
