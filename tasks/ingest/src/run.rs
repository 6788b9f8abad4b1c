//! From a source to the bronze tables.

use std::path::PathBuf;

use anyhow::Context;
use lakehouse::{Lake, Provenance};
use store::Store;
use task::{CommonArgs, Report, Task, WrongUsage};
use tokio::{runtime::Handle, sync::mpsc};

use crate::bronze::{Bronze, already_done};
use crate::download::{DownloadOptions, download};
use crate::error::IngestError;
use crate::feedback;
use crate::input::Input;
use crate::rows::Batch;
use crate::source::Source;
use crate::table::Table;
use crate::unchanged::published_run_with;

/// Batches read ahead of the writer.
const READ_AHEAD: usize = 4;

/// Reads a MovieLens data set into the bronze tables, one row per line, nothing dropped, and adds the feedback
/// recorded since the last run
#[derive(Debug, clap::Parser)]
#[command(name = "ingest", version = task::REVISION)]
pub struct Ingest {
    #[command(flatten)]
    common: CommonArgs,

    /// Data set: a name (ml-latest-small, ml-latest, ml-25m, ml-32m), the address or path of a zip, a folder, or
    /// sample[:SIZE] for generated data (sample:100k, sample:20m). What is not there or is no MovieLens data set ends
    /// with exit code 2, a failure of network, server or disk with 1, which is worth a retry
    #[arg(long, env = "SOURCE", default_value = "ml-latest-small")]
    source: String,

    /// Database to read feedback from, postgres://USER:PASSWORD@HOST:PORT/NAME; best set by the variable. Without it,
    /// the run uses the feedback that the lake already has
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    database_url: Option<String>,

    /// End with exit code 99 if the content is that of the last published run and there is no newer feedback
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
        let source = Source::parse(&self.source).map_err(failed)?;
        let lake = Lake::open(&self.common.lake)?;
        let run_id = self.run_id()?;
        if let Some(report) = already_done(&lake, &run_id).await? {
            return Ok(report);
        }
        let store = feedback::connect(self.database_url.as_deref()).await?;
        let downloads = self.downloads.unwrap_or_else(|| lake.root().join("_downloads"));
        let input = tokio::task::spawn_blocking(move || open(source, downloads)).await?.map_err(failed)?;
        let content = input.content_hash()?.to_string();
        if self.skip_unchanged
            && let Some(published) = published_run_with(&lake, &content).await?
            && !feedback::is_newer_than(&lake, store.as_ref(), &published).await?
        {
            tracing::info!(source = self.source, published, "the input is unchanged since it was published");
            return Ok(Report::skipped(&run_id));
        }
        let by = Provenance { run_id, task: Self::NAME, revision: task::REVISION, inputs: content };
        // Boxed: it holds the states of five writers and of the database's answers.
        Box::pin(ingest(&lake, &by, store.as_ref(), input))
            .await
            .with_context(|| format!("cannot ingest {}", self.source))
    }
}

impl Ingest {
    /// A new run needs an id of its own: `latest` would write into the past.
    fn run_id(&self) -> anyhow::Result<String> {
        match self.common.run_id()? {
            "latest" => Err(WrongUsage::new(
                "--run-id latest stands for a run that exists: give the new run an id of its own",
            )
            .into()),
            run_id => Ok(run_id.to_owned()),
        }
    }
}

/// Wrong usage if `--source` has to change, else a failure that another attempt may cure.
fn failed(error: IngestError) -> anyhow::Error {
    if error.is_wrong_usage() { WrongUsage::new(format!("--source: {error}")).into() } else { error.into() }
}

/// Opens the source, downloading it with a progress bar if it is remote.
fn open(source: Source, downloads: PathBuf) -> Result<Input, IngestError> {
    match source {
        Source::Remote(remote) => {
            let (options, mut bar) = (DownloadOptions::new(downloads), None);
            let path = Handle::current().block_on(download(&remote, &options, &mut |progress| {
                bar.get_or_insert_with(|| task::Progress::bytes("download", progress.total))
                    .set(progress.bytes);
            }))?;
            Input::open(&path)
        }
        Source::Local(path) => Input::open(&path),
        Source::Sample(size) => Ok(Input::sample(size)),
    }
}

async fn ingest(lake: &Lake, by: &Provenance, store: Option<&Store>, input: Input) -> anyhow::Result<Report> {
    let mut bronze = Bronze::begin(lake, by, store).await?;
    let (sender, mut batches) = mpsc::channel(READ_AHEAD);
    let reader = tokio::task::spawn_blocking(move || read(input, &sender));
    while let Some(batch) = batches.recv().await {
        bronze.write(batch.map_err(failed)?).await?;
    }
    reader.await?;
    // Nothing was visible so far: a source that fails half way leaves every table as it was.
    bronze.commit(&by.run_id).await
}

/// Sends the rows of every table; the first error ends it.
fn read(mut input: Input, sender: &mpsc::Sender<Result<Batch, IngestError>>) {
    for table in Table::ALL {
        if !read_table(&mut input, table, sender) {
            return;
        }
    }
}

/// Sends the rows of one table; false when reading failed or nobody listens any more.
fn read_table(input: &mut Input, table: Table, sender: &mpsc::Sender<Result<Batch, IngestError>>) -> bool {
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
