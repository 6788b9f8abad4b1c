//! One table of a lake, told which by a value: all that is the same whatever the columns.
//!
//! What other crates await is boxed here. So its code is compiled with this crate once, and not again into every
//! program that awaits it, with the half of `deltalake` that it calls.

use std::path::PathBuf;

use deltalake::kernel::StructType;
use deltalake::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake::kernel::transaction::CommitProperties;
use deltalake::operations::create::CreateBuilder;
use deltalake::{DeltaResult, DeltaTable, DeltaTableError};
use futures::TryStreamExt;
use futures::future::BoxFuture;

use crate::error::{open_error, write_error};
use crate::read::UntypedSnapshot;
use crate::{Committed, Lake, LakehouseError, Mode, TableSpec, Version, schema};

/// What an operation on the lake gives when it is awaited.
pub type LakeFuture<'a, T> = BoxFuture<'a, Result<T, LakehouseError>>;

/// A table of a lake for code that handles tables of different types alike: see [`Lake::table`]. Its methods do what
/// those of [`Lake`] with the same names do, which are typed fronts of them.
#[derive(Debug, Clone, Copy)]
pub struct LakeTable<'a> {
    pub(crate) lake: &'a Lake,
    pub(crate) spec: &'static TableSpec,
}

impl<'a> LakeTable<'a> {
    pub(crate) fn folder(self) -> Option<PathBuf> {
        Some(self.lake.folder()?.join(self.spec.name))
    }

    /// As [`Lake::committed`].
    pub fn committed(self, run_id: &'a str) -> LakeFuture<'a, Option<Committed>> {
        Box::pin(async move {
            match self.version_of(run_id).await? {
                Some(version) => self.committed_at(version).await.map(Some),
                None => Ok(None),
            }
        })
    }

    /// As [`Lake::version_of`].
    pub fn version_of(self, run_id: &'a str) -> LakeFuture<'a, Option<Version>> {
        Box::pin(async move {
            match self.load(None).await? {
                Some(table) => self.committed_version(&table, run_id).await,
                None => Ok(None),
            }
        })
    }

    /// As [`Lake::resolve_run`].
    pub fn resolve_run(self, run_id: &'a str) -> LakeFuture<'a, String> {
        Box::pin(async move {
            match run_id {
                "latest" => self.latest_run().await,
                run_id => Ok(run_id.to_owned()),
            }
        })
    }

    /// As [`Lake::latest_run`].
    pub fn latest_run(self) -> LakeFuture<'a, String> {
        Box::pin(async move {
            let table = self.load_existing(None).await?;
            let mut commits = table.history(None);
            while let Some(commit) = commits.try_next().await.map_err(open_error(self.spec))? {
                if let Some(run_id) = commit.info.get("run_id").and_then(|value| value.as_str()) {
                    return Ok(run_id.to_owned());
                }
            }
            Err(LakehouseError::NoRun { table: self.spec.name })
        })
    }

    pub(crate) fn written_by(self, run_id: &'a str) -> LakeFuture<'a, UntypedSnapshot> {
        Box::pin(async move {
            let table = self.load_existing(None).await?;
            let version = self.committed_version(&table, run_id).await?.ok_or_else(|| {
                LakehouseError::RunNotFound { table: self.spec.name, run_id: run_id.to_owned() }
            })?;
            self.at(version).await
        })
    }

    pub(crate) fn at(self, version: Version) -> LakeFuture<'a, UntypedSnapshot> {
        Box::pin(async move {
            let table = self.load_existing(Some(version)).await?;
            UntypedSnapshot::new(self, table, version).await
        })
    }

    pub(crate) fn newest(self) -> LakeFuture<'a, Option<UntypedSnapshot>> {
        Box::pin(async move {
            let Some(table) = self.load(None).await? else { return Ok(None) };
            let version = table.version().unwrap_or_default();
            UntypedSnapshot::new(self, table, version).await.map(Some)
        })
    }

    /// What the run that wrote a version has committed.
    pub(crate) async fn committed_at(self, version: Version) -> Result<Committed, LakehouseError> {
        let size = self.at(version).await?.size;
        let earlier = match self.spec.mode {
            Mode::Append => self.at(version.saturating_sub(1)).await?.size.rows,
            Mode::Overwrite => 0,
        };
        Ok(Committed { table: self.spec.name, version, rows: size.rows - earlier, size, already: true })
    }

    /// Loads the table at a version, or its newest; `None` when it does not exist.
    async fn load(self, version: Option<Version>) -> Result<Option<DeltaTable>, LakehouseError> {
        let table = load(self.lake, self.spec.name, version).await.map_err(open_error(self.spec))?;
        if let Some(table) = &table {
            self.check_schema(table)?;
        }
        Ok(table)
    }

    pub(crate) async fn load_existing(self, version: Option<Version>) -> Result<DeltaTable, LakehouseError> {
        self.load(version).await?.ok_or_else(|| LakehouseError::MissingTable {
            table: self.spec.name,
            lake: self.lake.to_string(),
        })
    }

    /// Loads the table, creating it empty where there is none.
    pub(crate) async fn load_or_create(self) -> Result<DeltaTable, LakehouseError> {
        if let Some(table) = self.load(None).await? {
            return Ok(table);
        }
        if let Some(path) = self.folder() {
            std::fs::create_dir_all(&path).map_err(|source| LakehouseError::Root { path, source })?;
        }
        let created = async {
            let schema: StructType = self.spec.schema().as_ref().try_into_kernel()?;
            CreateBuilder::new()
                .with_log_store(self.lake.place.builder(self.spec.name)?.build_storage()?)
                .with_columns(schema.fields().cloned())
                // Who comes second opens what the first has created.
                .with_commit_properties(CommitProperties::default().with_max_retries(0))
                .await
        };
        match created.await {
            Ok(table) => Ok(table),
            // Somebody else created it in between, or it is beyond repair: opening tells.
            Err(source) => match self.load(None).await? {
                Some(table) => Ok(table),
                None => Err(write_error(self.spec)(source)),
            },
        }
    }

    /// The version that the application transaction of a run records.
    pub(crate) async fn committed_version(
        self,
        table: &DeltaTable,
        run_id: &str,
    ) -> Result<Option<Version>, LakehouseError> {
        let snapshot = table.snapshot().map_err(open_error(self.spec))?;
        let recorded = snapshot
            .transaction_version(table.log_store().as_ref(), run_id)
            .await
            .map_err(open_error(self.spec))?;
        Ok(recorded.and_then(|version| Version::try_from(version).ok()))
    }

    /// Refuses a table whose columns differ from the contract in name, order or type.
    fn check_schema(self, table: &DeltaTable) -> Result<(), LakehouseError> {
        let found = table.snapshot().and_then(schema::found).map_err(open_error(self.spec))?;
        let expected = self.spec.schema();
        if schema::is_readable_as(&found, &expected) {
            return Ok(());
        }
        Err(LakehouseError::SchemaMismatch {
            table: self.spec.name,
            found: schema::describe(found.fields()),
            expected: schema::describe(expected.fields()),
        })
    }
}

/// Loads a table whatever its columns.
pub(crate) async fn load(
    lake: &Lake,
    name: &'static str,
    version: Option<Version>,
) -> DeltaResult<Option<DeltaTable>> {
    // The library would create the folder.
    if lake.folder().is_some_and(|folder| !folder.join(name).join("_delta_log").is_dir()) {
        return Ok(None);
    }
    let mut builder = lake.place.builder(name)?;
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
