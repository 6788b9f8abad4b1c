//! One of the connections that load a version.

use futures::future::try_join_all;
use sqlx::postgres::PgConnection;
use tokio::{
    sync::{Mutex, mpsc},
    task::JoinHandle,
};

use crate::{
    Store, StoreError, Table,
    copy::{HEADER, TRAILER},
    error::Result,
    session::Session,
    table::Partition,
};

/// Chunks that wait for the server. More gain nothing: the sockets hold a few, too.
const AHEAD: usize = 4;

/// Chunks of one `COPY`. The server tells of a failure at its end only.
const CHUNKS_PER_COPY: usize = 256;

/// Loads some tables in a transaction of its own. What is sent is copied by another task, so that the next rows are
/// encoded meanwhile. Dropped, it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct Stream {
    chunks: mpsc::Sender<Chunk>,
    /// Taken by whoever asks first how the copying ended.
    copying: Mutex<Option<JoinHandle<Result<Session>>>>,
    version: i64,
}

/// Encoded rows of a table.
#[derive(Debug)]
struct Chunk {
    table: Table,
    rows: Vec<u8>,
}

impl Stream {
    /// One for each share of the tables: see [`Table::stream`].
    pub(crate) async fn begin_all(store: &Store, version: i64) -> Result<Vec<Self>> {
        try_join_all((0..Table::STREAMS).map(|stream| Self::begin(store, version, stream))).await
    }

    async fn begin(store: &Store, version: i64, stream: usize) -> Result<Self> {
        let mut session = Session::open_beside(store).await?;
        for table in Table::of_stream(stream) {
            session.run("create a partition", Partition { table, version }.create()).await?;
        }
        let (chunks, received) = mpsc::channel(AHEAD);
        let copying = Mutex::new(Some(tokio::spawn(copy(session, version, received))));
        Ok(Self { chunks, copying, version })
    }

    /// Sends encoded rows of a table on their way.
    pub(crate) async fn send(&self, table: Table, rows: Vec<u8>) -> Result<()> {
        match self.chunks.send(Chunk { table, rows }).await {
            Ok(()) => Ok(()),
            Err(_) => self.outcome().await.map(drop),
        }
    }

    /// Waits until everything is copied. The transaction is still open.
    pub(crate) async fn end(self) -> Result<Session> {
        let Self { chunks, copying, version } = self;
        drop(chunks);
        outcome(copying.into_inner(), version).await
    }

    async fn outcome(&self) -> Result<Session> {
        outcome(self.copying.lock().await.take(), self.version).await
    }
}

async fn outcome(copying: Option<JoinHandle<Result<Session>>>, version: i64) -> Result<Session> {
    match copying {
        Some(copying) => match copying.await {
            Ok(ended) => ended,
            // The runtime shuts down.
            Err(_) => Err(StoreError::LoadClosed { version }),
        },
        None => Err(StoreError::LoadClosed { version }),
    }
}

/// Copies what comes until no more can come.
async fn copy(mut session: Session, version: i64, mut chunks: mpsc::Receiver<Chunk>) -> Result<Session> {
    let mut next = chunks.recv().await;
    while let Some(chunk) = next {
        next = copy_table(&mut session.connection, version, chunk, &mut chunks)
            .await
            .map_err(session.faults.on("copy rows"))?;
    }
    Ok(session)
}

/// Copies what comes for one table. Returns the first chunk that has to wait for the next `COPY`.
async fn copy_table(
    connection: &mut PgConnection,
    version: i64,
    first: Chunk,
    chunks: &mut mpsc::Receiver<Chunk>,
) -> sqlx::Result<Option<Chunk>> {
    let table = first.table;
    // Dropped on failure, `copy` tells the server to forget it.
    let mut copy = connection.copy_in_raw(&Partition { table, version }.copy()).await?;
    copy.send(HEADER).await?;
    copy.send(first.rows).await?;
    let mut sent = 1;
    let next = loop {
        match chunks.recv().await {
            Some(chunk) if chunk.table == table && sent < CHUNKS_PER_COPY => {
                copy.send(chunk.rows).await?;
                sent += 1;
            }
            next => break next,
        }
    };
    copy.send(&TRAILER[..]).await?;
    copy.finish().await?;
    Ok(next)
}
