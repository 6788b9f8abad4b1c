//! From a source to the bronze tables.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use lakehouse::arrow::array::{ArrayRef, Int64Array, StringArray};
use lakehouse::arrow::buffer::{Buffer, NullBuffer, OffsetBuffer};
use lakehouse::tables::{BronzeLinks, BronzeMovies, BronzeRatings, BronzeTags};
use lakehouse::{Committed, Lake, LakehouseError, Provenance, TableWriter};
use task::{CommonArgs, Report, Task, WrongUsage};
use tokio::sync::mpsc;

use crate::unchanged::published_run_with;
use crate::{DownloadOptions, IngestError, Input, RawBatch, Source, Table, TextColumn, fetch};

/// Batches read ahead of the writer.
const READ_AHEAD: usize = 4;

/// Reads a `MovieLens` data set into the bronze tables, one row per line, nothing dropped.
#[derive(Debug, clap::Parser)]
#[command(name = "ingest", version = task::REVISION)]
pub struct Ingest {
    #[command(flatten)]
    common: CommonArgs,

    /// The data set: a name (ml-latest-small, ml-latest, ml-25m, ml-32m), the address or path of a zip, a
    /// folder, or sample[:SIZE] for generated data (sample:100k, sample:20m)
    #[arg(long, env = "SOURCE", default_value = "ml-latest-small")]
    source: String,

    /// End with exit code 99 when the content is that of the run that was published last
    #[arg(long)]
    skip_unchanged: bool,

    /// Folder for downloads [default: `_downloads` in the lake]
    #[arg(long, env = "DOWNLOADS", value_name = "FOLDER")]
    downloads: Option<PathBuf>,
}

impl Task for Ingest {
    const NAME: &'static str = "ingest";

    fn common(&self) -> &CommonArgs {
        &self.common
    }

    async fn run(self) -> anyhow::Result<Report> {
        let source =
            Source::parse(&self.source).map_err(|error| WrongUsage::new(format!("--source: {error}")))?;
        let lake = Lake::open(&self.common.lake)?;
        let run_id = self.run_id()?;
        if let Some(report) = already_done(&lake, &run_id).await? {
            return Ok(report);
        }
        let downloads = self.downloads.unwrap_or_else(|| lake.root().join("_downloads"));
        let input = tokio::task::spawn_blocking(move || open(&source, downloads)).await??;
        let content = input.content_hash()?;
        if self.skip_unchanged
            && let Some(published) = published_run_with(&lake, &content).await?
        {
            tracing::info!(source = self.source, published, "the input is unchanged since it was published");
            return Ok(Report::skipped(&run_id));
        }
        let inputs = content.to_string();
        let by = Provenance { run_id, task: Self::NAME, revision: task::REVISION, inputs };
        ingest(&lake, &by, input).await.with_context(|| format!("cannot ingest {}", self.source))
    }
}

impl Ingest {
    /// A new run needs an id of its own: `latest` would write into the past.
    fn run_id(&self) -> anyhow::Result<String> {
        match self.common.run_id()? {
            "latest" => {
                Err(WrongUsage::new("--run-id latest is for reading tasks: give the new run an id").into())
            }
            run_id => Ok(run_id.to_owned()),
        }
    }
}

async fn already_done(lake: &Lake, run_id: &str) -> anyhow::Result<Option<Report>> {
    let mut report = Report::of_run(run_id);
    for committed in [
        lake.committed::<BronzeMovies>(run_id).await?,
        lake.committed::<BronzeTags>(run_id).await?,
        lake.committed::<BronzeLinks>(run_id).await?,
        lake.committed::<BronzeRatings>(run_id).await?,
    ] {
        let Some(committed) = committed else { return Ok(None) };
        add(&mut report, committed);
    }
    Ok(Some(report))
}

fn add(report: &mut Report, committed: Committed) {
    report.table(committed.table, committed.version, committed.rows, committed.already);
}

/// Opens the source, downloading it with a progress bar if it is remote.
fn open(source: &Source, downloads: PathBuf) -> Result<Input, IngestError> {
    let mut bar = None;
    fetch(source, &DownloadOptions::new(downloads), &mut |progress| {
        bar.get_or_insert_with(|| task::Progress::bytes("download", progress.total)).set(progress.bytes);
    })
}

