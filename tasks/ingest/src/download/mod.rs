//! Downloads a zip: once, whole and checked, or not at all.
//!
//! The bytes go to `NAME.zip.part`, which is renamed to `NAME.zip` when it is complete and its checksum is
//! right. A cut download goes on where it ended, within a run and across runs.

mod checksum;
mod retry;
mod transfer;
mod validators;

#[cfg(test)]
mod tests;

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    time::Duration,
};

use backon::ExponentialBuilder;

use self::{retry::retried, transfer::Outcome, validators::Validators};
use crate::{error::IngestError, source::Remote};

pub(crate) struct DownloadOptions {
    /// Made if it does not exist.
    folder: PathBuf,
    /// The longest wait for a connection.
    connect_timeout: Duration,
    /// The longest wait for the next bytes: a slow connection may take all day, a silent one may not.
    read_timeout: Duration,
    /// The waits between attempts that brought no new bytes.
    backoff: ExponentialBuilder,
}

impl DownloadOptions {
    /// Patient enough for a slow connection, yet done with an unreachable server in under a minute.
    pub(crate) fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            // Five attempts. The jitter adds up to as much again to each wait.
            backoff: ExponentialBuilder::new()
                .with_min_delay(Duration::from_millis(250))
                .with_max_times(4)
                .with_jitter(),
        }
    }
}

/// How far a download is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Progress {
    /// On disk.
    pub(crate) bytes: u64,
    /// Of the whole file, if the server said so.
    pub(crate) total: Option<u64>,
}

/// The files of one download.
struct Target {
    /// The complete, verified file.
    file: PathBuf,
    /// The file being written.
    part: PathBuf,
}

/// Downloads `remote` into the folder of `options` unless it is there already, and returns the path of the
/// file. It reads and writes files without yielding: give it a thread of its own.
///
/// A file that is there is kept if its checksum is the published one or, when none is published, if the
/// server says that it has not changed. If the address of a checksum answers 404, that is logged, and the
/// file is downloaded without.
pub(crate) async fn download(
    remote: &Remote,
    options: &DownloadOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<PathBuf, IngestError> {
    let Remote { url, checksum_url } = remote;
    let folder = &options.folder;
    fs::create_dir_all(folder).map_err(|source| IngestError::write(folder, source))?;
    let target = Target::new(folder, url);
    let client =
        task::http_client().connect_timeout(options.connect_timeout).read_timeout(options.read_timeout);
    let client = client.build().map_err(|source| IngestError::HttpClient { source })?;
    let expected = match checksum_url {
        Some(url) => checksum::published(&client, url, options).await?,
        None => None,
    };
    if let Some(expected) = &expected
        && target.file.is_file()
        && checksum::of_file(&target.file)? == *expected
    {
        return Ok(target.file);
    }
    let lock = lock(&target.part)?;
    let unchanged = if expected.is_none() { target.validators_of_file(url) } else { None };
    let outcome = retried(
        options,
        url,
        || target.part_len(),
        async || transfer::attempt(&client, url, &target.part, unchanged.as_ref(), progress).await,
    );
    if outcome.await? == Outcome::Unchanged {
        return Ok(target.file);
    }
    if let Some(expected) = expected {
        target.verify(url, expected)?;
    }
    target.complete(&lock)?;
    Ok(target.file)
}

/// Makes sure that no other process writes the same part.
pub(crate) fn lock(part: &Path) -> Result<File, IngestError> {
    let opened = File::options().create(true).append(true).open(part);
    let opened = opened.map_err(|source| IngestError::write(part, source))?;
    match opened.try_lock() {
        Ok(()) => Ok(opened),
        Err(TryLockError::WouldBlock) => Err(IngestError::Busy { path: part.to_owned() }),
        Err(TryLockError::Error(source)) => Err(IngestError::write(part, source)),
    }
}

impl Target {
    fn new(folder: &Path, url: &str) -> Self {
        let name = file_name(url);
        Self { part: folder.join(format!("{name}.part")), file: folder.join(name) }
    }

    fn part_len(&self) -> u64 {
        self.part.metadata().map_or(0, |metadata| metadata.len())
    }

    /// What the server said about the complete file when it was downloaded from `url`.
    fn validators_of_file(&self, url: &str) -> Option<Validators> {
        let length = self.file.metadata().ok()?.len();
        Validators::load(&self.file, url).filter(|known| known.length == Some(length))
    }

    fn verify(&self, url: &str, expected: String) -> Result<(), IngestError> {
        let actual = checksum::of_file(&self.part)?;
        if actual == expected {
            return Ok(());
        }
        fs::remove_file(&self.part).map_err(|source| IngestError::write(&self.part, source))?;
        Err(IngestError::ChecksumMismatch { url: url.to_owned(), expected, actual })
    }

    /// Puts the part in its place, then its validators: until they follow, they do not match the file, which costs
    /// another download and nothing else.
    fn complete(&self, part: &File) -> Result<(), IngestError> {
        part.sync_all().map_err(|source| IngestError::write(&self.part, source))?;
        fs::rename(&self.part, &self.file).map_err(|source| IngestError::write(&self.file, source))?;
        Validators::rename(&self.part, &self.file);
        Ok(())
    }
}

/// The last part of an address's path, safe as a file name, ending in `.zip`.
fn file_name(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let after_host = path.split_once("://").map_or(path, |(_, rest)| rest);
    let last = after_host.split_once('/').and_then(|(_, path)| path.rsplit('/').next()).unwrap_or("");
    let safe = |c: char| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '_' };
    let mut name: String = last.chars().map(safe).collect();
    if name.trim_matches('.').is_empty() {
        "download".clone_into(&mut name);
    }
    if !name.to_ascii_lowercase().ends_with(".zip") {
        name.push_str(".zip");
    }
    name
}
