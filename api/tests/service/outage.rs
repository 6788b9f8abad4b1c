use std::{net::SocketAddr, sync::Arc};

use store::testing::{Sample, TestDatabase};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

use crate::client::Service;

/// A cable to the database that can be pulled out.
struct Cable {
    address: SocketAddr,
    server: String,
    carrying: Option<JoinHandle<()>>,
}

impl Cable {
    async fn to(url: &str) -> Self {
        let server = url.split('@').nth(1).unwrap().split('/').next().unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let carrying = Some(tokio::spawn(carry(listener, server.clone())));
        Self { address, server, carrying }
    }

    async fn pull(&mut self) {
        let carrying = self.carrying.take().unwrap();
        carrying.abort();
        assert!(carrying.await.unwrap_err().is_cancelled());
    }

    async fn plug_in(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.carrying = Some(tokio::spawn(carry(listener, self.server.clone())));
    }

    /// The database's URL, through the cable.
    fn url(&self, database: &TestDatabase) -> String {
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
    let service = Service::on(cable.url(&database)).await;
    assert_eq!(service.get("/reco/1").await.status, 200);

    cable.pull().await;
    for path in ["/reco/1", "/reco/random", "/health"] {
        let answer = service.get(path).await;
        assert_eq!(answer.status, 503, "{path}: {}", answer.text());
        assert_eq!(answer.headers["retry-after"], "2");
        assert_eq!(answer.detail(), "the database cannot answer at the moment; try again in a few seconds");
        for secret in ["127.0.0.1", "refused", "sqlx", "postgres"] {
            assert!(!answer.text().contains(secret), "{}", answer.text());
        }
    }
    assert_eq!(service.get("/health").await.json()["database"], "unreachable");
    assert_eq!(service.get("/").await.status, 200);
    assert!(service.get("/metrics").await.text().contains("cinelake_api_database_up 0"));

    cable.plug_in().await;
    assert_eq!(service.get("/reco/1").await.status, 200);
    assert_eq!(service.get("/health").await.status, 200);
    assert!(service.get("/metrics").await.text().contains("cinelake_api_database_up 1"));
}

#[tokio::test]
async fn a_service_started_without_its_database_answers_503_and_then_recovers() {
    let database = TestDatabase::migrated().await;
    Sample::default().publish(&database.connect().await, "run-1").await;
    let mut cable = Cable::to(&database.url()).await;
    cable.pull().await;
    let service = Service::on(cable.url(&database)).await;
    assert_eq!(service.get("/health").await.status, 503);
    cable.plug_in().await;
    assert_eq!(service.get("/health").await.status, 200);
}

#[tokio::test]
async fn an_exhausted_pool_is_503_in_time() {
    let database = TestDatabase::migrated().await;
    Sample::default().publish(&database.connect().await, "run-1").await;
    let service = Service::on(database.url()).await;
    let mut session = database.session().await;
    session.execute("BEGIN; LOCK TABLE recommendations IN ACCESS EXCLUSIVE MODE").await;
    // Three requests hold the pool's connections; the fourth gives up after the pool's patience, half a second.
    let (one, two, three, four) =
        tokio::join!(service.get("/reco/1"), service.get("/reco/1"), service.get("/reco/1"), async {
            let answer = service.get("/reco/1").await;
            session.execute("ROLLBACK").await;
            answer
        },);
    let mut statuses = [one, two, three, four].map(|answer| answer.status);
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 503]);
}

#[tokio::test]
async fn stopping_lets_a_running_request_finish() {
    let database = TestDatabase::migrated().await;
    Sample::default().publish(&database.connect().await, "run-1").await;
    let service = Service::on(database.url()).await;
    let address = service.address;
    let mut session = database.session().await;
    session.execute("BEGIN; LOCK TABLE recommendations IN ACCESS EXCLUSIVE MODE").await;
    let running = tokio::spawn(async move { crate::client::ask(address, "GET", "/reco/1", &[]).await });
    session.wait_for_blocked().await;
    let stopping = tokio::spawn(service.stop());
    session.execute("ROLLBACK").await;
    assert_eq!(running.await.unwrap().status, 200);
    stopping.await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}
