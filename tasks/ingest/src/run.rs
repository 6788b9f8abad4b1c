//! From a source to the bronze tables.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use contract::Description;
use lakehouse::tables::{BronzeFeedback, BronzeLinks, BronzeMovies, BronzeRatings, BronzeSource, BronzeTags};
use lakehouse::{Table as _, TableSpec, UntypedWriter};
use store::Store;
use task::{CommonArgs, Run, Step, WrongUsage};
use tokio::{runtime::Handle, sync::mpsc};

use crate::bronze::Bronze;
use crate::description;
use crate::download::{DownloadOptions, download};
use crate::error::IngestError;
use crate::feedback;
use crate::input::Input;
use crate::inspect;
use crate::rows::Batch;
use crate::source::Source;
use crate::stored;
use crate::table::Table;
use crate::unchanged::published_run_with;

/// Batches read ahead of the writer.
const READ_AHEAD: usize = 4;

/// Loads a MovieLens data set into the bronze tables, every line as it is, and appends the feedback recorded since the
/// last run.
#[derive(Debug, clap::Parser)]
#[command(name = "ingest", version = task::REVISION)]
pub struct Ingest {
    #[command(flatten)]
    common: CommonArgs,

    /// Data set: a name (ml-latest-small, ml-latest, ml-25m, ml-32m), the URL or path of a zip, a folder, the path of its
    /// ratings file, `s3://BUCKET/PREFIX` and the other addresses of --lake for a zip or folder there, or sample[:SIZE] for
    /// generated data (sample:100k, sample:20m). What is not there or is not written as
    /// described ends with exit code 2; a failure of network, server or disk with 1, which is worth a retry
    #[arg(long, env = "SOURCE", default_value = "ml-latest-small")]
    source: String,

    /// How the data set is written: a preset (movielens, ml-100k, movietweetings, goodbooks-10k, netflix-prize,
    /// lastfm-hetrec, anime, book-crossing, amazon-reviews, yelp, clicks) or the path of a dataset.toml [default: the `dataset.toml` in the data set, else as
    /// MovieLens writes it]
    #[arg(long, env = "DATASET_DESCRIPTION", value_name = "NAME|FILE")]
    describe: Option<String>,

    /// Look at the data set at this path, print a description that may fit, with what was seen, and end
    #[arg(long, value_name = "PATH")]
    inspect: Option<String>,

    /// Database to read feedback from, postgres://USER:PASSWORD@HOST:PORT/NAME. Prefer the variable, which hides the
    /// password. Without it, the run uses the feedback that the lake already has
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    database_url: Option<String>,

    /// Exit with code 99 if neither the data set nor the feedback has changed since the last published run
    #[arg(long)]
    skip_unchanged: bool,

    /// Folder for downloads [default: `_downloads` among the temporary files: see --scratch]
    #[arg(long, env = "DOWNLOADS", value_name = "FOLDER")]
    downloads: Option<PathBuf>,
}

impl Step for Ingest {
    const NAME: &'static str = "ingest";
    const INPUT: Option<&'static TableSpec> = None;
    /// A version of the ratings means that the other tables are there.
    const OUTPUTS: &'static [&'static TableSpec] = &[
        BronzeSource::SPEC,
        BronzeMovies::SPEC,
        BronzeTags::SPEC,
        BronzeLinks::SPEC,
        BronzeFeedback::SPEC,
        BronzeRatings::SPEC,
    ];

    fn common(&self) -> &CommonArgs {
        &self.common
    }

    fn check(&self) -> Result<(), WrongUsage> {
        Source::parse(&self.source).map(drop).map_err(|error| wrong_source(&error))?;
        self.description().map(drop).map_err(|error| wrong_description(&error))
    }

    async fn work(&self, run: &Run) -> anyhow::Result<Option<Vec<UntypedWriter>>> {
        let source = Source::parse(&self.source).map_err(failed)?;
        let store = feedback::connect(self.database_url.as_deref()).await?;
        let downloads = self.downloads.clone().unwrap_or_else(|| run.scratch().join("_downloads"));
        let description = self.description().map_err(failed)?;
        let input = tokio::task::spawn_blocking(move || open(source, downloads, description))
            .await?
            .map_err(failed)?;
        let content = input.content_hash()?.to_string();
        if self.skip_unchanged
            && let Some(published) = published_run_with(run.lake(), &content).await?
            && !feedback::is_newer_than(run.lake(), store.as_ref(), &published).await?
        {
            tracing::info!(source = self.source, published, "the input is unchanged since it was published");
            return Ok(None);
        }
        // Boxed: it holds the states of five writers and of the database's answers.
        Box::pin(ingest(&run.made_from(content), store.as_ref(), input))
            .await
            .map(Some)
            .with_context(|| format!("cannot ingest {}", self.source))
    }
}

