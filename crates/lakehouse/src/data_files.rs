//! Write-behind: rows are encoded and compressed by a task of their own, while the caller makes the next ones.

use deltalake::arrow::array::RecordBatch;
use deltalake::datafile::writer::DeltaWriter;
use deltalake::kernel::Add;
use deltalake::{DeltaResult, DeltaTableError};
use futures::future::BoxFuture;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Batches that wait, besides the one that is being written.
const WAITING: usize = 1;

/// Data files, and the task that writes them. It ends when this is dropped, and the files are orphans then.
#[derive(Debug)]
pub(crate) struct WriteBehind {
    batches: mpsc::Sender<RecordBatch>,
    /// The one task; it gives the files back.
    task: JoinSet<DeltaResult<Box<dyn DataFiles>>>,
}

impl WriteBehind {
    pub(crate) fn new(files: DeltaWriter) -> Self {
        let (batches, mut waiting) = mpsc::channel::<RecordBatch>(WAITING);
        let mut files: Box<dyn DataFiles> = Box::new(files);
        let mut task = JoinSet::new();
        task.spawn(async move {
            while let Some(batch) = waiting.recv().await {
                files.write(&batch).await?;
            }
            Ok(files)
        });
        Self { batches, task }
    }

    /// Hands a batch over. An error may be that of one before it.
    pub(crate) async fn write(&mut self, batch: &RecordBatch) -> DeltaResult<()> {
        match self.batches.send(batch.clone()).await {
            Ok(()) => Ok(()),
            // It listens until it fails.
            Err(_) => ended(&mut self.task).await.map(drop),
        }
    }

    /// Waits until all is written.
    pub(crate) async fn close(self) -> DeltaResult<Vec<Add>> {
        let Self { batches, mut task } = self;
        drop(batches);
        ended(&mut task).await?.close().await
    }
}

/// What the task came to.
async fn ended(task: &mut JoinSet<DeltaResult<Box<dyn DataFiles>>>) -> DeltaResult<Box<dyn DataFiles>> {
    match task.join_next().await {
        Some(Ok(files)) => files,
        Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Some(Err(_)) | None => Err(DeltaTableError::generic("the data files could not be written before")),
    }
}

/// Open data files: a `DeltaWriter`, whose large destructor every program would compile if it knew the type.
trait DataFiles: Send {
    fn write<'a>(&'a mut self, batch: &'a RecordBatch) -> BoxFuture<'a, DeltaResult<()>>;
    fn close(self: Box<Self>) -> BoxFuture<'static, DeltaResult<Vec<Add>>>;
}

impl DataFiles for DeltaWriter {
    fn write<'a>(&'a mut self, batch: &'a RecordBatch) -> BoxFuture<'a, DeltaResult<()>> {
        Box::pin(Self::write(self, batch))
    }
    fn close(self: Box<Self>) -> BoxFuture<'static, DeltaResult<Vec<Add>>> {
        Box::pin(Self::close(*self))
    }
}

impl std::fmt::Debug for dyn DataFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataFiles")
    }
}
