//! Reads a MovieLens data set into the bronze tables.
//!
//! [`Source::parse`] reads the `--source` argument, [`fetch`] turns it into an [`Input`] (downloading it if
//! it must), [`Input::rows`] streams each table as [`RawBatch`]es of text in which every line of the input
//! is a row, and [`Ingest`] writes them to the lake. `feedback` appends what users said since the last run.

mod bronze;
mod content_hash;
mod download;
mod error;
mod feedback;
mod folder;
mod input;
mod layout;
mod rows;
mod run;
mod sample;
mod source;
mod table;
mod unchanged;

pub use self::{
    content_hash::ContentHash,
    download::{DownloadOptions, Progress, download},
    error::IngestError,
    input::Input,
    rows::{RawBatch, RawRows, TextColumn, TextParts},
    run::Ingest,
    sample::{Sample, SampleSize},
    source::{KNOWN_NAMES, Remote, Source},
    table::Table,
};

/// Opens a source, downloading it first if it is remote; `progress` hears how far the download is.
pub fn fetch(
    source: &Source,
    options: &DownloadOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<Input, IngestError> {
    match source {
        Source::Remote(remote) => Input::open(&download(remote, options, progress)?),
        Source::Local(path) => Input::open(path),
        Source::Sample(size) => Ok(Input::sample(*size)),
    }
}
