//! Streaming rows into a table: data files first, one commit at the end.

use std::marker::PhantomData;
use std::path::PathBuf;

use deltalake::DeltaTableError;
use deltalake::arrow::array::RecordBatch;
use deltalake::datafile::writer::{DeltaWriter, WriterConfig};
use deltalake::kernel::Add;
use deltalake::parquet::basic::{Compression, ZstdLevel};
use deltalake::parquet::file::properties::WriterProperties;
use deltalake::table::config::TablePropertiesExt;

use crate::commit::{self, Notes, Outcome};
use crate::durability;
use crate::size::Size;
use crate::table::Table;
use crate::{Lake, LakehouseError, Provenance, Version};

/// How a write ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// The table.
    pub table: &'static str,
    /// The version that the run wrote, now or in an earlier attempt.
    pub version: Version,
    /// Rows written by the run.
    pub rows: u64,
    /// The table as it then was, with the rows of other runs where it keeps them.
    pub size: Size,
    /// Whether an earlier attempt of the run had committed it; then nothing was changed now.
    pub already: bool,
}

/// Streams record batches into new data files of a table. Memory is bounded by one row group.
///
/// Nothing is visible before [`TableWriter::commit`]. Dropped without it, the data files are orphans that
/// no reader sees and that vacuum removes.
#[derive(Debug)]
pub struct TableWriter<T> {
    lake: Lake,
    by: Provenance,
    writer: OpenFiles,
    rows: u64,
    notes: Notes,
    after: Option<Version>,
    table: PhantomData<fn() -> T>,
}

/// `DeltaWriter` without `Debug`. Boxed, as it is large and a task holds many writers while it waits.
struct OpenFiles(Box<DeltaWriter>);

impl std::fmt::Debug for OpenFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OpenFiles")
    }
}

impl<T: Table> TableWriter<T> {
    pub(crate) async fn begin(lake: Lake, by: Provenance) -> Result<Self, LakehouseError> {
        let table = lake.load_or_create::<T>().await?;
        let properties = table.snapshot().map_err(write_error::<T>)?.table_config();
        let config = WriterConfig::new(
            T::schema(),
            Vec::new(),
            Some(parquet_properties()),
            Some(properties.target_file_size()),
            None,
            properties.num_indexed_cols(),
            None,
        );
        let writer = OpenFiles(Box::new(DeltaWriter::new(table.log_store().object_store(None), config)));
        Ok(Self { lake, by, writer, rows: 0, notes: Notes::new(), after: None, table: PhantomData })
    }

    /// Adds a batch to the data files.
    ///
    /// # Errors
    /// [`LakehouseError::Write`], for example when the disk is full. Nothing is committed then.
    pub async fn write(&mut self, batch: &RecordBatch) -> Result<(), LakehouseError> {
        self.writer.0.write(batch).await.map_err(write_error::<T>)?;
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    /// Adds an entry to the commit metadata, beside run, task and revision.
    pub fn note(&mut self, key: &'static str, value: impl Into<String>) {
        self.notes.insert(key, value.into());
    }

    /// Has the commit refused unless it follows this version directly: for rows that were chosen by what the table
    /// held then, which another run must not have added meanwhile.
    pub fn only_after(&mut self, version: Version) {
        self.after = Some(version);
    }

    /// The rows written so far.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Closes the data files, flushes them to the disk, and makes them visible in one atomic commit,
    /// unless the run has committed to this table before.
    ///
    /// # Errors
    /// [`LakehouseError::Write`], [`LakehouseError::Flush`], [`LakehouseError::CommitContention`],
    /// [`LakehouseError::Overtaken`].
    pub async fn commit(self) -> Result<Committed, LakehouseError> {
        let files = self.writer.0.close().await.map_err(write_error::<T>)?;
        let root = self.lake.path_of::<T>();
        durability::flush_files::<T>(&root, &files)?;
        match commit::commit::<T>(&self.lake, &self.by, &self.notes, &files, self.after).await {
            Ok(Outcome::Written(version, size)) => {
                durability::flush_log::<T>(&root, version)?;
                Ok(Committed { table: T::NAME, version, rows: self.rows, size, already: false })
            }
            Ok(Outcome::AlreadyWritten(version)) => {
                remove_unused(&root, &files);
                self.lake.committed_at::<T>(version).await
            }
            Err(refused @ (LakehouseError::OtherInputs { .. } | LakehouseError::Overtaken { .. })) => {
                remove_unused(&root, &files);
                Err(refused)
            }
            // Any other error may have come after the commit, which then names these files.
            Err(error) => Err(error),
        }
    }
}

/// Deletes data files that no commit names. What cannot be deleted is left to vacuum.
fn remove_unused(root: &std::path::Path, files: &[Add]) {
    for file in files {
        let path: PathBuf = root.join(&file.path);
        if let Err(error) = std::fs::remove_file(&path) {
            tracing::warn!(path = %path.display(), %error, "an unused data file stays until the next vacuum");
        }
    }
}

/// Zstandard at its first level: smaller files than with the default, Snappy.
fn parquet_properties() -> WriterProperties {
    WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build()
}

pub(crate) fn write_error<T: Table>(source: DeltaTableError) -> LakehouseError {
    if is_disk_full(&source) {
        return LakehouseError::DiskFull { table: T::NAME };
    }
    LakehouseError::Write { table: T::NAME, source: Box::new(source) }
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
