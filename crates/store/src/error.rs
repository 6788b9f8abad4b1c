//! What can go wrong, each case with what it concerns and what to do about it.

use std::time::Duration;

use sqlx::postgres::PgDatabaseError;

use crate::{RowFault, Table};

/// The result of every call of this crate.
pub type Result<T> = std::result::Result<T, StoreError>;

/// A failure of the store. Every `address` is `HOST:PORT/NAME`, and no message contains the password of the database URL.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(
        "the database url is not valid: {reason}; check DATABASE_URL, \
         it looks like postgres://USER:PASSWORD@HOST:PORT/NAME"
    )]
    InvalidUrl { reason: String },
    /// The server does not answer, refuses us, or the connection broke.
    #[error("cannot connect to database {address}: {reason}; is it running? check DATABASE_URL")]
    Unreachable {
        address: String,
        /// What the system or the server said.
        reason: String,
    },
    /// No connection of the pool became free in time, or none could be opened.
    #[error(
        "no connection to database {address} within {waited:?}; is it running, is the pool large enough?"
    )]
    NoConnection { address: String, waited: Duration },
    /// The database has none of our tables.
    #[error("database {address} has no cinelake schema; run `admin migrate`")]
    SchemaMissing { address: String },
    /// The database was migrated by an older release.
    #[error("the database schema is at migration {found}, this release needs {wanted}; run `admin migrate`")]
    SchemaTooOld {
        /// The newest migration applied.
        found: i64,
        /// The newest migration this release knows.
        wanted: i64,
    },
    /// The database was migrated by a newer release.
    #[error(
        "the database schema is at migration {found}, this release knows only {wanted}; use a newer release"
    )]
    SchemaTooNew {
        /// The newest migration applied.
        found: i64,
        /// The newest migration this release knows.
        wanted: i64,
    },
    /// A migration failed, or an applied one was edited.
    #[error("cannot migrate database {address}")]
    Migrate { address: String, source: Box<sqlx::migrate::MigrateError> },
    /// It could not hold every title.
    #[error(
        "database {address} has the encoding {encoding}; create one with UTF8: \
         CREATE DATABASE ... TEMPLATE template0 ENCODING 'UTF8'"
    )]
    NotUtf8 {
        address: String,
        /// As the server names it.
        encoding: String,
    },
    /// The server lacks the files of an extension.
    #[error(
        "the server of database {address} cannot create an extension: {reason}; install the server's contrib \
         package (Debian: it is part of postgresql-NN, elsewhere postgresql-contrib), then run `admin migrate`"
    )]
    ExtensionMissing {
        address: String,
        /// What the server said: it names the extension.
        reason: String,
    },
    #[error(
        "the server of database {address} has no role {role:?} to give rights to; create it first: \
         CREATE ROLE ... LOGIN PASSWORD '...'"
    )]
    RoleMissing {
        address: String,
        /// Its name as given.
        role: String,
    },
    #[error(
        "role {role:?} owns the tables or is a superuser, so its rights cannot be limited; \
         give them to a role of its own"
    )]
    RoleOwnsAll { role: String },
    /// Another publish or activation holds the publish lock.
    #[error("another publish still runs after {waited:?}; wait for it or end it, then try again")]
    PublishInProgress { waited: Duration },
    #[error("the load of version {version} was given up after an earlier failure; begin the publish again")]
    LoadClosed { version: i64 },
    #[error("{table}, {row}: {fault}")]
    BadRow {
        table: Table,
        /// The row's key, such as `user 42`.
        row: String,
        fault: RowFault,
    },
    #[error("{table}: two rows have the same key: {detail}")]
    DuplicateRow {
        table: Table,
        /// The key, as the database names it.
        detail: String,
    },
    #[error("{table} of version {version} holds {found} rows, expected {expected}")]
    CountsDiffer { table: Table, version: i64, expected: u64, found: u64 },
    /// A version without movies or without recommendations must not go live.
    #[error("version {version} has no {table}; refusing to serve an empty table")]
    EmptyTable { table: Table, version: i64 },
    #[error("version {version} cannot be made live; versions that can: {known}")]
    UnknownVersion {
        version: i64,
        /// Those that exist, with their runs, or `none`.
        known: String,
    },
    #[error("variant {variant} wants version {version}, which cannot be served; versions that can: {known}")]
    UnservableVariant {
        variant: String,
        version: i64,
        /// Those that exist, with their runs, or `none`.
        known: String,
    },
    #[error("cannot {action}: a lock is held by another session; end long transactions, then try again")]
    Locked { action: &'static str },
    #[error("cannot {action}: the database took longer than allowed")]
    TimedOut { action: &'static str },
    /// Any other answer of the database.
    #[error("cannot {action}")]
    Database { action: &'static str, source: sqlx::Error },
}

impl StoreError {
    /// Whether the same call may succeed later without a change of the request: the database is down, busy or
    /// not migrated yet.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::NoConnection { .. }
                | Self::TimedOut { .. }
                | Self::Locked { .. }
                | Self::SchemaMissing { .. }
                | Self::SchemaTooOld { .. }
                | Self::SchemaTooNew { .. }
        )
    }
}

/// Turns failures of the driver into [`StoreError`], with the address they concern.
#[derive(Debug, Clone)]
pub(crate) struct Faults {
    /// `HOST:PORT/NAME`.
    pub(crate) address: String,
    /// How long a call waits for a pooled connection.
    pub(crate) acquire_timeout: Duration,
}

impl Faults {
    /// A function for `map_err`: names what was being done.
    pub(crate) fn on(&self, action: &'static str) -> impl Fn(sqlx::Error) -> StoreError + '_ {
        move |error| self.explain(action, error)
    }

    /// The server is down, refuses us or went away.
    pub(crate) fn unreachable(&self, error: &sqlx::Error) -> StoreError {
        let reason = match error {
            sqlx::Error::Io(error) => error.to_string(),
            sqlx::Error::Database(error) => error.message().to_owned(),
            other => other.to_string(),
        };
        StoreError::Unreachable { address: self.address.clone(), reason }
    }

    fn explain(&self, action: &'static str, error: sqlx::Error) -> StoreError {
        match &error {
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => self.unreachable(&error),
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
                StoreError::NoConnection { address: self.address.clone(), waited: self.acquire_timeout }
            }
            sqlx::Error::Database(answer) => match answer.code().as_deref() {
                // undefined table, column or schema
                Some("42P01" | "42703" | "3F000") => {
                    StoreError::SchemaMissing { address: self.address.clone() }
                }
                Some("55P03") => StoreError::Locked { action },
                Some("57014") => StoreError::TimedOut { action },
                Some(code) if is_connection_class(code) => self.unreachable(&error),
                _ => StoreError::Database { action, source: error },
            },
            _ => StoreError::Database { action, source: error },
        }
    }
}

/// SQLSTATE classes that speak of the server or the session rather than the statement: connection exceptions,
/// invalid authorization, unknown database, too many connections, shutdown and start-up.
fn is_connection_class(code: &str) -> bool {
    code.starts_with("08")
        || code.starts_with("28")
        || matches!(code, "3D000" | "53300" | "57P01" | "57P02" | "57P03")
}

/// The key of a unique violation, as the server names it, if `error` is one.
pub(crate) fn duplicate_key(error: &sqlx::Error) -> Option<String> {
    let answer = error.as_database_error()?.try_downcast_ref::<PgDatabaseError>()?;
    (answer.code() == "23505").then(|| answer.detail().unwrap_or_else(|| answer.message()).to_owned())
}
