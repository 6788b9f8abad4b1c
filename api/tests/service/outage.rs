use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use api::{app::Options, serving::ServingOptions};
use serde_json::json;
use store::{ConnectOptions, Store};
use store_testing::{Sample, TestDatabase, TestSession};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

use crate::client::{IMPATIENCE, PATIENCE, Service, ask, options};

/// A cable to the database that can be pulled out.
pub(crate) struct Cable {
    address: SocketAddr,
    server: String,
    carrying: Option<JoinHandle<()>>,
}

impl Cable {
    pub(crate) async fn to(url: &str) -> Self {
        let server = url.split('@').nth(1).unwrap().split('/').next().unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let carrying = Some(tokio::spawn(carry(listener, server.clone())));
        Self { address, server, carrying }
    }

    pub(crate) async fn pull(&mut self) {
        let carrying = self.carrying.take().unwrap();
        carrying.abort();
        assert!(carrying.await.unwrap_err().is_cancelled());
    }

    async fn plug_in(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.carrying = Some(tokio::spawn(carry(listener, self.server.clone())));
    }

    /// The database's URL, through the cable.
    pub(crate) fn url(&self, database: &TestDatabase) -> String {
        database.url().replace(&self.server, &self.address.to_string())
    }
}

async fn carry(listener: TcpListener, server: String) {
    let server = Arc::new(server);
    // Aborted with this task, and with it every connection.
    let mut connections = JoinSet::new();
    while let Ok((mut near, _)) = listener.accept().await {
        let server = server.clone();
        connections.spawn(async move {
            let mut far = TcpStream::connect(server.as_str()).await.unwrap();
            let _ = copy_bidirectional(&mut near, &mut far).await;
        });
    }
}

#[tokio::test]
async fn the_service_outlives_its_database_and_recovers_with_it() {
    let database = TestDatabase::migrated().await;
    Sample::default().publish(&database.connect().await, "run-1").await;
    let mut cable = Cable::to(&database.url()).await;
    let service = Service::impatient(cable.url(&database), options()).await.ready().await;
    assert_eq!(service.get("/reco/1").await.status, 200);

    cable.pull().await;
    service.until("/reco/1", |answer| answer.status == 503).await;
    let begun = Instant::now();
    for path in ["/reco/1", "/reco/random", "/health"] {
        let answer = service.get(path).await;
        assert_eq!(answer.status, 503, "{path}: {}", answer.text());
        assert_eq!(answer.headers["retry-after"], "2");
        assert_eq!(answer.detail(), "the database cannot answer at the moment; try again in a few seconds");
        for secret in ["127.0.0.1", "refused", "sqlx", "postgres"] {
            assert!(!answer.text().contains(secret), "{}", answer.text());
        }
    }
    assert!(begun.elapsed() < 10 * IMPATIENCE, "{:?}", begun.elapsed());
    assert_eq!(service.get("/health").await.json()["database"], "unreachable");
    assert_eq!(service.get("/").await.status, 200);
    assert!(service.get("/metrics").await.text().contains("cinelake_api_database_up 0"));

    cable.plug_in().await;
    service.until("/reco/1", |answer| answer.status == 200).await;
    service.until("/health", |answer| answer.status == 200).await;
    assert!(service.get("/metrics").await.text().contains("cinelake_api_database_up 1"));
}

#[tokio::test]
async fn answers_in_memory_go_on_marked_as_stale_where_that_is_wanted() {
    let database = TestDatabase::migrated().await;
    Sample::default().publish(&database.connect().await, "run-1").await;
    let mut cable = Cable::to(&database.url()).await;
    let serving = ServingOptions { serve_stale: true, ..options().serving };
    let options = Options { serving, ..options() };
    let service = Service::impatient(cable.url(&database), options).await.ready().await;
    let fresh = service.get("/reco/1").await;

    cable.pull().await;
    let stale = service.until("/reco/1", |answer| answer.json()["stale"] == true).await;
    assert_eq!(stale.json()["results"], fresh.json()["results"]);
    assert!(!stale.headers.contains_key("etag") && stale.headers["cache-control"] == "no-store");
    let known = [("if-none-match", &*fresh.headers["etag"])];
    assert_eq!(service.ask("GET", "/reco/1", &known).await.status, 200, "it may have changed");
    let ratings = json!({"ratings": [{"movie_id": 1, "rating": 5}]});
    let folded = service.send("POST", "/reco/fold-in", &[], &ratings).await;
    assert_eq!((folded.status, &folded.json()["stale"]), (200, &json!(true)));
    let answer = service.get("/reco/2").await;
    assert_eq!((answer.status, answer.headers["retry-after"].as_str()), (503, "2"), "not in memory");

    cable.plug_in().await;
    for path in ["/reco/1", "/reco/2"] {
        let answer =
            service.until(path, |answer| answer.status == 200 && answer.json().get("stale").is_none()).await;
        assert!(answer.headers.contains_key("etag"), "{path}");
    }
}

