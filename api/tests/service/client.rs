//! A service on a port of its own, and just enough of an HTTP client to see every byte of its answers.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use api::{app::Options, auth::Tokens, edge::Limits, server, serving::ServingOptions, site::Site};
use serde_json::Value;
use store::{ConnectOptions, Store};
use store_testing::TestDatabase;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::{sleep, timeout},
};

/// The only origin the services of these tests know.
pub(crate) const ORIGIN: &str = "http://localhost:5173";

/// So long that a busy machine fails no test.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// So short that a test can wait for it to run out.
pub(crate) const IMPATIENCE: Duration = Duration::from_millis(500);

/// Between two questions after the same thing.
const PAUSE: Duration = Duration::from_millis(5);

pub(crate) fn options() -> Options {
    Options {
        request_timeout: 2 * PATIENCE,
        cors_origins: vec![ORIGIN.to_owned()],
        tokens: Tokens::default(),
        limits: Limits { rate: None, trusted_proxies: Vec::new(), max_in_flight: 512 },
        serving: ServingOptions { patience: PATIENCE, ..ServingOptions::default() },
        site: Site::default(),
    }
}

/// With a pool of three.
pub(crate) fn pool(url: String, patience: Duration) -> Store {
    let connect =
        ConnectOptions { max_connections: 3, acquire_timeout: patience, ..ConnectOptions::new(url) };
    Store::connect_lazily(&connect).unwrap()
}

/// A running service. It stops when it goes out of scope.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<anyhow::Result<()>>,
}

impl Service {
    pub(crate) async fn on(url: String) -> Self {
        Self::with(pool(url, PATIENCE), options()).await
    }

    /// With little patience, for databases that do not answer.
    pub(crate) async fn impatient(url: String, options: Options) -> Self {
        let serving = ServingOptions { patience: IMPATIENCE, ..options.serving };
        Self::with(pool(url, IMPATIENCE), Options { serving, ..options }).await
    }

    pub(crate) async fn with(store: Store, options: Options) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(async move {
            server::serve(listener, store, &options, async { stopped.await.unwrap_or(()) }).await
        });
        Self { address, stop: Some(stop), running }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[]).await
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        ask(self.address, method, path, headers).await
    }

    /// The same with a body of JSON.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let body = body.to_string();
        let length = body.len().to_string();
        let own = [("content-type", "application/json"), ("content-length", &*length)];
        ask_with_body(self.address, method, path, &[headers, &own].concat(), body.as_bytes()).await
    }

    /// Asks until the answer is as wanted.
    pub(crate) async fn until(&self, path: &str, wanted: impl Fn(&Answer) -> bool) -> Answer {
        let mut last = None;
        let asking = async {
            loop {
                let answer = self.get(path).await;
                if wanted(&answer) {
                    return answer;
                }
                last = Some((answer.status, answer.text().to_owned()));
                sleep(PAUSE).await;
            }
        };
        let answer = timeout(PATIENCE, asking).await;
        answer.unwrap_or_else(|_| panic!("{path} is not answered as wanted, at last {last:?}"))
    }

    /// Returns once it can answer.
    pub(crate) async fn ready(self) -> Self {
        self.until("/health/ready", |answer| answer.status == 200).await;
        self
    }

    /// Asks it to stop and waits until it did.
    pub(crate) async fn stop(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        self.running.await.unwrap().unwrap();
    }
}

/// The sample published, and a service on it. The database is dropped with the pair.
pub(crate) async fn published() -> (TestDatabase, Service) {
    let database = TestDatabase::migrated().await;
    store_testing::Sample::default().publish(&database.connect().await, "run-1").await;
    let service = Service::on(database.url_of_api().await).await.ready().await;
    (database, service)
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The explanation of an error, after checking that it has the documented form.
    pub(crate) fn detail(&self) -> String {
        assert!(self.headers["content-type"].starts_with("application/json"), "{:?}", self.headers);
        self.json()["detail"].as_str().unwrap().to_owned()
    }
}

/// One request on a connection of its own.
pub(crate) async fn ask(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    ask_with_body(address, method, path, headers, b"").await
}

/// The same with the bytes of a body, whose length or coding must stand in the headers.
pub(crate) async fn ask_with_body(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n");
    for (name, value) in headers {
        request.extend([name, ": ", value, "\r\n"]);
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        let all = headers.entry(name.to_lowercase()).or_default();
        *all = if all.is_empty() { value.to_owned() } else { format!("{all}, {value}") };
    }
    let body = &bytes[end + 4..];
    let chunked = headers.get("transfer-encoding").is_some_and(|encoding| encoding == "chunked");
    Answer { status, headers, body: if chunked { unchunked(body) } else { body.to_vec() } }
}

fn unchunked(mut bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = bytes.windows(2).position(|window| window == b"\r\n").unwrap();
        let size = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&bytes[end + 2..end + 2 + size]);
        bytes = &bytes[end + 2 + size + 2..];
    }
}
