//! Loading a version beside the live one.

use contract::Figure;
use serde_json::Value;
use sqlx::AssertSqlSafe;

use crate::{
    Activation, Counts, Row, StoreError, Table, activate,
    check::{Checker, RowFault},
    copy::CopyBuffer,
    error::{self, Result},
    session::Session,
    table::Partition,
};

/// A version being loaded, in one transaction that nobody else sees. Drop it, or let the process die, and the
/// database forgets every row.
///
/// Memory stays bounded: about a megabyte per table, and the set of movie ids.
#[derive(Debug)]
pub struct VersionLoad {
    session: Session,
    version: i64,
    checker: Checker,
    /// One per table, in the order of [`Table::ALL`].
    buffers: Vec<CopyBuffer>,
    /// Whether the transaction still stands.
    open: bool,
}

/// A version that is complete and checked, but not live yet.
#[derive(Debug)]
pub struct LoadedVersion {
    session: Session,
    version: i64,
}

impl VersionLoad {
    pub(crate) async fn begin(mut session: Session, version: i64, metrics: &[Figure]) -> Result<Self> {
        session.run("begin the load", "BEGIN".to_owned()).await?;
        insert_metrics(&mut session, version, metrics).await?;
        for table in Table::ALL {
            let partition = Partition { table, version };
            session.run("create a partition", partition.create()).await?;
        }
        let buffers = Table::ALL.map(|_| CopyBuffer::default()).into();
        Ok(Self { session, version, checker: Checker::default(), buffers, open: true })
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
    pub async fn write<R: Row>(&mut self, row: &R) -> Result<()> {
        self.check_open()?;
        let written = self.try_write(row).await;
        if written.is_err() {
            self.give_up().await;
        }
        written
    }

    /// Adds to the description of the model what only the rows tell.
    ///
    /// # Errors
    /// Why the database failed. Then the version is given up.
    pub async fn describe(&mut self, details: &Value) -> Result<()> {
        self.check_open()?;
        let described = sqlx::query("UPDATE versions SET model = model || $2 WHERE version = $1")
            .bind(self.version)
            .bind(sqlx::types::Json(details))
            .execute(&mut self.session.connection)
            .await
            .map_err(self.session.faults.on("describe the version"));
        if described.is_err() {
            self.give_up().await;
        }
        described.map(drop)
    }

    /// Checks the whole version against `expected` and attaches it. It is then complete, but not live yet.
    ///
    /// # Errors
    /// [`StoreError::CountsDiffer`], [`StoreError::EmptyTable`], [`StoreError::DuplicateRow`], or why the
    /// database failed. Then the version is given up: nothing of it stays, and the live version is untouched.
    pub async fn finish(mut self, expected: &Counts) -> Result<LoadedVersion> {
        self.check_open()?;
        match self.try_finish(expected).await {
            Ok(()) => Ok(LoadedVersion::new(self.session, self.version)),
            Err(error) => {
                self.give_up().await;
                self.session.close().await;
                Err(error)
            }
        }
    }

    fn check_open(&self) -> Result<()> {
        if self.open { Ok(()) } else { Err(StoreError::LoadClosed { version: self.version }) }
    }

    async fn try_write<R: Row>(&mut self, row: &R) -> Result<()> {
        let table = R::TABLE;
        self.encode(row).map_err(|fault| StoreError::BadRow { table, row: row.key(), fault })?;
        if self.buffers[table.position()].is_full() { self.send(table).await } else { Ok(()) }
    }

    fn encode<R: Row>(&mut self, row: &R) -> std::result::Result<(), RowFault> {
        row.check(&mut self.checker)?;
        let buffer = &mut self.buffers[R::TABLE.position()];
        let fits = buffer.row(R::FIELDS, |out, number| row.encode(out, number));
        if fits { Ok(()) } else { Err(RowFault::TooLong) }
    }

    /// Sends what is buffered for a table.
    async fn send(&mut self, table: Table) -> Result<()> {
        let buffer = &mut self.buffers[table.position()];
        if buffer.is_empty() {
            return Ok(());
        }
        let statement = Partition { table, version: self.version }.copy();
        let copied: sqlx::Result<()> = async {
            let mut copy = self.session.connection.copy_in_raw(&statement).await?;
            // Dropped on failure, `copy` tells the server to forget it.
            copy.send(buffer.end()).await?;
            copy.finish().await.map(drop)
        }
        .await;
        buffer.clear();
        copied.map_err(self.session.faults.on("copy rows"))
    }

    async fn try_finish(&mut self, expected: &Counts) -> Result<()> {
        for table in Table::ALL {
            self.send(table).await?;
            if table == Table::Movies {
                self.set_ratings().await?;
            }
            self.index(table).await?;
            self.count(table, expected).await?;
        }
        // Last, because from here on the parents are locked against other changes of their partitions. Readers
        // go on: they take weaker locks.
        for table in Table::ALL {
            let attach = Partition { table, version: self.version }.attach();
            self.session.run("attach a partition", attach).await?;
        }
        self.set_ready(expected).await?;
        self.session.run("commit the load", "COMMIT".to_owned()).await
    }

    /// Movies are sent before the histories that rate them, so they learn afterwards how often they were rated.
    async fn set_ratings(&mut self) -> Result<()> {
        let (movie_ids, ratings) = self.checker.ratings();
        let partition = Partition { table: Table::Movies, version: self.version };
        sqlx::query(AssertSqlSafe(partition.set_ratings()))
            .bind(movie_ids)
            .bind(ratings)
            .execute(&mut self.session.connection)
            .await
            .map_err(self.session.faults.on("count the ratings of movies"))?;
        Ok(())
    }

    async fn index(&mut self, table: Table) -> Result<()> {
        let partition = Partition { table, version: self.version };
        if let Err(error) = self.session.try_run(partition.add_keys()).await {
            return Err(match error::duplicate_key(&error) {
                Some(detail) => StoreError::DuplicateRow { table, detail },
                None => self.session.faults.on("build the keys of a partition")(error),
            });
        }
        self.session.run("index a partition", partition.add_indexes()).await?;
        self.session.run("analyze a partition", partition.analyze()).await
    }

    async fn count(&mut self, table: Table, expected: &Counts) -> Result<()> {
        let partition = Partition { table, version: self.version };
        let found: i64 = sqlx::query_scalar(AssertSqlSafe(partition.count()))
            .fetch_one(&mut self.session.connection)
            .await
            .map_err(self.session.faults.on("count rows"))?;
        let (found, expected, version) = (found.unsigned_abs(), expected.get(table), self.version);
        if found != expected {
            return Err(StoreError::CountsDiffer { table, version, expected, found });
        }
        if found == 0 && matches!(table, Table::Movies | Table::Recommendations) {
            return Err(StoreError::EmptyTable { table, version });
        }
        Ok(())
    }

    async fn set_ready(&mut self, counts: &Counts) -> Result<()> {
        sqlx::query("UPDATE versions SET state = 'ready', counts = $2 WHERE version = $1")
            .bind(self.version)
            .bind(sqlx::types::Json(counts))
            .execute(&mut self.session.connection)
            .await
            .map_err(self.session.faults.on("mark the version ready"))?;
        Ok(())
    }

    /// Undoes everything. If even that fails the connection is gone, and the server undoes it by itself.
    async fn give_up(&mut self) {
        self.open = false;
        let undo = format!(
            "ROLLBACK; UPDATE versions SET state = 'failed' WHERE version = {} AND state = 'loading'",
            self.version
        );
        if let Err(error) = self.session.try_run(undo).await {
            tracing::warn!(version = self.version, %error, "cannot mark the version as failed");
        }
    }
}

impl LoadedVersion {
    pub(crate) fn new(session: Session, version: i64) -> Self {
        Self { session, version }
    }

