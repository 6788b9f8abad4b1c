use std::io::{Read, Write};
use std::net::TcpListener;

use super::*;
use lakehouse::{Committed, Size};

use crate::GateClosed;

fn pusher(gateway: &str) -> Pusher {
    let folder = std::env::temp_dir();
    let lake = folder.to_str().unwrap().to_owned();
    Pusher { task: "clean", gateway: gateway.to_owned(), lake, started: Instant::now() }
}

fn ratings(rows: u64) -> Committed {
    Committed {
        table: "silver/ratings",
        version: 1,
        rows,
        size: Size { rows, files: 2, bytes: 300 },
        already: false,
    }
}

fn render(report: Option<&Report>) -> String {
    pusher("").render(report)
}

/// The lines of one metric, without its description.
fn series<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let of_name = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']));
    text.lines().filter(of_name).collect()
}

#[test]
fn the_figures_arrive_at_the_gateway_grouped_by_task() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let gateway = format!("http://{}/", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = String::new();
        let mut buffer = [0; 4096];
        while !request.contains("cinelake_task_duration_seconds 0") {
            let read = stream.read(&mut buffer).unwrap();
            assert!(read > 0, "the request ended early: {request}");
            request.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        request
    });
    pusher(&gateway).push(None, TIMEOUT);
    let request = server.join().unwrap();
    assert!(request.starts_with("POST /metrics/job/cinelake/task/clean HTTP/1.1"), "{request}");
}

#[test]
fn a_gateway_that_is_down_is_an_error_that_names_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let gateway = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = pusher(&gateway).post("", TIMEOUT).unwrap_err();
    assert!(error.to_string().contains(&gateway), "{error:#}");
}

#[test]
fn a_gateway_that_does_not_answer_costs_no_more_than_the_timeout() {
    // Connections are accepted by the system and answered by nobody.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let gateway = format!("http://{}", listener.local_addr().unwrap());
    let (started, timeout) = (Instant::now(), Duration::from_millis(200));
    let error = pusher(&gateway).post("", timeout).unwrap_err();
    assert!(error.to_string().contains(&gateway), "{error:#}");
    assert!(started.elapsed() >= timeout && started.elapsed() < TIMEOUT, "{:?}", started.elapsed());
}

#[test]
fn every_figure_has_a_type_and_a_meaning() {
    let mut report = Report::skipped("one");
    for gauge in gauges::ALL {
        report.gauge(gauge, &[], 1.0);
    }
    let text = render(Some(&report));
    for Gauge { name, .. } in gauges::ALL {
        assert!(text.contains(&format!("# HELP {name} ")), "{name}: {text}");
        assert!(text.contains(&format!("# TYPE {name} gauge\n")), "{name}: {text}");
    }
}

#[test]
fn of_the_five_outcomes_one_is_set() {
    for (report, expected) in [
        (Some(Report::new()), "done"),
        (Some(Report::skipped("one")), "skipped"),
        (Some(GateClosed::new("too bad", Report::new()).report()), "gate_closed"),
        (None, "failed"),
    ] {
        let text = render(report.as_ref());
        let mut set = 0;
        for outcome in ["done", "already_done", "skipped", "gate_closed", "failed"] {
            let value = u8::from(outcome == expected);
            let line = format!("cinelake_task_outcome{{outcome=\"{outcome}\"}} {value}");
            set += usize::from(text.lines().any(|found| found == line));
        }
        assert_eq!(set, 5, "{expected}: {text}");
    }
}

#[test]
fn only_a_success_moves_the_time_of_the_last_success_and_the_sizes_of_tables() {
    let mut report = Report::new();
    report.table(ratings(7));
    let success = render(Some(&report));
    assert_eq!(series(&success, "cinelake_task_last_success_timestamp_seconds").len(), 1, "{success}");
    for line in [
        "cinelake_task_rows{table=\"silver/ratings\"} 7",
        "cinelake_table_files{table=\"silver/ratings\"} 2",
        "cinelake_table_size_bytes{table=\"silver/ratings\"} 300",
    ] {
        assert!(success.lines().any(|found| found == line), "{line}: {success}");
    }
    let refused = GateClosed::new("too bad", report).report();
    for unsuccessful in [render(None), render(Some(&refused))] {
        for name in
            ["cinelake_task_last_success_timestamp_seconds", "cinelake_task_rows", "cinelake_table_files"]
        {
            assert_eq!(series(&unsuccessful, name), [""; 0], "{unsuccessful}");
        }
        for name in ["cinelake_task_duration_seconds", "cinelake_task_last_run_timestamp_seconds"] {
            assert_eq!(series(&unsuccessful, name).len(), 1, "{unsuccessful}");
        }
    }
}

#[test]
fn only_a_skip_moves_the_time_of_the_last_skip() {
    let name = "cinelake_task_last_skip_timestamp_seconds";
    assert_eq!(series(&render(Some(&Report::skipped("one"))), name).len(), 1);
    assert_eq!(series(&render(Some(&Report::new())), name).len(), 0);
}

#[test]
fn a_closed_gate_pushes_what_the_task_measured() {
    let mut report = Report::new();
    report.gauge(gauges::GATE_OPEN, &[], 0.0);
    report.gauge(gauges::MODEL_METRIC, &[("metric", "ndcg"), ("k", "10")], 0.25);
    let text = render(Some(&GateClosed::new("too bad", report).report()));
    assert_eq!(series(&text, "cinelake_gate_open"), ["cinelake_gate_open 0"]);
    assert_eq!(
        series(&text, "cinelake_model_metric"),
        ["cinelake_model_metric{metric=\"ndcg\",k=\"10\"} 0.25"]
    );
}

#[test]
fn the_file_system_of_the_lake_is_measured_where_there_is_one() {
    let size = |text: &str| {
        let series = series(text, "cinelake_lake_filesystem_size_bytes");
        series.first().and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
    };
    assert!(size(&render(None)).unwrap() > 0.0);
    let nowhere = Pusher { lake: "/nowhere/at/all".to_owned(), ..pusher("") };
    assert_eq!(size(&nowhere.render(None)), None);
}
