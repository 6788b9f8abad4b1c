//! The lake: a folder with one Delta table per contract.

use std::path::{Path, PathBuf};

use deltalake::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake::kernel::transaction::CommitProperties;
use deltalake::operations::create::CreateBuilder;
use deltalake::{DeltaTable, DeltaTableBuilder, DeltaTableError, ensure_table_uri};
use futures::TryStreamExt;
use url::Url;

use crate::read::Snapshot;
use crate::table::{Mode, Table};
use crate::write::{Committed, TableWriter, write_error};
use crate::{LakehouseError, Version, schema};

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

/// A folder of Delta tables.
#[derive(Debug, Clone)]
pub struct Lake {
    root: PathBuf,
}

impl Lake {
    /// The lake at a path or a `file://` address. Nothing is created until a table is written.
    ///
    /// # Errors
    /// [`LakehouseError::UnsupportedLake`] for any other address, [`LakehouseError::Root`] when the
    /// path exists and is no folder.
    pub fn open(uri: &str) -> Result<Self, LakehouseError> {
        let path = uri.strip_prefix("file://").unwrap_or(uri);
        if path.is_empty() || path.contains("://") {
            return Err(LakehouseError::UnsupportedLake { uri: uri.to_owned() });
        }
        let root = std::path::absolute(path)
            .map_err(|source| LakehouseError::Root { path: PathBuf::from(path), source })?;
        if root.exists() && !root.is_dir() {
            let source = std::io::Error::from(std::io::ErrorKind::NotADirectory);
            return Err(LakehouseError::Root { path: root, source });
        }
        Ok(Self { root })
    }

    /// The folder of the lake.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of a table.
    #[must_use]
    pub fn path_of<T: Table>(&self) -> PathBuf {
        self.root.join(T::NAME)
    }

    /// Begins to write a run's rows into a table; its [`Table::MODE`] says what becomes of the others.
    ///
    /// # Errors
    /// When the table cannot be created or opened, or has other columns than the contract.
    pub async fn write<T: Table>(&self, by: &Provenance) -> Result<TableWriter<T>, LakehouseError> {
        TableWriter::begin(self.clone(), by.clone()).await
    }

    /// What a run has committed to a table, `None` if it never did.
    ///
    /// # Errors
    /// When the table exists and cannot be read.
    pub async fn committed<T: Table>(&self, run_id: &str) -> Result<Option<Committed>, LakehouseError> {
        match self.version_of::<T>(run_id).await? {
            Some(version) => self.committed_at::<T>(version).await.map(Some),
            None => Ok(None),
        }
    }

    /// What the run that wrote a version has committed.
    pub(crate) async fn committed_at<T: Table>(&self, version: Version) -> Result<Committed, LakehouseError> {
        let size = self.at::<T>(version).await?.size();
        let earlier = match T::MODE {
            Mode::Append => self.at::<T>(version.saturating_sub(1)).await?.rows(),
            Mode::Overwrite => 0,
        };
        Ok(Committed { table: T::NAME, version, rows: size.rows - earlier, size, already: true })
    }

    /// The version that a run wrote, `None` if it never did.
    ///
    /// # Errors
    /// When the table exists and cannot be read.
    pub async fn version_of<T: Table>(&self, run_id: &str) -> Result<Option<Version>, LakehouseError> {
        match self.load::<T>(None).await? {
            Some(table) => committed_version::<T>(&table, run_id).await,
            None => Ok(None),
        }
    }

    /// Opens exactly the version that a run wrote.
    ///
    /// # Errors
    /// [`LakehouseError::MissingTable`], [`LakehouseError::RunNotFound`].
    pub async fn written_by<T: Table>(&self, run_id: &str) -> Result<Snapshot<T>, LakehouseError> {
        let table = self.load::<T>(None).await?.ok_or_else(|| self.missing::<T>())?;
        let version = committed_version::<T>(&table, run_id)
            .await?
            .ok_or_else(|| LakehouseError::RunNotFound { table: T::NAME, run_id: run_id.to_owned() })?;
        self.at(version).await
    }

    /// Opens a pinned version.
    ///
    /// # Errors
    /// [`LakehouseError::MissingTable`], or [`LakehouseError::Open`] when there is no such version.
    pub async fn at<T: Table>(&self, version: Version) -> Result<Snapshot<T>, LakehouseError> {
        let table = self.load::<T>(Some(version)).await?.ok_or_else(|| self.missing::<T>())?;
        Snapshot::new(table, self.path_of::<T>(), version).await
    }

    /// Opens the newest version, `None` if the table has never been written.
    ///
    /// # Errors
    /// [`LakehouseError::Open`] when the table cannot be read.
    pub async fn newest<T: Table>(&self) -> Result<Option<Snapshot<T>>, LakehouseError> {
        match self.load::<T>(None).await? {
            Some(table) => {
                let version = table.version().unwrap_or_default();
                Ok(Some(Snapshot::new(table, self.path_of::<T>(), version).await?))
            }
            None => Ok(None),
        }
    }

