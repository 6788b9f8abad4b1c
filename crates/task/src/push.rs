//! Pushes a task's figures to a Prometheus Pushgateway, grouped by task.
//!
//! A gateway that is down costs a warning, never the run.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use metrics_exporter_prometheus::PrometheusBuilder;

use crate::Report;

const TIMEOUT: Duration = Duration::from_secs(5);

/// Pushes the figures of a run that ended after `seconds`; no report means that it failed.
///
/// POST replaces the figures of the same name in the group, so the time of the last success survives a
/// failed run.
pub(crate) fn push(gateway: &str, task: &'static str, report: Option<&Report>, seconds: f64) {
    let text = render(report, seconds);
    if let Err(error) = post(gateway, task, &text) {
        tracing::warn!(gateway, error = format!("{error:#}"), "metrics were not pushed; the run goes on");
    }
}

fn post(gateway: &str, task: &str, text: &str) -> anyhow::Result<()> {
    let agent: ureq::Agent = ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).build().into();
    let address = format!("{}/metrics/job/cinelake/task/{task}", gateway.trim_end_matches('/'));
    agent.post(&address).send(text).with_context(|| format!("cannot post to {address}"))?;
    Ok(())
}

fn render(report: Option<&Report>, seconds: f64) -> String {
    let recorder = PrometheusBuilder::new().build_recorder();
    metrics::with_local_recorder(&recorder, || record(report, seconds));
    recorder.handle().render()
}

#[allow(clippy::cast_precision_loss, reason = "row counts and bytes are far below 2^52")]
fn record(report: Option<&Report>, seconds: f64) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
    metrics::gauge!("cinelake_task_duration_seconds").set(seconds);
    metrics::gauge!("cinelake_task_last_run_timestamp_seconds").set(now);
    if let Some(bytes) = peak_memory_bytes() {
        metrics::gauge!("cinelake_task_peak_memory_bytes").set(bytes as f64);
    }
    let Some(report) = report else { return };
    metrics::gauge!("cinelake_task_last_success_timestamp_seconds").set(now);
    for (table, rows) in report.rows() {
        metrics::gauge!("cinelake_task_rows", "table" => table).set(rows as f64);
    }
}

/// The most memory this process has held, where the system tells (Linux).
pub(crate) fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn the_figures_arrive_at_the_gateway_grouped_by_task() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let gateway = format!("http://{}/", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = String::new();
            let mut buffer = [0; 4096];
            while !request.contains("cinelake_task_duration_seconds 2") {
                let read = stream.read(&mut buffer).unwrap();
                assert!(read > 0, "the request ended early: {request}");
                request.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
            request
        });
        push(&gateway, "clean", None, 2.0);
        let request = server.join().unwrap();
        assert!(request.starts_with("POST /metrics/job/cinelake/task/clean HTTP/1.1"), "{request}");
    }

    #[test]
    fn a_gateway_that_is_down_is_an_error_that_names_it() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let gateway = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let error = post(&gateway, "clean", "").unwrap_err();
        assert!(error.to_string().contains(&gateway), "{error:#}");
    }

    #[test]
    fn only_a_success_moves_the_time_of_the_last_success() {
        let mut report = Report::new();
        report.table("silver/ratings", 1, 7, false);
        let success = render(Some(&report), 1.5);
        assert!(success.contains("cinelake_task_last_success_timestamp_seconds"), "{success}");
        assert!(success.contains("cinelake_task_rows{table=\"silver/ratings\"} 7"), "{success}");
        let failure = render(None, 1.5);
        assert!(!failure.contains("last_success"), "{failure}");
        assert!(failure.contains("cinelake_task_duration_seconds 1.5"), "{failure}");
    }
}
