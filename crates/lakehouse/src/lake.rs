//! The lake: one Delta table per contract, all in one place.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::place::Place;
use crate::{
    CommitRecord, Committed, LakeTable, LakehouseError, Snapshot, Table, TableSpec, TableWriter, Version,
};

/// Who commits: recorded in the commit metadata of every version.
#[derive(Debug, Clone)]
pub struct Provenance {
    /// The pipeline run; a table is committed at most once per run id.
    pub run_id: String,
    /// The task, for example `clean`.
    pub task: &'static str,
    /// The git revision of the program.
    pub revision: &'static str,
    /// What the rows are made from besides what the run itself wrote: flags, the hash of an input. Attempts of
    /// one run must agree on it.
    pub inputs: String,
}

/// A place with Delta tables.
///
/// In an object store it needs a runtime of several threads: with one thread `deltalake` makes a runtime for each request and
/// ends it, and with it the connections that others go on to use.
#[derive(Debug, Clone)]
pub struct Lake {
    pub(crate) place: Place,
    /// Whether it is known that two writers cannot both win a version there.
    is_safe: Arc<OnceCell<()>>,
}

impl Lake {
    /// The lake at a path, a `file://`, `s3://` or `hdfs://` address. Nothing is created, and no store is asked, until a table is
    /// read or written.
    ///
    /// # Errors
    /// [`LakehouseError::UnsupportedLake`] for any other address, [`LakehouseError::AmbiguousPath`] for a folder that Delta
    /// would look for elsewhere, [`LakehouseError::Root`] when the path exists and is no folder.
    pub fn open(uri: &str) -> Result<Self, LakehouseError> {
        Ok(Self { place: Place::parse(uri)?, is_safe: Arc::default() })
    }

    /// The folder of the lake, if it lies in one.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.place.folder()
    }

    /// Checks once that the place lets only one of two writers win.
    pub(crate) async fn check_safe(&self) -> Result<(), LakehouseError> {
        self.is_safe.get_or_try_init(|| self.place.check_safe()).await.copied()
    }

    /// A table told which by a value.
    #[must_use]
    pub fn table(&self, spec: &'static TableSpec) -> LakeTable<'_> {
        LakeTable { lake: self, spec }
    }

    /// The folder of a table, if the lake lies in one.
    #[must_use]
    pub fn folder_of<T: Table>(&self) -> Option<PathBuf> {
        self.table(T::SPEC).folder()
    }

    /// Begins to write a run's rows into a table; its [`Mode`](crate::Mode) says what becomes of the others.
    ///
    /// # Errors
    /// When the table cannot be created or opened, or has other columns than the contract.
    pub async fn write<T: Table>(&self, by: &Provenance) -> Result<TableWriter<T>, LakehouseError> {
        self.table(T::SPEC).write(by).await.map(TableWriter::new)
    }

    /// What a run has committed to a table, `None` if it never did.
    ///
    /// # Errors
    /// When the table exists and cannot be read.
    pub async fn committed<T: Table>(&self, run_id: &str) -> Result<Option<Committed>, LakehouseError> {
        self.table(T::SPEC).committed(run_id).await
    }

    /// The version that a run wrote, `None` if it never did.
    ///
    /// # Errors
    /// When the table exists and cannot be read.
    pub async fn version_of<T: Table>(&self, run_id: &str) -> Result<Option<Version>, LakehouseError> {
        self.table(T::SPEC).version_of(run_id).await
    }

    /// Opens exactly the version that a run wrote.
    ///
    /// # Errors
    /// [`LakehouseError::MissingTable`], [`LakehouseError::RunNotFound`].
    pub async fn written_by<T: Table>(&self, run_id: &str) -> Result<Snapshot<T>, LakehouseError> {
        self.table(T::SPEC).written_by(run_id).await.map(Snapshot::new)
    }

    /// Opens a pinned version.
    ///
    /// # Errors
    /// [`LakehouseError::MissingTable`], or [`LakehouseError::Open`] when there is no such version.
    pub async fn at<T: Table>(&self, version: Version) -> Result<Snapshot<T>, LakehouseError> {
        self.table(T::SPEC).at(version).await.map(Snapshot::new)
    }

    /// Opens the newest version, `None` if the table has never been written.
    ///
    /// # Errors
    /// [`LakehouseError::Open`] when the table cannot be read.
    pub async fn newest<T: Table>(&self) -> Result<Option<Snapshot<T>>, LakehouseError> {
        Ok(self.table(T::SPEC).newest().await?.map(Snapshot::new))
    }

    /// The run that is meant by `--run-id`: `latest` stands for the run that wrote the newest version of a
    /// table, anything else for itself.
    ///
    /// # Errors
    /// As [`Lake::latest_run`].
    pub async fn resolve_run<T: Table>(&self, run_id: &str) -> Result<String, LakehouseError> {
        self.table(T::SPEC).resolve_run(run_id).await
    }

    /// The run that wrote the newest version of a table.
    ///
    /// # Errors
    /// [`LakehouseError::MissingTable`], [`LakehouseError::NoRun`].
    pub async fn latest_run<T: Table>(&self) -> Result<String, LakehouseError> {
        self.table(T::SPEC).latest_run().await
    }

    /// The commits of a table, newest first, as far back as its log goes (30 days by default).
    ///
    /// # Errors
    /// [`LakehouseError::MissingTable`], [`LakehouseError::Open`].
    pub async fn history<T: Table>(&self, limit: Option<usize>) -> Result<Vec<CommitRecord>, LakehouseError> {
        self.table(T::SPEC).history(limit).await
    }

    /// The commit that a run made to a table, if the log still has it.
    ///
    /// # Errors
    /// As [`Lake::history`].
    pub async fn commit_of<T: Table>(&self, run_id: &str) -> Result<Option<CommitRecord>, LakehouseError> {
        self.table(T::SPEC).commit_of(run_id).await
    }
}

impl fmt::Display for Lake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.place.fmt(f)
    }
}