    /// The run that is meant by `--run-id`: `latest` stands for the run that wrote the newest version of a
    /// table, anything else for itself.
    ///
    /// # Errors
    /// As [`Lake::latest_run`].
    pub async fn resolve_run<T: Table>(&self, run_id: &str) -> Result<String, LakehouseError> {
        match run_id {
            "latest" => self.latest_run::<T>().await,
            run_id => Ok(run_id.to_owned()),
        }
    }

    /// The run that wrote the newest version of a table.
    ///
    /// # Errors
    /// [`LakehouseError::MissingTable`], [`LakehouseError::NoRun`].
    pub async fn latest_run<T: Table>(&self) -> Result<String, LakehouseError> {
        let table = self.load::<T>(None).await?.ok_or_else(|| self.missing::<T>())?;
        let mut commits = table.history(None);
        while let Some(commit) = commits.try_next().await.map_err(open_error::<T>)? {
            if let Some(run_id) = commit.info.get("run_id").and_then(|value| value.as_str()) {
                return Ok(run_id.to_owned());
            }
        }
        Err(LakehouseError::NoRun { table: T::NAME })
    }

    pub(crate) fn missing<T: Table>(&self) -> LakehouseError {
        LakehouseError::MissingTable { table: T::NAME, lake: self.root.clone() }
    }

    /// Loads a table at a version, or its newest; `None` when it does not exist.
    pub(crate) async fn load<T: Table>(
        &self,
        version: Option<Version>,
    ) -> Result<Option<DeltaTable>, LakehouseError> {
        let table = self.open_table(T::NAME, version).await.map_err(open_error::<T>)?;
        if let Some(table) = &table {
            check_schema::<T>(table)?;
        }
        Ok(table)
    }

    /// The same whatever the columns.
    pub(crate) async fn open_table(
        &self,
        name: &str,
        version: Option<Version>,
    ) -> Result<Option<DeltaTable>, DeltaTableError> {
        let path = self.root.join(name);
        if !path.join("_delta_log").is_dir() {
            return Ok(None);
        }
        let mut builder = DeltaTableBuilder::from_url(table_url(&path)?)?;
        if let Some(version) = version {
            builder = builder.with_version(version);
        }
        match builder.load().await {
            Ok(table) => Ok(Some(table)),
            // A creation that was killed left the log folder without a first commit.
            Err(DeltaTableError::NotATable(_)) if version.is_none() => Ok(None),
            Err(source) => Err(source),
        }
    }

    /// Loads a table, creating it empty where there is none.
    pub(crate) async fn load_or_create<T: Table>(&self) -> Result<DeltaTable, LakehouseError> {
        if let Some(table) = self.load::<T>(None).await? {
            return Ok(table);
        }
        let path = self.path_of::<T>();
        std::fs::create_dir_all(&path)
            .map_err(|source| LakehouseError::Root { path: path.clone(), source })?;
        let created = async {
            let schema: deltalake::kernel::StructType = T::schema().as_ref().try_into_kernel()?;
            CreateBuilder::new()
                .with_location(table_url(&path)?)
                .with_columns(schema.fields().cloned())
                // Who comes second opens what the first has created.
                .with_commit_properties(CommitProperties::default().with_max_retries(0))
                .await
        };
        match created.await {
            Ok(table) => Ok(table),
            // Somebody else created it in between, or it is beyond repair: opening tells.
            Err(source) => match self.load::<T>(None).await? {
                Some(table) => Ok(table),
                None => Err(write_error::<T>(source)),
            },
        }
    }
}

/// The version that the application transaction of a run records.
pub(crate) async fn committed_version<T: Table>(
    table: &DeltaTable,
    run_id: &str,
) -> Result<Option<Version>, LakehouseError> {
    let snapshot = table.snapshot().map_err(open_error::<T>)?;
    let recorded =
        snapshot.transaction_version(table.log_store().as_ref(), run_id).await.map_err(open_error::<T>)?;
    Ok(recorded.and_then(|version| Version::try_from(version).ok()))
}

pub(crate) fn open_error<T: Table>(source: DeltaTableError) -> LakehouseError {
    LakehouseError::Open { table: T::NAME, source: Box::new(source) }
}

fn table_url(path: &Path) -> Result<Url, DeltaTableError> {
    ensure_table_uri(path.to_string_lossy())
}

/// Refuses a table whose columns differ from the contract in name, order or type.
fn check_schema<T: Table>(table: &DeltaTable) -> Result<(), LakehouseError> {
    let snapshot = table.snapshot().map_err(open_error::<T>)?;
    let found = schema::found(snapshot).map_err(open_error::<T>)?;
    if schema::is_readable_as(&found, &T::schema()) {
        return Ok(());
    }
    Err(LakehouseError::SchemaMismatch {
        table: T::NAME,
        found: schema::describe(found.fields()),
        expected: schema::describe(T::schema().fields()),
    })
}
