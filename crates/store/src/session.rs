//! The sessions of a publisher: one connection holds the publish lock, others load for it.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, postgres::PgConnection};
use tokio::time::{Instant, sleep};

use crate::{
    Store, StoreError,
    connect::milliseconds,
    error::{Faults, Result},
    schema,
};

/// "CINELAKE" in ASCII. Advisory locks are per database.
const PUBLISH_LOCK: i64 = 0x4349_4e45_4c41_4b45;

/// "CINELOAD". Shared by the transactions that load a version: one may outlive the publisher that began it, if the server
/// is slow to notice. Whoever has the publish lock takes this one once, alone, and knows that all of them have ended.
const LOAD_LOCK: i64 = 0x4349_4e45_4c4f_4144;

/// Between two attempts to get the lock. Asking again, instead of waiting inside the database, keeps no snapshot
/// open that a prune would have to wait for.
const LOCK_POLL: Duration = Duration::from_millis(100);

/// The one that [`Session::open`] opens holds the publish lock until it is closed or dropped: the server frees the lock
/// when the connection ends, so a publisher that dies leaves nothing locked.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) connection: PgConnection,
    pub(crate) faults: Faults,
}

impl Session {
    /// Connects, checks the schema and waits for the lock, at most `publish_wait`. Whatever a dead publisher had begun
    /// has come to its end then.
    pub(crate) async fn open(store: &Store) -> Result<Self> {
        let connection = store.open_session(store.faults.acquire_timeout).await?;
        let mut session = Self { connection, faults: store.faults.clone() };
        schema::check(&mut session.connection, &session.faults).await?;
        session.configure(store.lock_timeout).await?;
        let deadline = Instant::now() + store.publish_wait;
        session.lock(PUBLISH_LOCK, store.publish_wait, deadline).await?;
        session.lock(LOAD_LOCK, store.publish_wait, deadline).await?;
        session.free(LOAD_LOCK).await?;
        Ok(session)
    }

    /// Opens a connection that loads for whoever holds the publish lock, and begins its transaction.
    pub(crate) async fn open_beside(store: &Store) -> Result<Self> {
        let connection = store.open_session(store.faults.acquire_timeout).await?;
        let mut session = Self { connection, faults: store.faults.clone() };
        session.configure(store.lock_timeout).await?;
        let begin = format!("BEGIN; SELECT pg_advisory_xact_lock_shared({LOAD_LOCK})");
        session.run("begin the load", begin).await?;
        Ok(session)
    }

    async fn configure(&mut self, lock_timeout: Duration) -> Result<()> {
        sqlx::query(
            // Without the second, a server busy building an index would not notice that its client died.
            "SELECT set_config('lock_timeout', $1, false),
                    set_config('client_connection_check_interval', '2s', false),
                    set_config('maintenance_work_mem', '128MB', false)",
        )
        .bind(milliseconds(lock_timeout))
        .execute(&mut self.connection)
        .await
        .map_err(self.faults.on("configure the session"))?;
        self.prefer_lz4().await;
        Ok(())
    }

    /// Long lists are compressed by the server: with lz4 they load twice as fast as with its default. A server
    /// built without it just goes on with the default.
    async fn prefer_lz4(&mut self) {
        let set = sqlx::query("SET default_toast_compression = 'lz4'").execute(&mut self.connection).await;
        if let Err(error) = set {
            tracing::debug!(%error, "the server has no lz4");
        }
    }

    async fn lock(&mut self, lock: i64, wait: Duration, deadline: Instant) -> Result<()> {
        loop {
            let locked: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
                .bind(lock)
                .fetch_one(&mut self.connection)
                .await
                .map_err(self.faults.on("take the publish lock"))?;
            if locked {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(StoreError::PublishInProgress { waited: wait });
            }
            sleep(LOCK_POLL.min(deadline.saturating_duration_since(Instant::now()))).await;
        }
    }

    async fn free(&mut self, lock: i64) -> Result<()> {
        sqlx::query("SELECT pg_advisory_unlock($1)")
            .bind(lock)
            .execute(&mut self.connection)
            .await
            .map_err(self.faults.on("free a lock"))?;
        Ok(())
    }

    /// Runs statements built by this crate from constants and numbers.
    pub(crate) async fn run(&mut self, action: &'static str, sql: String) -> Result<()> {
        self.try_run(sql).await.map_err(self.faults.on(action))
    }

    /// The same, for callers that look at the driver's error.
    pub(crate) async fn try_run(&mut self, sql: String) -> sqlx::Result<()> {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.connection).await.map(drop)
    }

    /// Ends the session, so that the lock is free when this returns.
    pub(crate) async fn close(self) {
        if let Err(error) = self.connection.close().await {
            tracing::debug!(%error, "the connection broke before it was closed");
        }
    }
}
