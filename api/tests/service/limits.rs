use std::{num::NonZeroU32, time::Duration};

use api::{
    app::Options,
    auth::{Key, Tokens, Trust, Verifier},
    edge::{Limits, Rate},
};
use store::{ConnectOptions, Store};
use store_testing::{Sample, TestDatabase};
use tokio::{io::AsyncWriteExt, net::TcpStream, time::timeout};

use crate::client::{PATIENCE, Service, ask, ask_with_body, options, published};
use crate::tokens::{SECRET, bearer};

/// The longest body, in bytes.
const LONGEST: usize = 64 * 1024;

/// One request a second after the first `burst`.
pub(crate) fn rate(burst: u32) -> Limits {
    let per_second = NonZeroU32::new(1).unwrap();
    Limits { rate: Some(Rate { per_second, burst: NonZeroU32::new(burst).unwrap() }), ..options().limits }
}

pub(crate) async fn limited(limits: Limits) -> (TestDatabase, Service) {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    Sample::default().publish(&store, "run-1").await;
    let service = Service::with(store, Options { limits, ..options() }).await.ready().await;
    (database, service)
}

#[tokio::test]
async fn a_client_beyond_its_rate_is_429_and_told_when_to_come_back() {
    let (_database, service) = limited(rate(2)).await;
    for _ in 0..2 {
        assert_eq!(service.get("/reco/1").await.status, 200);
    }
    let answer = service.get("/reco/1").await;
    assert_eq!((answer.status, answer.headers["retry-after"].as_str()), (429, "1"));
    assert_eq!(answer.detail(), "too many requests from this address; try again in 1 s");
    assert!(answer.headers.contains_key("x-request-id") && answer.headers.contains_key("x-frame-options"));
}

#[tokio::test]
async fn monitors_are_not_limited() {
    let (_database, service) = limited(rate(1)).await;
    assert_eq!(service.get("/reco/1").await.status, 200);
    for path in ["/health", "/metrics", "/health", "/metrics"] {
        assert_eq!(service.get(path).await.status, 200, "{path}");
    }
    assert_eq!(service.get("/reco/1").await.status, 429);
    let metrics = service.get("/metrics").await;
    let refused = r#"cinelake_api_requests_total{path="/reco/{user_id}",method="GET",status="429"} 1"#;
    assert!(metrics.text().contains(refused), "{}", metrics.text());
}

#[tokio::test]
async fn a_client_has_its_quota_back_after_a_while() {
    let second = NonZeroU32::new(20).unwrap();
    let rate = Some(Rate { per_second: second, burst: NonZeroU32::MIN });
    let (_database, service) = limited(Limits { rate, ..options().limits }).await;
    let back = async { while service.get("/").await.status == 429 {} };
    assert_eq!(service.get("/").await.status, 200);
    timeout(Duration::from_secs(5), back).await.unwrap();
}

#[tokio::test]
async fn nobody_gets_a_new_quota_by_inventing_addresses() {
    let (_database, service) = limited(rate(1)).await;
    assert_eq!(service.ask("GET", "/", &[("x-forwarded-for", "192.0.2.1")]).await.status, 200);
    assert_eq!(service.ask("GET", "/", &[("x-forwarded-for", "192.0.2.2")]).await.status, 429);
}

#[tokio::test]
async fn clients_behind_a_trusted_proxy_have_a_quota_each() {
    let trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let (_database, service) = limited(Limits { trusted_proxies, ..rate(1) }).await;
    let ask = async |forwarded| service.ask("GET", "/", &[("x-forwarded-for", forwarded)]).await.status;
    assert_eq!(ask("192.0.2.1").await, 200);
    assert_eq!(ask("192.0.2.2").await, 200);
    assert_eq!(ask("192.0.2.2").await, 429);
    assert_eq!(ask("8.8.8.8, 192.0.2.1").await, 429);
    assert_eq!(ask("2001:db8::1").await, 200);
    assert_eq!(ask("2001:db8::2").await, 429);
    assert_eq!(ask("2001:db8:0:1::1").await, 200);
}

