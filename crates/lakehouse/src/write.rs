//! Streaming rows into a table: data files first, one commit at the end.

use std::marker::PhantomData;
use std::sync::Arc;

use deltalake::arrow::array::RecordBatch;
use deltalake::arrow::datatypes::DataType;
use deltalake::datafile::writer::{DeltaWriter, WriterConfig};
use deltalake::kernel::Add;
use deltalake::logstore::object_store::ObjectStoreExt;
use deltalake::parquet::basic::{Compression, Encoding, ZstdLevel};
use deltalake::parquet::file::properties::{EnabledStatistics, WriterProperties};
use deltalake::parquet::schema::types::ColumnPath;
use deltalake::table::config::TablePropertiesExt;
use deltalake::{ObjectStore, Path};

use crate::commit::{Notes, Outcome};
use crate::data_files::WriteBehind;
use crate::error::write_error;
use crate::{
    Lake, LakeFuture, LakeTable, LakehouseError, Provenance, Size, Table, TableSpec, Version, durability,
};

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

/// Streams record batches into new data files of a table, which a task of its own writes. Memory is bounded by one row group and
/// three batches.
///
/// Nothing is visible before [`TableWriter::commit`]. Dropped without it, the data files are orphans that
/// no reader sees and that vacuum removes.
#[derive(Debug)]
pub struct TableWriter<T> {
    writer: UntypedWriter,
    table: PhantomData<fn() -> T>,
}

impl<T: Table> TableWriter<T> {
    pub(crate) fn new(writer: UntypedWriter) -> Self {
        Self { writer, table: PhantomData }
    }

    /// Adds a batch to the data files.
    ///
    /// # Errors
    /// [`LakehouseError::Write`], for example when the disk is full, of this batch or of one before. Nothing is committed then.
    pub async fn write(&mut self, batch: &RecordBatch) -> Result<(), LakehouseError> {
        self.writer.write(batch).await
    }

    /// Adds an entry to the commit metadata, beside run, task and revision.
    pub fn note(&mut self, key: &'static str, value: impl Into<String>) {
        self.writer.notes.insert(key, value.into());
    }

    /// Has the commit refused unless it follows this version directly: for rows that were chosen by what the table
    /// held then, which another run must not have added meanwhile.
    pub fn only_after(&mut self, version: Version) {
        self.writer.after = Some(version);
    }

    /// The rows written so far.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.writer.rows
    }

    /// Closes the data files, flushes them to the disk, and makes them visible in one atomic commit,
    /// unless the run has committed to this table before.
    ///
    /// # Errors
    /// [`LakehouseError::Write`], [`LakehouseError::Flush`], [`LakehouseError::CommitContention`],
    /// [`LakehouseError::Overtaken`].
    pub async fn commit(self) -> Result<Committed, LakehouseError> {
        self.writer.commit().await
    }

    /// For a list of writers of different tables.
    #[must_use]
    pub fn untyped(self) -> UntypedWriter {
        self.writer
    }
}

/// A [`TableWriter`] whose table is told by a value.
#[derive(Debug)]
pub struct UntypedWriter {
    lake: Lake,
    /// The table's own part of where the lake lies.
    store: Arc<dyn ObjectStore>,
    spec: &'static TableSpec,
    by: Provenance,
    files: WriteBehind,
    rows: u64,
    notes: Notes,
    after: Option<Version>,
}

impl<'a> LakeTable<'a> {
    /// As [`Lake::write`].
    pub fn write(self, by: &'a Provenance) -> LakeFuture<'a, UntypedWriter> {
        Box::pin(async move {
            let Self { lake, spec } = self;
            lake.check_safe().await?;
            let table = self.load_or_create().await?;
            let properties = table.snapshot().map_err(write_error(spec))?.table_config();
            let config = WriterConfig::new(
                spec.schema(),
                Vec::new(),
                Some(parquet_properties(spec)),
                Some(properties.target_file_size()),
                None,
                properties.num_indexed_cols(),
                None,
            );
            let files = WriteBehind::new(DeltaWriter::new(table.log_store().object_store(None), config));
            let (lake, by, store) = (lake.clone(), by.clone(), table.log_store().object_store(None));
            Ok(UntypedWriter { lake, store, spec, by, files, rows: 0, notes: Notes::new(), after: None })
        })
    }
}

impl UntypedWriter {
    /// The name of the table.
    #[must_use]
    pub fn table(&self) -> &'static str {
        self.spec.name
    }

    /// As [`TableWriter::write`].
    pub fn write<'a>(&'a mut self, batch: &'a RecordBatch) -> LakeFuture<'a, ()> {
        Box::pin(async move {
            self.files.write(batch).await.map_err(write_error(self.spec))?;
            self.rows += batch.num_rows() as u64;
            Ok(())
        })
    }

    /// As [`TableWriter::commit`].
    pub fn commit(self) -> LakeFuture<'static, Committed> {
        Box::pin(async move {
            let Self { lake, store, spec, by, files, rows, notes, after } = self;
            let table = lake.table(spec);
            let files = files.close().await.map_err(write_error(spec))?;
            // Other places than a folder answer when what they were sent is safe.
            let folder = table.folder();
            if let Some(folder) = &folder {
                durability::flush_files(spec.name, folder, &files)?;
            }
            match table.commit(&by, &notes, &files, after).await {
                Ok(Outcome::Written(version, size)) => {
                    if let Some(folder) = &folder {
                        durability::flush_log(spec.name, folder, version)?;
                    }
                    Ok(Committed { table: spec.name, version, rows, size, already: false })
                }
                Ok(Outcome::AlreadyWritten(version)) => {
                    remove_unused(&*store, &files).await;
                    table.committed_at(version).await
                }
                Err(refused @ (LakehouseError::OtherInputs { .. } | LakehouseError::Overtaken { .. })) => {
                    remove_unused(&*store, &files).await;
                    Err(refused)
                }
                // Any other error may have come after the commit, which then names these files.
                Err(error) => Err(error),
            }
        })
    }
}

/// Deletes data files that no commit names. What cannot be deleted is left to vacuum.
async fn remove_unused(store: &dyn ObjectStore, files: &[Add]) {
    for file in files {
        if let Err(error) = store.delete(&Path::from(file.path.as_str())).await {
            tracing::warn!(path = file.path, %error, "an unused data file stays until the next vacuum");
        }
    }
}

/// How columns are written. Zstandard at its first level: smaller files than with the default, Snappy. Ids and moments as the
/// differences of each to the one before, because rows lie in an order in which these are small, and a dictionary of them takes
/// long to make. No least and greatest text, which nobody asks for.
fn parquet_properties(spec: &TableSpec) -> WriterProperties {
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default()));
    let columns = spec.columns.iter().fold(properties, |properties, column| {
        let name = ColumnPath::from(column.name);
        match (column.data_type)() {
            DataType::Int64 | DataType::Timestamp(..) => properties
                .set_column_dictionary_enabled(name.clone(), false)
                .set_column_encoding(name, Encoding::DELTA_BINARY_PACKED),
            DataType::Utf8 => properties.set_column_statistics_enabled(name, EnabledStatistics::None),
            _ => properties,
        }
    });
    columns.build()
}
