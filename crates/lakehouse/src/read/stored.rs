//! Reading data files that lie in an object store: only the wanted columns come over the network, row group by row group.

use std::ops::Range;
use std::sync::Arc;

use deltalake::logstore::ObjectStoreRef;
use deltalake::logstore::object_store::{self, ObjectStoreExt};
use deltalake::parquet::arrow::ParquetRecordBatchStreamBuilder;
use deltalake::parquet::arrow::arrow_reader::ArrowReaderOptions;
use deltalake::parquet::arrow::async_reader::{AsyncFileReader, ParquetRecordBatchStream};
use deltalake::parquet::errors::{ParquetError, Result as ParquetResult};
use deltalake::parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryFutureExt};
use tokio::sync::mpsc;

use super::{BATCH_ROWS, DataFile, DeltaResult, Path, RecordBatch, Wanted};

/// Asked for at once at the end of a file, where its description is: that of a usual file is shorter.
const FOOTER_BYTES: usize = 64 << 10;

/// Sends the batches of all files; ends early when reading failed or nobody listens any more.
pub(super) async fn forward(
    store: ObjectStoreRef,
    files: Vec<DataFile>,
    wanted: Wanted,
    sender: mpsc::Sender<DeltaResult<RecordBatch>>,
) {
    for (path, bytes) in files {
        let file = StoredFile { store: store.clone(), path, bytes };
        let mut batches = match open(file, &wanted).await {
            Ok(batches) => batches,
            Err(error) => {
                // A closed channel means that nobody wants the error.
                let _ = sender.send(Err(error)).await;
                return;
            }
        };
        while let Some(batch) = batches.next().await {
            let batch = wanted.fill(batch);
            let failed = batch.is_err();
            if sender.send(batch).await.is_err() || failed {
                return;
            }
        }
    }
}

async fn open(file: StoredFile, wanted: &Wanted) -> DeltaResult<ParquetRecordBatchStream<StoredFile>> {
    let builder = ParquetRecordBatchStreamBuilder::new(file).await?;
    let mask = wanted.mask(builder.parquet_schema());
    Ok(builder.with_projection(mask).with_batch_size(BATCH_ROWS).build()?)
}

/// A data file whose parts are fetched when they are needed.
struct StoredFile {
    store: ObjectStoreRef,
    path: Path,
    bytes: u64,
}

impl AsyncFileReader for StoredFile {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, ParquetResult<bytes::Bytes>> {
        self.store.get_range(&self.path, range).map_err(failed).boxed()
    }

    fn get_byte_ranges(
        &mut self,
        ranges: Vec<Range<u64>>,
    ) -> BoxFuture<'_, ParquetResult<Vec<bytes::Bytes>>> {
        async move { self.store.get_ranges(&self.path, &ranges).await.map_err(failed) }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, ParquetResult<Arc<ParquetMetaData>>> {
        let bytes = self.bytes;
        let reader = ParquetMetaDataReader::new().with_prefetch_hint(Some(FOOTER_BYTES));
        reader.load_and_finish(self, bytes).map_ok(Arc::new).boxed()
    }
}

fn failed(error: object_store::Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}