#[tokio::test]
async fn a_token_has_one_quota_wherever_it_comes_from() {
    let trusted_proxies = vec!["127.0.0.1".parse::<std::net::IpAddr>().unwrap().into()];
    let key = Key::Secret(SECRET.to_owned().into());
    let tokens = Tokens { verifier: Some(Verifier::new(&key, &Trust::default())), required: false };
    let limits = Limits { trusted_proxies, ..rate(1) };
    let database = TestDatabase::migrated().await;
    let service = Service::with(database.connect().await, Options { limits, tokens, ..options() }).await;
    let ask = async |address, subject| {
        let token = bearer(subject, "read");
        service.ask("GET", "/", &[("x-forwarded-for", address), ("authorization", &token)]).await
    };
    assert_eq!(ask("192.0.2.1", "team").await.status, 200);
    assert_eq!(ask("192.0.2.2", "other team").await.status, 200);
    let answer = ask("192.0.2.3", "team").await;
    assert_eq!((answer.status, answer.headers["retry-after"].as_str()), (429, "1"));
    assert_eq!(answer.detail(), "too many requests with this token; try again in 1 s");
}

#[tokio::test]
async fn a_long_body_is_413_however_it_is_sent() {
    let (_database, service) = published().await;
    let mut chunk = format!("{:x}\r\n", LONGEST + 1).into_bytes();
    chunk.resize(chunk.len() + LONGEST + 1, b' ');
    chunk.extend(b"\r\n0\r\n\r\n");
    let chunked = [("transfer-encoding", "chunked")];
    let answer = ask_with_body(service.address, "POST", "/reco/1", &chunked, &chunk).await;
    assert_eq!((answer.status, answer.detail().as_str()), (413, "the body is longer than 64 KiB"));
    let length = (LONGEST + 1).to_string();
    let answer = service.ask("POST", "/reco/1", &[("content-length", &length)]).await;
    assert_eq!((answer.status, answer.detail().as_str()), (413, "the body is longer than 64 KiB"));
}

#[tokio::test]
async fn the_longest_body_is_received() {
    let (_database, service) = published().await;
    let body = vec![b' '; LONGEST];
    let length = [("content-length", &*LONGEST.to_string())];
    // Nothing takes a body there; it is the method that is refused.
    assert_eq!(ask_with_body(service.address, "POST", "/reco/1", &length, &body).await.status, 405);
}

#[tokio::test]
async fn a_body_that_never_comes_is_given_up() {
    let database = TestDatabase::migrated().await;
    let options = Options { request_timeout: Duration::from_millis(200), ..options() };
    let service = Service::with(database.connect().await, options).await;
    let answer = service.ask("POST", "/reco/1", &[("content-length", "10")]).await;
    assert_eq!((answer.status, answer.headers["retry-after"].as_str()), (503, "2"));
}

#[tokio::test]
async fn a_busy_service_says_so_at_once_and_still_answers_monitors() {
    let (database, service) = limited(Limits { max_in_flight: 1, ..options().limits }).await;
    let mut session = database.session().await;
    session.execute("BEGIN; LOCK TABLE recommendations IN ACCESS EXCLUSIVE MODE").await;
    let address = service.address;
    let running = tokio::spawn(async move { ask(address, "GET", "/reco/1", &[]).await });
    session.wait_for_blocked().await;

    let answer = service.get("/").await;
    assert_eq!((answer.status, answer.headers["retry-after"].as_str()), (503, "1"));
    assert_eq!(answer.detail(), "the service is busy; try again in a second");
    assert_eq!(service.get("/health").await.status, 200);
    assert!(service.get("/metrics").await.text().contains("\ncinelake_api_requests_in_flight 1\n"));

    session.execute("ROLLBACK").await;
    assert_eq!(running.await.unwrap().status, 200);
    assert_eq!(service.get("/").await.status, 200);
    assert!(service.get("/metrics").await.text().contains("\ncinelake_api_requests_in_flight 0\n"));
}

#[tokio::test]
async fn a_caller_who_hangs_up_leaves_room_for_the_next() {
    let database = TestDatabase::migrated().await;
    Sample::default().publish(&database.connect().await, "run-1").await;
    // Nothing but the caller may end the request.
    let connect = ConnectOptions { statement_timeout: 10 * PATIENCE, ..database.options() };
    let limits = Limits { max_in_flight: 1, ..options().limits };
    let options = Options { limits, request_timeout: 10 * PATIENCE, ..options() };
    let service = Service::with(Store::connect(&connect).await.unwrap(), options).await.ready().await;
    let mut session = database.session().await;
    session.execute("BEGIN; LOCK TABLE recommendations IN ACCESS EXCLUSIVE MODE").await;
    let mut stream = TcpStream::connect(service.address).await.unwrap();
    stream.write_all(b"GET /reco/1 HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
    session.wait_for_blocked().await;
    assert_eq!(service.get("/").await.status, 503);
    drop(stream);
    service.until("/", |answer| answer.status == 200).await;
    session.execute("ROLLBACK").await;
}
