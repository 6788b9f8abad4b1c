//! How to reach the database: the pool that serves reads, and sessions outside it.

use std::{fmt, str::FromStr, time::Duration};

use sqlx::{
    Connection, PgPool,
    postgres::{PgConnectOptions, PgConnection, PgPoolOptions},
};

use crate::{
    error::{Faults, Result, StoreError},
    schema, search,
};

/// A pooled connection idle for longer than this is tried before use: the server may have gone away meanwhile.
/// Trying every one would cost each request a round trip.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);

/// How to reach the database, and how long to wait for it.
#[derive(Clone)]
pub struct ConnectOptions {
    /// `postgres://USER:PASSWORD@HOST:PORT/NAME`.
    pub url: String,
    /// The size of the pool that serves reads.
    pub max_connections: u32,
    /// How long a call waits for a connection.
    pub acquire_timeout: Duration,
    /// How long one read may take in the database.
    pub statement_timeout: Duration,
    /// How long a publish waits for another one to end.
    pub publish_wait: Duration,
    /// How long publishing, activating and pruning wait for a lock that some other session holds.
    pub lock_timeout: Duration,
}

impl ConnectOptions {
    /// What suits a program that nobody waits for: 10 connections, 20 s to get one, 5 s for a statement or a lock, 2 minutes
    /// for another publish.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            max_connections: 10,
            acquire_timeout: Duration::from_secs(20),
            statement_timeout: Duration::from_secs(5),
            publish_wait: Duration::from_mins(2),
            lock_timeout: Duration::from_secs(5),
        }
    }
}

/// Without the URL, which holds the password.
impl fmt::Debug for ConnectOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectOptions")
            .field("max_connections", &self.max_connections)
            .field("acquire_timeout", &self.acquire_timeout)
            .field("statement_timeout", &self.statement_timeout)
            .field("publish_wait", &self.publish_wait)
            .field("lock_timeout", &self.lock_timeout)
            .finish_non_exhaustive()
    }
}

/// How many connections the pool has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolState {
    /// Open connections, idle ones included.
    pub open: u32,
    /// Open connections that nobody uses.
    pub idle: usize,
    /// The most there can be.
    pub max: u32,
}

/// The database. Cheap to clone: clones share one pool.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) pool: PgPool,
    /// For sessions outside the pool: publishing has no statement timeout.
    pub(crate) session: PgConnectOptions,
    pub(crate) faults: Faults,
    pub(crate) publish_wait: Duration,
    pub(crate) lock_timeout: Duration,
}

impl Store {
    /// Connects, and fails if the database cannot be reached.
    ///
    /// # Errors
    /// [`StoreError::InvalidUrl`] and [`StoreError::Unreachable`].
    pub async fn connect(options: &ConnectOptions) -> Result<Self> {
        let store = Self::connect_lazily(options)?;
        // Not through the pool: it would try again until its timeout and then not know the reason.
        let trial = store.open_session(options.acquire_timeout).await?;
        trial.close().await.map_err(store.faults.on("close a connection"))?;
        Ok(store)
    }

    /// Prepares the pool without connecting: a service can start before its database.
    ///
    /// # Errors
    /// [`StoreError::InvalidUrl`]. Must be called within a tokio runtime.
    pub fn connect_lazily(options: &ConnectOptions) -> Result<Self> {
        let session = parse(&options.url)?;
        let faults = Faults { address: address(&session), acquire_timeout: options.acquire_timeout };
        let reader = session.clone().options([
            ("statement_timeout", milliseconds(options.statement_timeout)),
            ("pg_trgm.word_similarity_threshold", search::SIMILAR.to_owned()),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(options.max_connections)
            .acquire_timeout(options.acquire_timeout)
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for > TRUSTED_IDLE {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(reader);
        Ok(Self {
            pool,
            session,
            faults,
            publish_wait: options.publish_wait,
            lock_timeout: options.lock_timeout,
        })
    }

    /// A connection outside the pool.
    pub(crate) async fn open_session(&self, timeout: Duration) -> Result<PgConnection> {
        match tokio::time::timeout(timeout, PgConnection::connect_with(&self.session)).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(self.faults.unreachable(&error)),
            Err(_) => Err(StoreError::Unreachable {
                address: self.faults.address.clone(),
                reason: format!("no answer within {timeout:?}"),
            }),
        }
    }

    /// Where the database is: `HOST:PORT/NAME`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.faults.address
    }

    /// Brings the schema up to date. Concurrent calls wait for each other.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`], [`StoreError::NotUtf8`], [`StoreError::SchemaTooNew`] and [`StoreError::Migrate`].
    pub async fn migrate(&self) -> Result<()> {
        let mut session = self.open_session(self.faults.acquire_timeout).await?;
        schema::migrate(&mut session, &self.faults).await
    }

    /// Whether the schema is the one this release needs.
    ///
    /// # Errors
    /// [`StoreError::SchemaMissing`], [`StoreError::SchemaTooOld`], [`StoreError::SchemaTooNew`], or why the
    /// database could not be asked.
    pub async fn check_schema(&self) -> Result<()> {
        let mut connection = self.pool.acquire().await.map_err(self.faults.on("get a connection"))?;
        schema::check(&mut connection, &self.faults).await
    }

    /// How many connections are open and idle.
    #[must_use]
    pub fn pool_state(&self) -> PoolState {
        PoolState {
            open: self.pool.size(),
            idle: self.pool.num_idle(),
            max: self.pool.options().get_max_connections(),
        }
    }

    /// Closes every connection, waiting for those in use.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

fn parse(url: &str) -> Result<PgConnectOptions> {
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(StoreError::InvalidUrl { reason: "it does not start with postgres://".to_owned() });
    }
    let options = PgConnectOptions::from_str(url).map_err(|error| {
        let reason = match error {
            sqlx::Error::Configuration(reason) => reason.to_string(),
            other => other.to_string(),
        };
        StoreError::InvalidUrl { reason }
    })?;
    Ok(options.application_name("cinelake"))
}

fn address(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or_else(|| options.get_username());
    format!("{}:{}/{database}", options.get_host(), options.get_port())
}

/// A duration as `PostgreSQL` settings take it.
pub(crate) fn milliseconds(duration: Duration) -> String {
    format!("{}ms", duration.as_millis())
}
