//! Loading a version beside the live one.

use std::sync::atomic::{AtomicBool, Ordering};

use contract::Figure;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::{
    Counts, LoadedVersion, Row, Store, StoreError, Table,
    check::{Checker, RowFault},
    copy::CopyBuffer,
    error::Result,
    loaded::Complete,
    session::Session,
    stream::Stream,
};

/// A version being loaded over several connections, in tables that nobody else sees. Drop it, or let the process die, and
/// the database forgets every row.
///
/// Different tables can be written at the same time. Memory stays bounded: a few megabytes, and the set of movie ids.
#[derive(Debug)]
pub struct VersionLoad {
    version: i64,
    main: Mutex<Session>,
    metrics: Vec<Figure>,
    details: Option<Value>,
    /// One per table, in the order of [`Table::ALL`].
    tables: Vec<Mutex<Encoder>>,
    streams: Vec<Stream>,
    /// Whether nothing has failed.
    open: AtomicBool,
}

/// Checks and encodes the rows of one table.
#[derive(Debug)]
struct Encoder {
    checker: Checker,
    rows: CopyBuffer,
}

impl Encoder {
    fn encode<R: Row>(&mut self, row: &R) -> std::result::Result<(), RowFault> {
        row.check(&mut self.checker)?;
        let fits = self.rows.row(R::FIELDS, |out, number| row.encode(out, number));
        if fits { Ok(()) } else { Err(RowFault::TooLong) }
    }
}

impl VersionLoad {
    pub(crate) async fn begin(
        store: &Store,
        main: Session,
        version: i64,
        metrics: Vec<Figure>,
    ) -> Result<Self> {
        let streams = Stream::begin_all(store, version).await?;
        let first = Checker::default();
        let encoder = |_| Mutex::new(Encoder { checker: first.beside(), rows: CopyBuffer::default() });
        let tables = Table::ALL.map(encoder).into();
        let (main, open) = (Mutex::new(main), AtomicBool::new(true));
        Ok(Self { version, main, metrics, details: None, tables, streams, open })
    }

    /// The number of the version.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.version
    }

    /// Loads a row. Every movie must be written before a row that names it.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] for a row that must not be served, or why the database failed. Either way the version
    /// is given up: nothing of it stays, and the live version is untouched.
    pub async fn write<R: Row>(&self, row: &R) -> Result<()> {
        self.check_open()?;
        let written = self.try_write(row).await;
        if written.is_err() {
            self.give_up(&mut *self.main.lock().await).await;
        }
        written
    }

    /// Adds to the description of the model what only the rows tell.
    pub fn describe(&mut self, details: Value) {
        self.details = Some(details);
    }

    /// Checks the whole version against `expected` and attaches it. It is then complete, but not live yet.
    ///
    /// # Errors
    /// [`StoreError::CountsDiffer`], [`StoreError::EmptyTable`], [`StoreError::DuplicateRow`], or why the
    /// database failed. Then the version is given up: nothing of it stays, and the live version is untouched.
    pub async fn finish(mut self, expected: &Counts) -> Result<LoadedVersion> {
        self.check_open()?;
        let version = self.version;
        let finished = self.try_finish(expected).await;
        let mut main = self.main.into_inner();
        match finished {
            Ok(()) => Ok(LoadedVersion::new(main, version)),
            Err(error) => {
                give_up(&mut main, version).await;
                main.close().await;
                Err(error)
            }
        }
    }

    fn check_open(&self) -> Result<()> {
        if self.open.load(Ordering::Relaxed) {
            Ok(())
        } else {
            Err(StoreError::LoadClosed { version: self.version })
        }
    }

    async fn try_write<R: Row>(&self, row: &R) -> Result<()> {
        let table = R::TABLE;
        let mut encoder = self.tables[table.position()].lock().await;
        encoder.encode(row).map_err(|fault| StoreError::BadRow { table, row: row.key(), fault })?;
        if encoder.rows.is_full() { self.send(table, &mut encoder).await } else { Ok(()) }
    }

    /// Sends what is encoded of a table.
    async fn send(&self, table: Table, encoder: &mut Encoder) -> Result<()> {
        if encoder.rows.is_empty() {
            return Ok(());
        }
        self.streams[table.stream()].send(table, encoder.rows.take()).await
    }

    async fn try_finish(&mut self, expected: &Counts) -> Result<()> {
        for table in Table::ALL {
            let mut encoder = self.tables[table.position()].lock().await;
            self.send(table, &mut encoder).await?;
        }
        let histories = self.tables[Table::UserHistories.position()].get_mut();
        let complete = Complete {
            version: self.version,
            expected: *expected,
            rated: histories.checker.ratings(),
            metrics: std::mem::take(&mut self.metrics),
            details: self.details.take(),
        };
        complete.make(self.main.get_mut(), std::mem::take(&mut self.streams)).await
    }

    async fn give_up(&self, main: &mut Session) {
        if self.open.swap(false, Ordering::Relaxed) {
            give_up(main, self.version).await;
        }
    }
}

/// Notes that the version failed. What was loaded of it goes with the connections that loaded it.
async fn give_up(main: &mut Session, version: i64) {
    let note =
        format!("UPDATE versions SET state = 'failed' WHERE version = {version} AND state = 'loading'");
    if let Err(error) = main.try_run(note).await {
        tracing::warn!(version, %error, "cannot mark the version as failed");
    }
}
