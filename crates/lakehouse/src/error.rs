//! What can go wrong with a table, naming the table and the remedy.

use std::path::PathBuf;

use deltalake::DeltaTableError;
use deltalake::arrow::error::ArrowError;

use crate::place::StoreFault;
use crate::{TableSpec, Version};

/// What `deltalake` said. Opaque, so that no program compiles the destructors of all its errors.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// An error of the lake. Every variant names the table, run or path it is about.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the messages say what the variants and fields are")]
pub enum LakehouseError {
    #[error(
        "the lake {uri:?} is no place for tables: give a path, file://PATH, s3://BUCKET/PREFIX, az://CONTAINER/PREFIX, gs://BUCKET/PREFIX or hdfs://NAMENODE:PORT/PATH in --lake"
    )]
    UnsupportedLake { uri: String },
    /// What a store says is wrong, of which nothing else needs to be known.
    #[error("cannot use {what}: {fault}")]
    Unusable { what: String, fault: StoreFault },
    #[error("cannot use the lake {lake}: check its address and the variables that docs/lake.md lists")]
    Store {
        lake: String,
        #[source]
        source: Cause,
    },
    #[error("there is no file at {address}: check the address")]
    NoFiles { address: String },
    #[error(
        "cannot read the files at {address}: check the address and the variables that docs/lake.md lists"
    )]
    Files {
        address: String,
        #[source]
        source: Cause,
    },
    #[error("cannot write {path:?}: check its permissions and the room on the disk")]
    Copy {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error(
        "the store of the lake {lake} lets two writers win at once (it ignores If-None-Match): use one that does not, or a \
         newer release of it; nothing was written"
    )]
    UnsafeStore { lake: String },
    #[error(
        "the lake `{}` has a backslash in its path, or a % with two digits, which Delta reads as something else: \
         give a folder without, or a space as it is, in --lake",
        path.display()
    )]
    AmbiguousPath { path: PathBuf },
    #[error("bronze/source holds a description that this release does not know: use a newer one")]
    Description {
        #[source]
        source: serde_json::Error,
    },
    #[error("cannot use {path:?} as the lake: check --lake and the folder's owner and permissions")]
    Root {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the lake {lake} has no table {table}: run the task that writes it first, or check --lake")]
    MissingTable { table: &'static str, lake: String },
    #[error(
        "table {table} has no version written by run {run_id:?}: run the task that writes it with this run id first"
    )]
    RunNotFound { table: &'static str, run_id: String },
    /// `latest` was asked of a table that no run has written.
    #[error("table {table} has not been written by any run yet: run the task that writes it first")]
    NoRun { table: &'static str },
    #[error(
        "table {table} has the columns [{found}] but this version of Cinelake expects [{expected}]: move the table away or use the version that wrote it"
    )]
    SchemaMismatch { table: &'static str, found: String, expected: String },
    /// A batch lacks a column, because the read did not project it or the file is not ours.
    #[error("a batch of table {table} has no column {column:?} of the expected type")]
    MissingColumn { table: &'static str, column: &'static str },
    #[error(
        "run {run_id:?} has written table {table} from other input or flags: repeat them, or start a new run id"
    )]
    OtherInputs { table: &'static str, run_id: String },
    /// Another run has added to a table what this one was about to add.
    #[error(
        "another run wrote table {table} meanwhile: run again with the same run id, and let one pipeline run at a time"
    )]
    Overtaken { table: &'static str },
    #[error("no space left on the disk for table {table}: free some, then run again with the same run id")]
    DiskFull { table: &'static str },
    /// Other writers kept committing first.
    #[error(
        "gave up committing to table {table} after {attempts} attempts: another writer is busy; let one pipeline run at a time"
    )]
    CommitContention { table: &'static str, attempts: usize },
    #[error("cannot flush {path:?} of table {table} to the disk")]
    Flush {
        table: &'static str,
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error(
        "cannot read table {table} at version {version}: if files are missing, they were vacuumed; run the task that writes it again under a new run id"
    )]
    Read {
        table: &'static str,
        version: Version,
        #[source]
        source: Cause,
    },
    #[error("cannot write table {table}")]
    Write {
        table: &'static str,
        #[source]
        source: Cause,
    },
    #[error("cannot vacuum table {table}: check that its folder can be read and written, then vacuum again")]
    Vacuum {
        table: &'static str,
        #[source]
        source: Cause,
    },
    #[error("cannot open table {table}")]
    Open {
        table: &'static str,
        #[source]
        source: Cause,
    },
    #[error("the factors of table {table} differ in length: it was not written by Cinelake")]
    UnevenFactors { table: &'static str },
    #[error(
        "gold/models cannot be understood for run {run_id:?}: train again under a new run id, or use the release that wrote it"
    )]
    Card {
        run_id: String,
        #[source]
        source: contract::CardError,
    },
    #[error("the columns of a batch for table {table} do not fit together")]
    Batch {
        table: &'static str,
        #[source]
        source: ArrowError,
    },
}

pub(crate) fn open_error(spec: &TableSpec) -> impl Fn(DeltaTableError) -> LakehouseError + use<> {
    let table = spec.name;
    move |source| {
        unusable(table, &source).unwrap_or_else(|| LakehouseError::Open { table, source: Box::new(source) })
    }
}

pub(crate) fn write_error(spec: &TableSpec) -> impl Fn(DeltaTableError) -> LakehouseError + use<> {
    let table = spec.name;
    move |source| {
        if is_disk_full(&source) {
            return LakehouseError::DiskFull { table };
        }
        unusable(table, &source).unwrap_or_else(|| LakehouseError::Write { table, source: Box::new(source) })
    }
}

pub(crate) fn read_error(
    spec: &TableSpec,
    version: Version,
) -> impl Fn(DeltaTableError) -> LakehouseError + use<> {
    let table = spec.name;
    move |source| {
        unusable(table, &source).unwrap_or_else(|| LakehouseError::Read {
            table,
            version,
            source: Box::new(source),
        })
    }
}

/// What the store says is wrong with a table, if it is the store.
pub(crate) fn unusable(table: &str, error: &(dyn std::error::Error + 'static)) -> Option<LakehouseError> {
    let fault = StoreFault::of(error)?;
    Some(LakehouseError::Unusable { what: format!("table {table}"), fault })
}

/// Whether a full disk is at the bottom of an error. Some layers keep it as a source, some only its text.
fn is_disk_full(error: &DeltaTableError) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let io = error.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::StorageFull) {
            return true;
        }
        cause = error.source();
    }
    error.to_string().contains("No space left on device")
}
