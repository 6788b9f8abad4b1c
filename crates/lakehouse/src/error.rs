//! What can go wrong with a table, naming the table and the remedy.

use std::path::PathBuf;

use deltalake::DeltaTableError;
use deltalake::arrow::error::ArrowError;

use crate::Version;

/// An error of the lake. Every variant names the table, run or path it is about.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LakehouseError {
    /// The lake root is not a local path.
    #[error("the lake {uri:?} is not a local folder: give a path or a file:// address in --lake")]
    UnsupportedLake {
        /// The address as given.
        uri: String,
    },
    /// The lake root cannot be used as a folder.
    #[error("cannot use {path:?} as the lake: check --lake and the folder's owner and permissions")]
    Root {
        /// The folder.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A table that should exist does not.
    #[error("the lake {lake:?} has no table {table}: run the task that writes it first, or check --lake")]
    MissingTable {
        /// The table.
        table: &'static str,
        /// The lake's folder.
        lake: PathBuf,
    },
    /// The wanted run never wrote this table.
    #[error(
        "table {table} has no version written by run {run_id:?}: run the task that writes it with this run id first"
    )]
    RunNotFound {
        /// The table.
        table: &'static str,
        /// The wanted run.
        run_id: String,
    },
    /// `latest` was asked of a table that no run has written.
    #[error("table {table} has not been written by any run yet: run the task that writes it first")]
    NoRun {
        /// The table.
        table: &'static str,
    },
    /// The table on disk has other columns than this program expects.
    #[error(
        "table {table} has the columns [{found}] but this version of Cinelake expects [{expected}]: move the table away or use the version that wrote it"
    )]
    SchemaMismatch {
        /// The table.
        table: &'static str,
        /// What the table has.
        found: String,
        /// What the contract says.
        expected: String,
    },
    /// A batch lacks a column, because the read did not project it or the file is not ours.
    #[error("a batch of table {table} has no column {column:?} of the expected type")]
    MissingColumn {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// An earlier attempt of the run wrote the table from other input or flags.
    #[error(
        "run {run_id:?} has written table {table} from other input or flags: repeat them, or start a new run id"
    )]
    OtherInputs {
        /// The table.
        table: &'static str,
        /// The run.
        run_id: String,
    },
    /// Another run has added to a table what this one was about to add.
    #[error(
        "another run wrote table {table} meanwhile: run again with the same run id, and let one pipeline run at a time"
    )]
    Overtaken {
        /// The table.
        table: &'static str,
    },
    /// The disk is full.
    #[error("no space left on the disk for table {table}: free some, then run again with the same run id")]
    DiskFull {
        /// The table.
        table: &'static str,
    },
    /// Other writers kept committing first.
    #[error(
        "gave up committing to table {table} after {attempts} attempts: another writer is busy; let one pipeline run at a time"
    )]
    CommitContention {
        /// The table.
        table: &'static str,
        /// How often it was tried.
        attempts: usize,
    },
    /// A data file or the log could not be flushed to the disk.
    #[error("cannot flush {path:?} of table {table} to the disk")]
    Flush {
        /// The table.
        table: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// Reading failed.
    #[error(
        "cannot read table {table} at version {version}: if files are missing, they were vacuumed; run the task that writes it again under a new run id"
    )]
    Read {
        /// The table.
        table: &'static str,
        /// The version that was read.
        version: Version,
        /// Why not.
        #[source]
        source: Box<DeltaTableError>,
    },
    /// Writing failed.
    #[error("cannot write table {table}")]
    Write {
        /// The table.
        table: &'static str,
        /// Why not.
        #[source]
        source: Box<DeltaTableError>,
    },
    /// Vacuuming failed.
    #[error("cannot vacuum table {table}: check that its folder can be read and written, then vacuum again")]
    Vacuum {
        /// The table.
        table: &'static str,
        /// Why not.
        #[source]
        source: Box<DeltaTableError>,
    },
    /// Opening or listing failed.
    #[error("cannot open table {table}")]
    Open {
        /// The table.
        table: &'static str,
        /// Why not.
        #[source]
        source: Box<DeltaTableError>,
    },
    /// Factors of one table differ in length.
    #[error("the factors of table {table} differ in length: it was not written by Cinelake")]
    UnevenFactors {
        /// The table.
        table: &'static str,
    },
    /// A run's model is described by what this release does not know.
    #[error(
        "gold/models cannot be understood for run {run_id:?}: train again under a new run id, or use the release that wrote it"
    )]
    Card {
        /// The run.
        run_id: String,
        /// What is not known.
        #[source]
        source: contract::CardError,
    },
    /// Columns did not make up a batch.
    #[error("the columns of a batch for table {table} do not fit together")]
    Batch {
        /// The table.
        table: &'static str,
        /// Why not.
        #[source]
        source: ArrowError,
    },
}