async fn ingest(lake: &Lake, by: &Provenance, input: Input) -> anyhow::Result<Report> {
    let mut bronze = Bronze::begin(lake, by).await?;
    let (sender, mut batches) = mpsc::channel(READ_AHEAD);
    let reader = tokio::task::spawn_blocking(move || read(input, &sender));
    while let Some(batch) = batches.recv().await {
        bronze.write(batch?).await?;
    }
    reader.await?;
    // Nothing was visible so far: a source that fails half way leaves every table as it was.
    bronze.commit(&by.run_id).await
}

/// Sends the rows of every table; the first error ends it.
fn read(mut input: Input, sender: &mpsc::Sender<Result<RawBatch, IngestError>>) {
    for table in Table::ALL {
        if !read_table(&mut input, table, sender) {
            return;
        }
    }
}

/// Sends the rows of one table; false when reading failed or nobody listens any more.
fn read_table(input: &mut Input, table: Table, sender: &mpsc::Sender<Result<RawBatch, IngestError>>) -> bool {
    let mut rows = match input.rows(table) {
        Ok(Some(rows)) => rows,
        Ok(None) => return true,
        Err(error) => {
            // A closed channel means that nobody wants the error.
            let _ = sender.blocking_send(Err(error));
            return false;
        }
    };
    let progress = task::Progress::bytes(table.name(), rows.total_bytes());
    while let Some(batch) = rows.next() {
        let failed = batch.is_err();
        if sender.blocking_send(batch).is_err() || failed {
            return false;
        }
        progress.set(rows.bytes_read());
    }
    true
}

/// The writers of the four bronze tables.
struct Bronze {
    ratings: TableWriter<BronzeRatings>,
    movies: TableWriter<BronzeMovies>,
    tags: TableWriter<BronzeTags>,
    links: TableWriter<BronzeLinks>,
}

impl Bronze {
    async fn begin(lake: &Lake, by: &Provenance) -> Result<Self, LakehouseError> {
        Ok(Self {
            ratings: lake.write(by).await?,
            movies: lake.write(by).await?,
            tags: lake.write(by).await?,
            links: lake.write(by).await?,
        })
    }

    async fn write(&mut self, batch: RawBatch) -> anyhow::Result<()> {
        let table = batch.table;
        let columns = arrays(batch)?;
        match table {
            Table::Ratings => write(&mut self.ratings, columns).await?,
            Table::Movies => write(&mut self.movies, columns).await?,
            Table::Tags => write(&mut self.tags, columns).await?,
            Table::Links => write(&mut self.links, columns).await?,
        }
        Ok(())
    }

    /// The ratings come last: their version means that the other tables are there.
    async fn commit(self, run_id: &str) -> anyhow::Result<Report> {
        let mut report = Report::of_run(run_id);
        add(&mut report, self.movies.commit().await?);
        add(&mut report, self.tags.commit().await?);
        add(&mut report, self.links.commit().await?);
        add(&mut report, self.ratings.commit().await?);
        Ok(report)
    }
}

async fn write<T: lakehouse::Table>(
    writer: &mut TableWriter<T>,
    columns: Vec<ArrayRef>,
) -> Result<(), LakehouseError> {
    writer.write(&T::batch(columns)?).await
}

/// The columns of a bronze table: the fields, the malformed text, the line and the file.
fn arrays(batch: RawBatch) -> anyhow::Result<Vec<ArrayRef>> {
    let rows = batch.len();
    let mut arrays = batch.columns.into_iter().map(text_array).collect::<Result<Vec<_>, _>>()?;
    arrays.push(text_array(batch.raw)?);
    arrays.push(Arc::new(Int64Array::from(batch.source_line)));
    arrays.push(Arc::new(StringArray::from_iter_values(std::iter::repeat_n(&*batch.source_file, rows))));
    Ok(arrays)
}

/// Takes the buffers of a column over without copying them.
fn text_array(column: TextColumn) -> anyhow::Result<ArrayRef> {
    let parts = column.into_parts();
    let offsets = OffsetBuffer::new(parts.offsets.into());
    let nulls = parts.valid.map(NullBuffer::from);
    Ok(Arc::new(StringArray::try_new(offsets, Buffer::from_vec(parts.bytes), nulls)?))
}
