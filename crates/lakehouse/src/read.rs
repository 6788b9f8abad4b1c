//! Reading a pinned version of a table.

use std::fs::File;
use std::marker::PhantomData;
use std::path::{Path as FilePath, PathBuf};

use deltalake::arrow::array::RecordBatch;
use deltalake::arrow::datatypes::SchemaRef;
use deltalake::parquet::arrow::ProjectionMask;
use deltalake::parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use deltalake::{DeltaResult, DeltaTable, DeltaTableError, Path};
use futures::TryStreamExt;
use tokio::sync::mpsc;

use crate::lake::open_error;
use crate::size::Size;
use crate::table::Table;
use crate::{LakehouseError, Version, schema};

/// Rows per batch: large enough that a batch's overhead vanishes, small enough for the cache.
const BATCH_ROWS: usize = 16_384;
/// Batches decoded ahead of the reader.
const READ_AHEAD: usize = 4;

/// One version of a table.
#[derive(Debug, Clone)]
pub struct Snapshot<T> {
    table: DeltaTable,
    root: PathBuf,
    version: Version,
    size: Size,
    contract: PhantomData<fn() -> T>,
}

impl<T: Table> Snapshot<T> {
    pub(crate) async fn new(
        table: DeltaTable,
        root: PathBuf,
        version: Version,
    ) -> Result<Self, LakehouseError> {
        let state = table.snapshot().map_err(open_error::<T>)?;
        let size = Size::of(state, &table).await.map_err(open_error::<T>)?;
        Ok(Self { table, root, version, size, contract: PhantomData })
    }

    /// The version.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// The number of rows of this version.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.size.rows
    }

    /// The rows and the live data files of this version.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// When this version was committed, in microseconds since 1970.
    #[must_use]
    pub fn committed_at(&self) -> Option<i64> {
        let millis = self.table.snapshot().ok()?.version_timestamp(self.version)?;
        millis.checked_mul(1000)
    }

    /// Streams the wanted columns of all rows, in the order in which they were written.
    ///
    /// `columns` are names of [`Column`](crate::Column) handles; the batches hold just these. Batches are
    /// decoded ahead on another thread.
    ///
    /// # Errors
    /// [`LakehouseError::Open`] when the list of files cannot be read; the stream itself yields
    /// [`LakehouseError::Read`].
    pub async fn read(&self, columns: &[&'static str]) -> Result<Batches, LakehouseError> {
        let files = self.files().await.map_err(open_error::<T>)?;
        let columns = columns.to_vec();
        let (sender, receiver) = mpsc::channel(READ_AHEAD);
        tokio::task::spawn_blocking(move || forward(&files, &T::schema(), &columns, &sender));
        Ok(Batches { receiver, table: T::NAME, version: self.version })
    }

    /// Data files, in the order in which they were written.
    async fn files(&self) -> DeltaResult<Vec<PathBuf>> {
        let log_store = self.table.log_store();
        let mut files: Vec<_> = self
            .table
            .snapshot()?
            .snapshot()
            .file_views(log_store.as_ref(), None)
            .map_ok(|file| (file.modification_time(), file.object_store_path()))
            .try_collect()
            .await?;
        // Files of one commit share a name but for their running number, and commits follow each other.
        files.sort_unstable_by_key(|(written, path)| (part_number(path), *written));
        Ok(files.into_iter().map(|(_, path)| self.root.join(path.as_ref())).collect())
    }
}

/// The running number in `part-00003-....parquet`.
fn part_number(path: &Path) -> Option<u32> {
    path.filename()?.strip_prefix("part-")?.split('-').next()?.parse().ok()
}

/// Sends the batches of all files; ends early when reading failed or nobody listens any more.
fn forward(
    files: &[PathBuf],
    contract: &SchemaRef,
    columns: &[&'static str],
    sender: &mpsc::Sender<DeltaResult<RecordBatch>>,
) {
    for path in files {
        let batches = match open_file(path, columns) {
            Ok(batches) => batches,
            Err(error) => {
                // A closed channel means that nobody wants the error.
                let _ = sender.blocking_send(Err(error));
                return;
            }
        };
        for batch in batches {
            let batch =
                batch.map_err(DeltaTableError::from).and_then(|batch| schema::fill(batch, contract, columns));
            let failed = batch.is_err();
            if sender.blocking_send(batch).is_err() || failed {
                return;
            }
        }
    }
}

fn open_file(path: &FilePath, columns: &[&'static str]) -> DeltaResult<ParquetRecordBatchReader> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
    Ok(builder.with_projection(mask).with_batch_size(BATCH_ROWS).build()?)
}

/// The batches of a read, in order.
#[derive(Debug)]
pub struct Batches {
    receiver: mpsc::Receiver<DeltaResult<RecordBatch>>,
    table: &'static str,
    version: Version,
}

impl Batches {
    /// The next batch, `None` at the end.
    ///
    /// # Errors
    /// [`LakehouseError::Read`] when a file is missing or damaged.
    pub async fn next(&mut self) -> Result<Option<RecordBatch>, LakehouseError> {
        self.receiver.recv().await.transpose().map_err(|source| LakehouseError::Read {
            table: self.table,
            version: self.version,
            source: Box::new(source),
        })
    }
}
