//! Everything that can go wrong between a `--source` and rows of text.

use std::{io, path::PathBuf};

/// What can fail while a data set is found, downloaded and read. Each names the thing and what to do about
/// it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// A `--source` that is none of the forms [`crate::Source::parse`] takes.
    #[error(
        "unknown source `{text}`: give a http(s) address or a path of a MovieLens zip, a folder, \
         `sample` or `sample:SIZE`, or one of {known}"
    )]
    UnknownSource {
        /// The argument as given.
        text: String,
        /// The known names, separated by commas.
        known: String,
    },
    /// A `sample:SIZE` whose size cannot be read or is out of bounds.
    #[error(
        "bad sample size `{text}`: give a number of ratings from {least} to {most}, \
         such as `500`, `100k` or `20m`"
    )]
    SampleSize {
        /// The size as given.
        text: String,
        /// The least number of ratings.
        least: u64,
        /// The greatest number of ratings.
        most: u64,
    },
    /// A path that leads nowhere.
    #[error("no file or folder at `{}`: check the path, or use `sample` for built-in data", path.display())]
    NotFound {
        /// The path as given.
        path: PathBuf,
    },
    /// A data set without one of the files it must have.
    #[error(
        "no {wanted} in `{}` (found: {found}): give a MovieLens data set with ratings and movies",
        path.display()
    )]
    MissingFile {
        /// The zip or folder.
        path: PathBuf,
        /// The names of which one is needed.
        wanted: String,
        /// What is there instead, shortened.
        found: String,
    },
    /// Two data sets in one place.
    #[error("more than one data set in `{}` (`{first}` and `{second}`): give only one", path.display())]
    TwoDataSets {
        /// The zip or folder.
        path: PathBuf,
        /// The first ratings file.
        first: String,
        /// The second ratings file.
        second: String,
    },
    /// A header without a column that is needed.
    #[error(
        "no column `{column}` in `{file}`: its first line is `{found}`, expected the header `{expected}`"
    )]
    MissingColumn {
        /// The file.
        file: String,
        /// The missing column.
        column: &'static str,
        /// The first line of the file, shortened.
        found: String,
        /// The header of a MovieLens file.
        expected: String,
    },
    /// A file in which no line is a row.
    #[error("no valid row in `{file}` ({lines} lines read): the file is empty or not a MovieLens file")]
    NoRows {
        /// The file.
        file: String,
        /// How many lines were read, the header included.
        lines: u64,
    },
    /// A zip that cannot be opened or whose bytes are not what they were.
    #[error(
        "`{}` is truncated, damaged or not a zip{}; download it again",
        path.display(),
        entry_suffix(entry.as_ref())
    )]
    DamagedArchive {
        /// The zip.
        path: PathBuf,
        /// The entry being read, if one was.
        entry: Option<String>,
        /// What the reader of the zip said.
        #[source]
        source: zip::result::ZipError,
    },
    /// A file or folder that cannot be read.
    #[error("cannot read `{}`: check its permissions and the disk", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file or folder that cannot be written.
    #[error("cannot write `{}`: check its permissions and the disk", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A disk without room for the download.
    #[error("no space left on the disk for `{}`: free some, or choose another download folder", path.display())]
    DiskFull {
        /// The file being written.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A download that another process is at.
    #[error("`{}` is being downloaded by another process: wait for it to end", path.display())]
    Busy {
        /// The partial file.
        path: PathBuf,
    },
    /// An address that does not answer, or not to the end.
    #[error(
        "cannot download {url} ({attempts} failed attempts): check the network, give the path of a zip, \
         or use `sample`"
    )]
    Unreachable {
        /// The address.
        url: String,
        /// Failed attempts in a row.
        attempts: u32,
        /// The last failure.
        #[source]
        source: Box<ureq::Error>,
    },
    /// An answer other than the file.
    #[error("{url} answered HTTP {status}: check the address")]
    HttpStatus {
        /// The address.
        url: String,
        /// The status code.
        status: u16,
    },
    /// A checksum file that holds no checksum.
    #[error("no MD5 sum at {url} (it says `{found}`): check the address")]
    BadChecksumFile {
        /// The address of the checksum.
        url: String,
        /// The start of what it holds.
        found: String,
    },
    /// A download that is not what its publisher says it is.
    #[error(
        "{url} has MD5 {actual} but {expected} is published: the download was deleted, \
         run again to fetch it anew"
    )]
    ChecksumMismatch {
        /// The address.
        url: String,
        /// The published sum, in hexadecimal.
        expected: String,
        /// The sum of what was downloaded, in hexadecimal.
        actual: String,
    },
}

impl IngestError {
    /// A failed write to `path`, told apart from a full disk.
    pub(crate) fn write(path: impl Into<PathBuf>, source: io::Error) -> Self {
        let path = path.into();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path, source },
            _ => Self::Write { path, source },
        }
    }

    /// A failed read of `path`, told apart from a path that leads nowhere.
    pub(crate) fn read(path: impl Into<PathBuf>, source: io::Error) -> Self {
        let path = path.into();
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound { path },
            _ => Self::Read { path, source },
        }
    }
}

fn entry_suffix(entry: Option<&String>) -> String {
    entry.map(|name| format!(" (at `{name}`)")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_named_as_such() {
        let error = IngestError::write("lake/x.zip.part", io::Error::from(io::ErrorKind::StorageFull));
        assert!(error.to_string().starts_with("no space left on the disk for `lake/x.zip.part`"), "{error}");
    }
}
