//! The Delta tables of the lake: their contracts, reads and writes.
//!
//! This is the only crate that names `deltalake`. A task sees tables (one type in [`tables`] each),
//! runs and versions:
//!
//! - [`Lake::write`] streams record batches into a table and commits them **at most once per run**: the commit carries an
//!   application transaction whose application is the run id and whose version is the table version it wrote.
//! - [`Lake::written_by`] opens exactly the version that a run wrote, whatever has been written since.
//! - Every commit carries `run_id`, `task` and `revision` in its commit metadata.
//! - [`Lake::table`] does the same for a table that is told by a value, a [`TableSpec`].
//! - [`StoredFiles`] are no tables: a data set that lies where a lake may lie.
//!
//! Arrow's types are re-exported as [`arrow`], so that everybody uses the version `deltalake` uses.

#![allow(clippy::must_use_candidate, reason = "a boxed future that is not awaited is warned of as it is")]

mod column;
mod commit;
mod data_files;
mod durability;
mod error;
mod factors;
mod files;
mod history;
mod lake;
mod lake_table;
mod place;
mod read;
mod schema;
mod size;
mod table;
pub mod tables;
mod vacuum;
mod write;

pub use column::{Column, ColumnType, FloatList, Text, TextList, Timestamp};
pub use deltalake::arrow;
pub use deltalake::parquet;
pub use error::{Cause, LakehouseError};
pub use factors::{FactorRows, FactorTable};
pub use files::{Copied, StoredFiles};
pub use history::CommitRecord;
pub use lake::{Lake, Provenance};
pub use lake_table::{LakeFuture, LakeTable};
pub use place::StoreFault;
pub use read::{Batches, Snapshot};
pub use size::Size;
pub use table::{ColumnSpec, Mode, Table, TableSpec};
pub use vacuum::{Vacuum, Vacuumed};
pub use write::{Committed, TableWriter, UntypedWriter};

/// A version of one Delta table, counted from 0.
pub type Version = u64;