    /// The number of the version.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.version
    }

    /// Makes it live.
    ///
    /// # Errors
    /// Why the database failed. The version stays loaded: the next publish of its run only activates it.
    pub async fn activate(mut self) -> Result<Activation> {
        let activation = activate::switch(&mut self.session, self.version).await;
        self.session.close().await;
        activation
    }
}

async fn insert_metrics(session: &mut Session, version: i64, metrics: &[Figure]) -> Result<()> {
    let on_failure = "store the metrics";
    sqlx::query("DELETE FROM version_metrics WHERE version = $1")
        .bind(version)
        .execute(&mut session.connection)
        .await
        .map_err(session.faults.on(on_failure))?;
    sqlx::query(
        "INSERT INTO version_metrics (version, baseline, metric, k, value)
         SELECT $1, * FROM unnest($2::boolean[], $3::text[], $4::integer[], $5::double precision[])",
    )
    .bind(version)
    .bind(metrics.iter().map(|metric| metric.baseline).collect::<Vec<_>>())
    .bind(metrics.iter().map(|metric| metric.metric.as_str()).collect::<Vec<_>>())
    .bind(metrics.iter().map(|metric| metric.k).collect::<Vec<_>>())
    .bind(metrics.iter().map(|metric| metric.value).collect::<Vec<_>>())
    .execute(&mut session.connection)
    .await
    .map_err(session.faults.on(on_failure))?;
    Ok(())
}
