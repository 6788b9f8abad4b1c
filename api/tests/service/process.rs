use std::{
    fs,
    net::{SocketAddr, TcpListener},
    process::{Output, Stdio},
    time::Duration,
};

use store_testing::TestDatabase;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStderr, Command},
    time::timeout,
};

use crate::client::ask;

pub(crate) fn api() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_api"));
    command.env_remove("RUST_LOG").env_remove("DATABASE_URL").stderr(Stdio::piped()).kill_on_drop(true);
    for name in ["API_JWT_SECRET", "API_JWT_SECRET_FILE", "API_JWT_PUBLIC_KEY_FILE"] {
        command.env_remove(name);
    }
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

/// Its lines of log, as they come.
pub(crate) struct Log(Lines<BufReader<ChildStderr>>);

impl Log {
    pub(crate) async fn next(&mut self) -> serde_json::Value {
        serde_json::from_str(&self.0.next_line().await.unwrap().unwrap()).unwrap()
    }
}

/// A service on a free port, once it listens.
pub(crate) async fn started(command: &mut Command, database: &TestDatabase) -> (Child, SocketAddr, Log) {
    let arguments = ["--listen", "127.0.0.1:0", "--database-url", &database.url_of_api().await];
    let mut child = command.args(arguments).env("LOG_FORMAT", "json").spawn().unwrap();
    let mut log = Log(BufReader::new(child.stderr.take().unwrap()).lines());
    loop {
        if let Some(address) = log.next().await["addr"].as_str() {
            return (child, address.trim_start_matches("socket://").parse().unwrap(), log);
        }
    }
}

/// Starts, answers, and stops at the signal.
async fn stops_at(signal: &str) {
    let database = TestDatabase::migrated().await;
    let (mut child, address, _log) = started(&mut api(), &database).await;
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

#[tokio::test]
async fn every_line_of_a_request_has_its_id() {
    let database = TestDatabase::migrated().await;
    let (_child, address, mut log) = started(api().env("RUST_LOG", "api=debug,poem=info"), &database).await;
    ask(address, "GET", "/reco/1?n=1", &[("x-request-id", "trace-\"7")]).await;
    ask(address, "GET", "/nothing/%22", &[("x-request-id", "trace-7")]).await;
    let named = async {
        loop {
            let line = log.next().await;
            if line["request_id"] == "trace-7" {
                return line;
            }
        }
    };
    let line = timeout(Duration::from_secs(5), named).await.unwrap();
    assert_eq!((&line["level"], &line["message"]), (&"DEBUG".into(), &"answered".into()));
    assert_eq!((&line["method"], &line["path"]), (&"GET".into(), &"/nothing/%22".into()));
    assert_eq!(line["status"], 404);
}

pub(crate) async fn finished(command: &mut Command) -> (Output, String) {
    let output = command.output().await.unwrap();
    let error = String::from_utf8(output.stderr.clone()).unwrap();
    (output, error)
}

const SECRET: &str = "0123456789abcdef0123456789abcdef";

#[tokio::test]
async fn a_minted_token_opens_a_service_with_the_same_secret() {
    let (output, error) =
        finished(api().args(["token", "--scope", "read", "--days", "1"]).env("API_JWT_SECRET", SECRET)).await;
    assert!(output.status.success() && error.is_empty(), "{error}");
    let token = String::from_utf8(output.stdout).unwrap();
    assert_eq!((token.lines().count(), token.matches('.').count()), (1, 2));

    let database = TestDatabase::migrated().await;
    let mut command = api();
    command.envs([("API_JWT_SECRET", SECRET), ("API_REQUIRE_TOKEN", "true")]);
    let (_child, address, _log) = started(&mut command, &database).await;
    assert_eq!(ask(address, "GET", "/nothing", &[]).await.status, 401);
    let token = format!("Bearer {}", token.trim());
    assert_eq!(ask(address, "GET", "/nothing", &[("authorization", &token)]).await.status, 404);
}

#[tokio::test]
async fn a_token_needs_a_secret_and_right_usage() {
    let token = ["token", "--scope", "write"];
    let (output, error) = finished(api().args(token)).await;
    assert_eq!(
        (output.status.code(), output.stdout.len(), error.lines().count()),
        (Some(1), 0, 1),
        "{error}"
    );
    assert!(error.contains("set API_JWT_SECRET"), "{error}");
    let public = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keys/rsa-public.pem");
    let (output, error) = finished(api().args(token).env("API_JWT_PUBLIC_KEY_FILE", public)).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(error.contains("a public key cannot sign"), "{error}");
    for wrong in [&["token"][..], &["token", "--scope", "root"], &["token", "--scope", "read", "--days", "0"]]
    {
        let (output, _) = finished(api().args(wrong).env("API_JWT_SECRET", SECRET)).await;
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
    }
}

#[tokio::test]
async fn an_unfit_key_keeps_the_service_from_starting() {
    let folder = env!("CARGO_TARGET_TMPDIR");
    let file = |name: &str, content: &str| {
        let path = format!("{folder}/{name}");
        fs::write(&path, content).unwrap();
        path
    };
    let short = file("short-secret", "short\n");
    let secret = file("secret", &format!("{SECRET}\n"));
    let private = file("private.pem", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n");
    let other = file("other.pem", "no key at all");
    for (variables, complaint) in [
        (vec![("API_JWT_SECRET", "short")], "the secret of API_JWT_SECRET has 5 bytes and needs at least 32"),
        (vec![("API_JWT_SECRET_FILE", &*short)], "the secret of API_JWT_SECRET_FILE has 5 bytes"),
        (
            vec![("API_JWT_SECRET_FILE", "/nowhere")],
            "cannot read the secret of API_JWT_SECRET_FILE at /nowhere",
        ),
        (vec![("API_JWT_PUBLIC_KEY_FILE", "/nowhere")], "cannot read the key of API_JWT_PUBLIC_KEY_FILE"),
        (vec![("API_JWT_PUBLIC_KEY_FILE", &*private)], "holds a private key"),
        (vec![("API_JWT_PUBLIC_KEY_FILE", &*other)], "holds no RSA public key"),
        (vec![("API_JWT_SECRET", SECRET), ("API_JWT_PUBLIC_KEY_FILE", &*private)], "more than one key"),
        (vec![("API_JWT_SECRET", SECRET), ("API_JWT_SECRET_FILE", &*secret)], "more than one key"),
    ] {
        let database = ["--listen", "127.0.0.1:0", "--database-url", "postgres://x@127.0.0.1/x"];
        let (output, error) = finished(api().args(database).envs(variables)).await;
        assert_eq!((output.status.code(), error.lines().count()), (Some(1), 1), "{error}");
        assert!(error.contains(complaint), "{error}");
        assert!(!error.contains(SECRET), "{error}");
    }
    // A variable that is set to nothing is not set, and a secret may come from a file.
    let file_only = [("API_JWT_SECRET", ""), ("API_JWT_SECRET_FILE", &*secret)];
    let (output, error) = finished(api().args(["token", "--scope", "read"]).envs(file_only)).await;
    assert!(output.status.success(), "{error}");
}

#[tokio::test]
async fn help_does_not_show_secrets() {
    for arguments in [&["--help"][..], &["token", "--help"]] {
        let (output, _) = finished(api().args(arguments).env("API_JWT_SECRET", SECRET)).await;
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(help.contains("API_JWT_SECRET") && !help.contains(SECRET), "{help}");
    }
}