/// Does what `--inspect` asks; `None` if it is not there, or the flags are wrong, which the task will tell.
#[allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a proposal is for a file, and there is no log to spoil"
)]
#[must_use]
pub fn inspection() -> Option<ExitCode> {
    let asked = Ingest::try_parse().ok()?.inspect?;
    Some(match inspect::propose(&asked) {
        Ok(proposal) => {
            print!("{proposal}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("--inspect: {error}");
            ExitCode::from(if error.is_wrong_usage() { 2 } else { 1 })
        }
    })
}

impl Ingest {
    /// What `--describe` says; an empty one says nothing.
    fn description(&self) -> Result<Option<Description>, IngestError> {
        self.describe
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(description::named)
            .transpose()
    }
}

fn wrong_description(error: &IngestError) -> WrongUsage {
    WrongUsage::new(format!("--describe: {error}"))
}

/// Wrong usage if `--source` has to change, else a failure that another attempt may cure.
fn failed(error: IngestError) -> anyhow::Error {
    if error.is_wrong_usage() { wrong_source(&error).into() } else { error.into() }
}

fn wrong_source(error: &IngestError) -> WrongUsage {
    WrongUsage::new(format!("--source: {error}"))
}

/// Opens the source, copied here with a progress bar if it is elsewhere.
fn open(source: Source, downloads: PathBuf, description: Option<Description>) -> Result<Input, IngestError> {
    match source {
        Source::Remote(remote) => {
            let (options, mut bar) = (DownloadOptions::new(downloads), None);
            let path = Handle::current().block_on(download(&remote, &options, &mut |progress| {
                bar.get_or_insert_with(|| task::Progress::bytes("download", progress.total))
                    .set(progress.bytes);
            }))?;
            Input::open(&path, description)
        }
        Source::Stored(address) => {
            let path = Handle::current().block_on(stored::copy(&address, &downloads))?;
            Input::open(&path, description)
        }
        Source::Local(path) => Input::open(&path, description),
        Source::Sample(size) => Ok(Input::sample(size)),
    }
}

async fn ingest(run: &Run, store: Option<&Store>, input: Input) -> anyhow::Result<Vec<UntypedWriter>> {
    let mut bronze = Bronze::begin(run, store, input.description()).await?;
    let (sender, mut batches) = mpsc::channel(READ_AHEAD);
    let reader = tokio::task::spawn_blocking(move || read(input, &sender));
    while let Some(batch) = batches.recv().await {
        bronze.write(batch.map_err(failed)?).await?;
    }
    reader.await?;
    // Nothing was visible so far: a source that fails half way leaves every table as it was.
    Ok(bronze.into_writers())
}

/// Sends the rows of every table; the first error ends it.
fn read(mut input: Input, sender: &mpsc::Sender<Result<Batch, IngestError>>) {
    for table in Table::ALL {
        for part in 0..input.parts(table) {
            if !read_part(&mut input, table, part, sender) {
                return;
            }
        }
    }
}

/// Sends the rows of one file; false when reading failed or nobody listens any more.
fn read_part(
    input: &mut Input,
    table: Table,
    part: usize,
    sender: &mpsc::Sender<Result<Batch, IngestError>>,
) -> bool {
    let mut rows = match input.rows(table, part) {
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
