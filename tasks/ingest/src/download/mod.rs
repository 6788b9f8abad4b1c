//! Downloads a zip: once, whole and checked, or not at all.
//!
//! The bytes go to `NAME.zip.part`, which is renamed to `NAME.zip` when it is complete and its checksum is
//! right. A cut download goes on where it ended, within a run and across runs.

mod checksum;
mod retry;
mod transfer;
mod validators;

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    time::Duration,
};

use self::{checksum::Md5Sum, retry::Retry, transfer::Outcome, validators::Validators};
use crate::{IngestError, Remote};

/// Where downloads go, and how patient they are.
#[derive(Debug, Clone)]
pub struct DownloadOptions {
    /// The folder for downloads, made if it does not exist.
    pub folder: PathBuf,
    /// The longest wait for a connection.
    pub connect_timeout: Duration,
    /// The longest wait for the next bytes of an answer.
    pub read_timeout: Duration,
    /// How many attempts in a row may fail without any new byte.
    pub attempts: u32,
    /// The wait after the first failed attempt. It doubles each time, up to [`Self::longest_wait`].
    pub first_wait: Duration,
    /// The longest wait between two attempts.
    pub longest_wait: Duration,
}

impl DownloadOptions {
    /// Patient enough for a slow line, yet done with an unreachable server in under a minute.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            attempts: 5,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(15),
        }
    }
}

/// How far a download is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes on disk.
    pub bytes: u64,
    /// Bytes of the whole file, if the server said so.
    pub total: Option<u64>,
}

/// The files of one download.
struct Target {
    /// The complete, checked file.
    file: PathBuf,
    /// The file being written.
    part: PathBuf,
}

/// Downloads `remote` into the folder of `options` unless it is there already, and returns the path of the
/// file.
///
/// A file that is there is kept if its checksum is the published one or, when none is published, if the
/// server says that it has not changed. If a checksum is to be had at an address where there is none (404),
/// that is logged, and the file is fetched without.
pub fn download(
    remote: &Remote,
    options: &DownloadOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<PathBuf, IngestError> {
    let folder = &options.folder;
    fs::create_dir_all(folder).map_err(|source| IngestError::write(folder, source))?;
    let target = Target::new(folder, &remote.url);
    let agent = transfer::agent(options);
    let wanted = match &remote.checksum_url {
        Some(url) => checksum::published(&agent, url, options)?,
        None => None,
    };
    if let Some(wanted) = &wanted
        && target.file.is_file()
        && checksum::of_file(&target.file)? == *wanted
    {
        return Ok(target.file);
    }
    let lock = target.lock()?;
    let unchanged = if wanted.is_none() { target.validators_of_file(&remote.url) } else { None };
    let mut retry = Retry::new(options);
    loop {
        match transfer::attempt(&agent, &remote.url, &target.part, unchanged.as_ref(), progress) {
            Ok(Outcome::Unchanged) => return Ok(target.file),
            Ok(Outcome::Complete) => break,
            Err(failure) => retry.wait_after(failure, &remote.url, target.part_len())?,
        }
    }
    if let Some(wanted) = wanted {
        target.check(&remote.url, wanted)?;
    }
    target.complete(&lock)?;
    Ok(target.file)
}

impl Target {
    fn new(folder: &Path, url: &str) -> Self {
        let name = file_name(url);
        Self { part: folder.join(format!("{name}.part")), file: folder.join(name) }
    }

    /// Makes sure that no other process writes the same part.
    fn lock(&self) -> Result<File, IngestError> {
        let mut open = File::options();
        let part = open.create(true).append(true).open(&self.part);
        let part = part.map_err(|source| IngestError::write(&self.part, source))?;
        match part.try_lock() {
            Ok(()) => Ok(part),
            Err(TryLockError::WouldBlock) => Err(IngestError::Busy { path: self.part.clone() }),
            Err(TryLockError::Error(source)) => Err(IngestError::write(&self.part, source)),
        }
    }

    fn part_len(&self) -> u64 {
        self.part.metadata().map_or(0, |metadata| metadata.len())
    }

    /// What the server said about the complete file when it was downloaded from `url`.
    fn validators_of_file(&self, url: &str) -> Option<Validators> {
        let length = self.file.metadata().ok()?.len();
        Validators::load(&self.file, url).filter(|known| known.length == Some(length))
    }

    fn check(&self, url: &str, expected: Md5Sum) -> Result<(), IngestError> {
        let actual = checksum::of_file(&self.part)?;
        if actual == expected {
            return Ok(());
        }
        fs::remove_file(&self.part).map_err(|source| IngestError::write(&self.part, source))?;
        Err(IngestError::ChecksumMismatch {
            url: url.to_owned(),
            expected: expected.to_string(),
            actual: actual.to_string(),
        })
    }

    /// Puts the part in its place. What the server said follows it, and until then does not match the file's
    /// length or tag, which costs another download and nothing else.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_after_its_address() {
        for (url, name) in [
            ("https://example.org/a/ml-1m.zip", "ml-1m.zip"),
            ("https://example.org/a/ml%201m.zip?x=1/2#y", "ml_201m.zip"),
            ("https://example.org/latest", "latest.zip"),
            ("https://example.org", "download.zip"),
            ("https://example.org/..", "download.zip"),
        ] {
            assert_eq!(file_name(url), name);
        }
    }
}
