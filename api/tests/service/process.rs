use std::{net::TcpListener, process::Stdio, time::Duration};

use store::testing::TestDatabase;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    time::timeout,
};

use crate::client::ask;

fn api() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_api"));
    command.env_remove("RUST_LOG").env_remove("DATABASE_URL").stderr(Stdio::piped()).kill_on_drop(true);
    command
}

#[tokio::test]
async fn a_taken_port_is_one_clear_line_and_exit_code_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = api()
        .args(["--listen", &address, "--database-url", "postgres://x@127.0.0.1/x"])
        .output()
        .await
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(error.contains(&format!("port {} is taken", taken.local_addr().unwrap().port())), "{error}");
    assert!(error.contains("--listen"), "{error}");
}

#[tokio::test]
async fn wrong_usage_is_exit_code_2_and_a_bad_database_url_is_1() {
    for arguments in [&["--no-such-flag"][..], &["--listen", "nowhere", "--database-url", "x"], &[]] {
        assert_eq!(api().args(arguments).output().await.unwrap().status.code(), Some(2), "{arguments:?}");
    }
    let arguments = ["--listen", "127.0.0.1:0", "--database-url", "nonsense"];
    let output = api().args(arguments).output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("DATABASE_URL"));
}

#[tokio::test]
async fn the_description_is_printed_without_a_database() {
    let output = api().arg("openapi").output().await.unwrap();
    assert!(output.status.success());
    let spec: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(spec["info"]["title"], "Cinelake");
}

/// Starts on a free port, answers, and stops at the signal.
async fn stops_at(signal: &str) {
    let database = TestDatabase::migrated().await;
    let mut child = api()
        .args(["--listen", "127.0.0.1:0", "--database-url", &database.url()])
        .env("LOG_FORMAT", "json")
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let address = loop {
        let line: serde_json::Value = serde_json::from_str(&log.next_line().await.unwrap().unwrap()).unwrap();
        if let Some(address) = line["addr"].as_str() {
            break address.trim_start_matches("socket://").parse().unwrap();
        }
    };
    assert_eq!(ask(address, "GET", "/", &[]).await.status, 200);
    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args([signal, &pid]).status().await.unwrap().success());
    let status = timeout(Duration::from_secs(5), child.wait()).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn sigterm_ends_it_in_good_order() {
    stops_at("-TERM").await;
}

#[tokio::test]
async fn sigint_ends_it_in_good_order() {
    stops_at("-INT").await;
}
