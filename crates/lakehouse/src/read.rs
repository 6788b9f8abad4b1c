//! Reading a pinned version of a table.

mod stored;

use std::fs::File;
use std::marker::PhantomData;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use deltalake::arrow::array::RecordBatch;
use deltalake::arrow::datatypes::SchemaRef;
use deltalake::kernel::Add;
use deltalake::parquet::arrow::ProjectionMask;
use deltalake::parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use deltalake::parquet::schema::types::SchemaDescriptor;
use deltalake::{DeltaResult, DeltaTable, DeltaTableError, Path};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use tokio::sync::mpsc;

use crate::error::{open_error, read_error};
use crate::{LakeFuture, LakeTable, LakehouseError, Size, Table, TableSpec, Version, schema};

/// Rows per batch: large enough that a batch's overhead vanishes, small enough for the cache.
const BATCH_ROWS: usize = 16_384;
/// Batches decoded ahead of the reader.
const READ_AHEAD: usize = 4;

/// One version of a table.
#[derive(Debug, Clone)]
pub struct Snapshot<T> {
    snapshot: Arc<UntypedSnapshot>,
    table: PhantomData<fn() -> T>,
}

impl<T: Table> Snapshot<T> {
    pub(crate) fn new(snapshot: UntypedSnapshot) -> Self {
        Self { snapshot: Arc::new(snapshot), table: PhantomData }
    }

    pub(crate) fn untyped(&self) -> &UntypedSnapshot {
        &self.snapshot
    }

    /// The version.
    #[must_use]
    pub fn version(&self) -> Version {
        self.snapshot.version
    }

    /// The number of rows of this version.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.snapshot.size.rows
    }

    /// When this version was committed, in microseconds since 1970.
    #[must_use]
    pub fn committed_at(&self) -> Option<i64> {
        self.snapshot.committed_at()
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
        self.snapshot.read(columns).await
    }
}

/// A [`Snapshot`] whose table is told by a value.
#[derive(Debug)]
pub(crate) struct UntypedSnapshot {
    table: DeltaTable,
    pub(crate) spec: &'static TableSpec,
    /// The table's folder, if the lake lies in one.
    folder: Option<PathBuf>,
    version: Version,
    pub(crate) size: Size,
}

/// A data file and its size in bytes.
type DataFile = (Path, u64);

impl UntypedSnapshot {
    pub(crate) async fn new(
        of: LakeTable<'_>,
        table: DeltaTable,
        version: Version,
    ) -> Result<Self, LakehouseError> {
        let state = table.snapshot().map_err(open_error(of.spec))?;
        let size = Size::of(state, &table).await.map_err(open_error(of.spec))?;
        Ok(Self { table, spec: of.spec, folder: of.folder(), version, size })
    }

    fn committed_at(&self) -> Option<i64> {
        let millis = self.table.snapshot().ok()?.version_timestamp(self.version)?;
        millis.checked_mul(1000)
    }

    /// Whether it names one of these files. Their names are unique, so it is then the commit that wrote them.
    pub(crate) async fn names_any(&self, files: &[Add]) -> DeltaResult<bool> {
        let named = self.files().await?;
        Ok(named.iter().any(|(path, _)| files.iter().any(|own| own.path == path.as_ref())))
    }

    pub(crate) fn read<'a>(&'a self, columns: &'a [&'static str]) -> LakeFuture<'a, Batches> {
        Box::pin(async move {
            let Self { spec, version, .. } = *self;
            let files = self.files().await.map_err(open_error(spec))?;
            let wanted = Wanted { contract: spec.schema(), columns: columns.to_vec() };
            let (sender, mut receiver) = mpsc::channel(READ_AHEAD);
            if let Some(folder) = self.folder.clone() {
                let files: Vec<_> = files.iter().map(|(path, _)| folder.join(path.as_ref())).collect();
                tokio::task::spawn_blocking(move || forward(&files, &wanted, &sender));
            } else {
                let store = self.table.log_store().object_store(None);
                tokio::spawn(stored::forward(store, files, wanted, sender));
            }
            let batches = stream::poll_fn(move |context| receiver.poll_recv(context));
            Ok(Batches(batches.map_err(read_error(spec, version)).boxed()))
        })
    }

    /// Data files, in the order in which they were written.
    async fn files(&self) -> DeltaResult<Vec<DataFile>> {
        let log_store = self.table.log_store();
        let mut files: Vec<_> = self
            .table
            .snapshot()?
            .snapshot()
            .file_views(log_store.as_ref(), None)
            .map_ok(|file| {
                let size = u64::try_from(file.size()).unwrap_or_default();
                (file.modification_time(), (file.object_store_path(), size))
            })
            .try_collect()
            .await?;
        // Files of one commit share a name but for their running number, and commits follow each other.
        files.sort_unstable_by_key(|(written, (path, _))| (part_number(path), *written));
        Ok(files.into_iter().map(|(_, file)| file).collect())
    }
}

/// The running number in `part-00003-....parquet`.
fn part_number(path: &Path) -> Option<u32> {
    path.filename()?.strip_prefix("part-")?.split('-').next()?.parse().ok()
}

/// What is wanted of the files of a table.
struct Wanted {
    contract: SchemaRef,
    columns: Vec<&'static str>,
}

impl Wanted {
    fn mask(&self, file: &SchemaDescriptor) -> ProjectionMask {
        ProjectionMask::columns(file, self.columns.iter().copied())
    }

    /// A batch of a file as the contract has it.
    fn fill(&self, batch: Result<RecordBatch, impl Into<DeltaTableError>>) -> DeltaResult<RecordBatch> {
        schema::fill(batch.map_err(Into::into)?, &self.contract, &self.columns)
    }
}

/// Sends the batches of all files; ends early when reading failed or nobody listens any more.
fn forward(files: &[PathBuf], wanted: &Wanted, sender: &mpsc::Sender<DeltaResult<RecordBatch>>) {
    for path in files {
        let batches = match open_file(path, wanted) {
            Ok(batches) => batches,
            Err(error) => {
                // A closed channel means that nobody wants the error.
                let _ = sender.blocking_send(Err(error));
                return;
            }
        };
        for batch in batches {
            let batch = wanted.fill(batch);
            let failed = batch.is_err();
            if sender.blocking_send(batch).is_err() || failed {
                return;
            }
        }
    }
}

fn open_file(path: &FilePath, wanted: &Wanted) -> DeltaResult<ParquetRecordBatchReader> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    let mask = wanted.mask(builder.parquet_schema());
    Ok(builder.with_projection(mask).with_batch_size(BATCH_ROWS).build()?)
}

/// The batches of a read, in order.
pub struct Batches(BoxStream<'static, Result<RecordBatch, LakehouseError>>);

impl Batches {
    /// The next batch, `None` at the end.
    ///
    /// # Errors
    /// [`LakehouseError::Read`] when a file is missing or damaged.
    pub async fn next(&mut self) -> Result<Option<RecordBatch>, LakehouseError> {
        self.0.try_next().await
    }
}

impl std::fmt::Debug for Batches {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Batches")
    }
}