#[tokio::test]
async fn a_service_started_without_its_database_answers_503_and_then_recovers() {
    let database = TestDatabase::migrated().await;
    Sample::default().publish(&database.connect().await, "run-1").await;
    let mut cable = Cable::to(&database.url()).await;
    cable.pull().await;
    let service = Service::impatient(cable.url(&database), options()).await;
    assert_eq!(service.get("/health").await.status, 503);
    cable.plug_in().await;
    service.until("/health", |answer| answer.status == 200).await;
    assert_eq!(service.get("/reco/1").await.status, 200);
}

/// A service with so many connections, on a database whose lists are locked, where a statement may take this long.
async fn stuck(connections: u32, statement_timeout: Duration) -> (TestDatabase, TestSession, Service) {
    let database = TestDatabase::migrated().await;
    Sample::default().publish(&database.connect().await, "run-1").await;
    let connect = ConnectOptions {
        max_connections: connections,
        acquire_timeout: IMPATIENCE,
        statement_timeout,
        ..ConnectOptions::new(database.url())
    };
    let service = Service::with(Store::connect_lazily(&connect).unwrap(), options()).await.ready().await;
    let mut session = database.session().await;
    session.execute("BEGIN; LOCK TABLE recommendations IN ACCESS EXCLUSIVE MODE").await;
    (database, session, service)
}

#[tokio::test]
async fn a_stuck_database_is_503_for_everybody_in_time_and_no_matter_afterwards() {
    let (_database, mut session, service) = stuck(3, IMPATIENCE).await;
    let begun = Instant::now();
    let asking: JoinSet<_> = (0..12_i64)
        .map(|number| {
            let (address, path) = (service.address, format!("/reco/{}", number % 3 + 1));
            async move { ask(address, "GET", &path, &[]).await.status }
        })
        .collect();
    assert_eq!(asking.join_all().await, [503; 12]);
    assert!(begun.elapsed() < PATIENCE);
    session.execute("ROLLBACK").await;
    for path in ["/reco/1", "/reco/2", "/reco/3", "/reco/random"] {
        assert_eq!(service.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn an_exhausted_pool_is_503_in_time() {
    let (_database, mut session, service) = stuck(1, PATIENCE).await;
    let address = service.address;
    let running = tokio::spawn(async move { ask(address, "GET", "/reco/1", &[]).await });
    session.wait_for_blocked().await;
    // The only connection waits; who wants another one gives up after the pool's patience.
    let answer = service.get("/users/1/ratings").await;
    assert_eq!((answer.status, answer.headers["retry-after"].as_str()), (503, "2"));
    session.execute("ROLLBACK").await;
    assert_eq!(running.await.unwrap().status, 200);
    assert_eq!(service.get("/users/1/ratings").await.status, 200);
}

#[tokio::test]
async fn stopping_lets_a_running_request_finish() {
    let database = TestDatabase::migrated().await;
    Sample::default().publish(&database.connect().await, "run-1").await;
    let service = Service::on(database.url()).await.ready().await;
    let address = service.address;
    let mut session = database.session().await;
    session.execute("BEGIN; LOCK TABLE recommendations IN ACCESS EXCLUSIVE MODE").await;
    let running = tokio::spawn(async move { ask(address, "GET", "/reco/1", &[]).await });
    session.wait_for_blocked().await;
    let stopping = tokio::spawn(service.stop());
    session.execute("ROLLBACK").await;
    assert_eq!(running.await.unwrap().status, 200);
    stopping.await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}
