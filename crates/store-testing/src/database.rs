//! A database for one test, and what a test does with it past the store.

use std::{
    cell::RefCell,
    mem, process,
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::Duration,
};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use store::{Access, ConnectOptions, Store};

use crate::template;

/// A database of its own for one test. It is dropped when the test's thread ends, with the roles that were made for it.
#[derive(Debug)]
pub struct TestDatabase {
    server: String,
    name: String,
}

/// Roles of a test's database, each named after it.
const ROLES: [&str; 3] = ["owner", "api", "read"];

/// Reaches only servers on this machine, and goes with the role.
const PASSWORD: &str = "test";

impl TestDatabase {
    /// Creates an empty database on the server of `TEST_DATABASE_URL`, whose user must be allowed to.
    pub async fn empty() -> Self {
        Self::copy_of(&server(), "template1").await
    }

    /// Creates an empty database whose texts have this encoding, as `PostgreSQL` names it.
    pub async fn encoded(encoding: &str) -> Self {
        Self::copy_of(&server(), &format!("template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"))
            .await
    }

    /// Creates a database with the current schema.
    pub async fn migrated() -> Self {
        let server = server();
        let database = Self::copy_of(&server, template::name(&server).await).await;
        // A copy would have the template's, and nobody could tell two databases apart.
        database.execute("UPDATE installation SET identity = gen_random_uuid()").await;
        database
    }

    async fn copy_of(server: &str, template: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("cinelake_test_{}_{}", process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(server).await.expect("the server of TEST_DATABASE_URL");
        let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
        run(&mut connection, create).await.expect("a database for the test");
        close(connection).await;
        Self { server: server.to_owned(), name }
    }

    /// The database's own URL.
    #[must_use]
    pub fn url(&self) -> String {
        url_of(&self.server, &self.name)
    }

    /// The options of [`TestDatabase::connect`]: the defaults, less patient.
    #[must_use]
    pub fn options(&self) -> ConnectOptions {
        ConnectOptions {
            publish_wait: Duration::from_secs(20),
            lock_timeout: Duration::from_millis(300),
            acquire_timeout: Duration::from_secs(5),
            ..ConnectOptions::new(self.url())
        }
    }

    /// A store on this database.
    pub async fn connect(&self) -> Store {
        Store::connect(&self.options()).await.expect("a store on the test's database")
    }

    /// The name of a role for this test alone: `owner`, `api` or `read`.
    #[must_use]
    pub fn role(&self, what: &str) -> String {
        format!("{}_{what}", self.name)
    }

    /// Makes a role that may log in and nothing else, unless it is there; returns the database's URL for it.
    pub async fn make_role(&self, what: &str) -> String {
        assert!(ROLES.contains(&what), "{what} would stay behind");
        let role = self.role(what);
        self.execute(&format!(
            "DO $$BEGIN CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}';
             EXCEPTION WHEN duplicate_object THEN NULL; END$$"
        ))
        .await;
        let url = self.url();
        let (_, server) = url.split_once('@').expect("a user in TEST_DATABASE_URL");
        format!("postgres://{role}:{PASSWORD}@{server}")
    }

    /// The URL by which the API reaches the migrated database: with a role that has the least rights.
    pub async fn url_of_api(&self) -> String {
        let url = self.make_role("api").await;
        self.connect().await.grant(&self.role("api"), Access::Api).await.expect("the rights of the API");
        url
    }

    /// Runs any statement, as somebody with `psql` would.
    pub async fn execute(&self, sql: &str) {
        let mut session = self.session().await;
        run(&mut session.0, sql.to_owned()).await.expect("the statement to succeed");
        close(session.0).await;
    }

    /// Opens a session of somebody else.
    pub async fn session(&self) -> TestSession {
        TestSession(PgConnection::connect(&self.url()).await.expect("a session"))
    }
}

/// A session of somebody else, to hold locks with.
#[derive(Debug)]
pub struct TestSession(PgConnection);

impl TestSession {
    /// Runs any statement in this session.
    pub async fn execute(&mut self, sql: &'static str) {
        run(&mut self.0, sql.to_owned()).await.expect("the statement to succeed");
    }

    /// Returns once another session of this database waits for a lock.
    pub async fn wait_for_blocked(&mut self) {
        // Not pg_stat_activity: a transaction sees it frozen.
        let blocked = "SELECT count(*) FROM pg_locks WHERE NOT granted
                       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        let begun = std::time::Instant::now();
        while sqlx::query_scalar::<_, i64>(blocked).fetch_one(&mut self.0).await.expect("an answer") == 0 {
            // Whoever was to wait may have been sent away before, on a machine that is busy: that must not be waited for.
            assert!(begun.elapsed().as_secs() < 60, "nobody waits for a lock");
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (server, name) = (mem::take(&mut self.server), mem::take(&mut self.name));
        OUTLIVED.with_borrow_mut(|databases| databases.0.push((server, name)));
    }
}

/// Servers and names of databases that no test needs any more.
struct Outlived(Vec<(String, String)>);

thread_local! {
    /// Those of this thread's tests. They are dropped when the thread ends: only then the test's runtime is gone, and
    /// with it whatever still ran there, such as a service. Blocked by a drop, a service that had just begun to connect
    /// would leave the server's question for the password open, and `DROP DATABASE` would wait until the server gives
    /// that up after a minute (`authentication_timeout`).
    static OUTLIVED: RefCell<Outlived> = const { RefCell::new(Outlived(Vec::new())) };
}

impl Drop for Outlived {
    fn drop(&mut self) {
        let databases = mem::take(&mut self.0);
        // In a thread of its own: this one has lost the thread-local values that a runtime needs.
        let dropped = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            databases.iter().try_for_each(|(server, name)| runtime.block_on(drop_database(server, name)))
        });
        if !matches!(dropped.join(), Ok(Ok(()))) {
            #[allow(clippy::print_stderr, reason = "a test has no log")]
            {
                eprintln!("databases of this test stay behind: see cinelake_test_{}_*", process::id());
            }
        }
    }
}

async fn drop_database(server: &str, name: &str) -> sqlx::Result<()> {
    let mut connection = PgConnection::connect(server).await?;
    run(&mut connection, format!("DROP DATABASE {name} WITH (FORCE)")).await?;
    let roles = ROLES.map(|what| format!("{name}_{what}")).join(", ");
    run(&mut connection, format!("DROP ROLE IF EXISTS {roles}")).await?;
    connection.close().await
}

fn server() -> String {
    std::env::var("TEST_DATABASE_URL").expect(
        "TEST_DATABASE_URL must name a PostgreSQL server and a user who may create databases, \
         such as postgres://postgres@127.0.0.1:5432/postgres; ./test.sh starts one",
    )
}

/// The URL of another database of the server.
pub(crate) fn url_of(server: &str, name: &str) -> String {
    let (before, options) = server.split_once('?').unwrap_or((server, ""));
    let (server, _) = before.rsplit_once('/').expect("a database in TEST_DATABASE_URL");
    format!("{server}/{name}?{options}")
}

pub(crate) async fn run(connection: &mut PgConnection, sql: String) -> sqlx::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(drop)
}

async fn close(connection: PgConnection) {
    connection.close().await.expect("the connection to end well");
}
