//! `api health`, against the service as a process.

use std::{
    net::{SocketAddr, TcpListener},
    time::{Duration, Instant},
};

use store_testing::{Sample, TestDatabase};
use tokio::process::Command;

use crate::process::{api, finished, started};

fn health(listen: SocketAddr) -> Command {
    let mut command = api();
    command.arg("health").env("API_LISTEN", listen.to_string());
    command
}

/// Its exit code and the one line that it says if that is not 0.
async fn asked(command: &mut Command) -> (i32, String) {
    let (output, error) = finished(command).await;
    let code = output.status.code().unwrap();
    assert!(output.stdout.is_empty(), "{output:?}");
    assert_eq!(error.lines().count(), usize::from(code != 0), "{error}");
    (code, error)
}

#[tokio::test]
async fn a_running_service_is_healthy_and_a_stopped_one_is_not() {
    let database = TestDatabase::migrated().await;
    let (mut child, address, _log) = started(&mut api(), &database).await;
    assert_eq!(asked(&mut health(address)).await.0, 0);
    // Of no matter for the loopback.
    let mut behind_a_proxy = health(address);
    behind_a_proxy.env("HTTP_PROXY", "http://127.0.0.1:9").env("http_proxy", "http://127.0.0.1:9");
    assert_eq!(asked(&mut behind_a_proxy).await.0, 0);
    let mut by_flag = health(SocketAddr::from(([127, 0, 0, 1], 9)));
    by_flag.args(["--listen", &address.to_string()]);
    assert_eq!(asked(&mut by_flag).await.0, 0);

    child.kill().await.unwrap();
    let (code, error) = asked(&mut health(address)).await;
    assert_eq!(code, 1);
    assert!(
        error.contains(&format!("http://{address}/health/live")) && error.contains("API_LISTEN"),
        "{error}"
    );
}

#[tokio::test]
async fn every_address_stands_for_the_loopback() {
    let database = TestDatabase::migrated().await;
    let (_child, address, _log) = started(&mut api(), &database).await;
    let everywhere = SocketAddr::from(([0, 0, 0, 0], address.port()));
    assert_eq!(asked(&mut health(everywhere)).await.0, 0);
}

#[tokio::test]
async fn it_is_ready_once_a_model_is_live() {
    let database = TestDatabase::migrated().await;
    let (_child, address, _log) = started(&mut api(), &database).await;
    let (code, error) = asked(health(address).arg("--ready")).await;
    assert_eq!(code, 1);
    assert!(error.contains("/health/ready answers 503: no model is in memory"), "{error}");
    assert_eq!(asked(&mut health(address)).await.0, 0, "it is alive, though");

    Sample::default().publish(&database.connect().await, "run-1").await;
    let ready = async { while asked(health(address).arg("--ready")).await.0 != 0 {} };
    tokio::time::timeout(Duration::from_secs(20), ready).await.unwrap();
}

#[tokio::test]
async fn a_silent_service_is_given_up_after_three_seconds() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let begun = Instant::now();
    let (code, error) = asked(&mut health(silent.local_addr().unwrap())).await;
    assert_eq!(code, 1, "{error}");
    assert!((3.0..6.0).contains(&begun.elapsed().as_secs_f64()), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn wrong_usage_is_exit_code_2() {
    let (output, _) = finished(api().arg("health").env("API_LISTEN", "nowhere")).await;
    assert_eq!(output.status.code(), Some(2));
}
