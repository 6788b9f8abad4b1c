//! Everything that can go wrong between a `--source` and its rows. Each error names the thing and the remedy.

use std::{error::Error, io, path::PathBuf};

use lakehouse::{LakehouseError, arrow::error::ArrowError, parquet::errors::ParquetError};
use zip::result::ZipError;

#[derive(Debug, thiserror::Error)]
pub(crate) enum IngestError {
    #[error(
        "unknown source `{text}`: give a http(s) address or a path of a MovieLens zip, a folder, an address in a store \
         such as s3://BUCKET/PREFIX, `sample` or `sample:SIZE`, or one of {known}"
    )]
    UnknownSource { text: String, known: String },
    #[error("bad address `{text}`: give one such as `https://example.org/ml.zip` or `file:///data/ml.zip`")]
    BadAddress { text: String },
    #[error(
        "bad sample size `{text}`: give a number of ratings from {least} to {most}, \
         such as `500`, `100k` or `20m`"
    )]
    SampleSize { text: String, least: u64, most: u64 },
    #[error("no file or folder at `{}`: check the path, or use `sample` for built-in data", path.display())]
    NotFound { path: PathBuf },
    #[error(
        "no {wanted} in `{}` (found: {found}): {}",
        path.display(),
        match inner {
            Some(inner) => format!("`{inner}` is an archive itself: unpack it first"),
            None => "give a MovieLens data set with ratings and movies, or describe yours (--describe)".to_owned(),
        }
    )]
    MissingFile {
        path: PathBuf,
        wanted: String,
        /// What is there instead, shortened.
        found: String,
        /// One of them that is an archive.
        inner: Option<String>,
        /// Whether it is the ratings that are missing.
        is_ratings: bool,
    },
    #[error("`{}` is {what}, not a zip: {remedy}", path.display())]
    NotAZip { path: PathBuf, what: &'static str, remedy: &'static str },
    #[error(
        "`{entry}` in `{}` is {what}: pack it anew with deflate and without a password, or unpack it and give the folder",
        path.display()
    )]
    UnreadableEntry { path: PathBuf, entry: String, what: String },
    #[error("`{file}` is no Parquet file that can be read: write it anew")]
    Parquet {
        file: String,
        #[source]
        source: ParquetError,
    },
    #[error("`{file}` is damaged: write it anew")]
    ParquetRows {
        file: String,
        #[source]
        source: ArrowError,
    },
    #[error("`{file}` is a packed Parquet file: unpack it")]
    PackedParquet { file: String },
    #[error("`{text}` cannot be inspected: give the path of a folder, a zip or a file")]
    NotInspected { text: String },
    #[error(
        "no file in `{}` seems to hold ratings: describe it by hand (docs/data.md)",
        path.display()
    )]
    NothingProposed { path: PathBuf },
    #[error("`{from}` is no description: {what}")]
    BadDescription { from: String, what: String },
    #[error("`{text}` is neither a description's file nor one of {presets}")]
    NoDescription {
        text: String,
        presets: String,
        #[source]
        source: io::Error,
    },
    #[error("`{}` has two entries of one name: unpack it, keep the right one, and give the folder", path.display())]
    RepeatedEntry { path: PathBuf },
    #[error("`{file}` is encoded in UTF-16: save it as UTF-8")]
    Utf16 { file: String },
    #[error("more than one data set in `{}` (`{first}` and `{second}`): give only one", path.display())]
    TwoDataSets { path: PathBuf, first: String, second: String },
    #[error(
        "no column `{column}` in `{file}`: its first line is `{found}`, expected the header `{expected}`"
    )]
    MissingColumn {
        file: String,
        column: String,
        /// The first line, shortened.
        found: String,
        expected: String,
    },
    #[error(
        "no valid row in `{file}` ({lines} lines read): {}",
        first.as_deref().unwrap_or("the file is empty")
    )]
    NoRows {
        file: String,
        /// The header included.
        lines: u64,
        /// What is wrong with the first one.
        first: Option<String>,
    },
    #[error(
        "`{}` is truncated, damaged or not a zip{}; download it again, or check the address",
        path.display(),
        entry.as_ref().map(|name| format!(" (at `{name}`)")).unwrap_or_default()
    )]
    DamagedArchive {
        path: PathBuf,
        /// The entry that was being read.
        entry: Option<String>,
        #[source]
        source: ZipError,
    },
    #[error("cannot read `{}`: check its permissions and the disk", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("cannot write `{}`: check its permissions and the disk", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("no space left on the disk for `{}`: free some, or choose another download folder", path.display())]
    DiskFull {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("`{}` is being downloaded by another process: wait until it has finished", path.display())]
    Busy {
        /// The partial file.
        path: PathBuf,
    },
    #[error(transparent)]
    Stored(#[from] LakehouseError),
    #[error("cannot set up the HTTP client")]
    HttpClient {
        #[source]
        source: reqwest::Error,
    },
    #[error(
        "cannot download {url} ({attempts} failed attempts): check the network, give the path of a zip, \
         or use `sample`"
    )]
    Unreachable {
        url: String,
        /// Failed attempts in a row.
        attempts: u32,
        /// The last failure.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    #[error("{url} answered HTTP {status}: check the address")]
    HttpStatus { url: String, status: u16 },
    #[error("no MD5 sum at {url} (it says `{found}`): check the address")]
    BadChecksumFile {
        url: String,
        /// The start of what it holds.
        found: String,
    },
    #[error(
        "{url} has MD5 {actual} but {expected} is published: the download was deleted, \
         run again to download it again"
    )]
    ChecksumMismatch { url: String, expected: String, actual: String },
}

impl IngestError {
    /// Whether `--source` has to change: another attempt with the same one would end in the same way.
    pub(crate) fn is_wrong_usage(&self) -> bool {
        match self {
            Self::UnknownSource { .. }
            | Self::BadAddress { .. }
            | Self::SampleSize { .. }
            | Self::NotFound { .. }
            | Self::MissingFile { .. }
            | Self::NotAZip { .. }
            | Self::UnreadableEntry { .. }
            | Self::RepeatedEntry { .. }
            | Self::Parquet { .. }
            | Self::ParquetRows { .. }
            | Self::PackedParquet { .. }
            | Self::BadDescription { .. }
            | Self::NotInspected { .. }
            | Self::NothingProposed { .. }
            | Self::NoDescription { .. }
            | Self::Utf16 { .. }
            | Self::TwoDataSets { .. }
            | Self::MissingColumn { .. }
            | Self::NoRows { .. }
            | Self::DamagedArchive { .. }
            | Self::Stored(LakehouseError::NoFiles { .. })
            | Self::HttpStatus { .. } => true,
            Self::Read { .. }
            | Self::Write { .. }
            | Self::DiskFull { .. }
            | Self::Busy { .. }
            | Self::Stored(_)
            | Self::HttpClient { .. }
            | Self::Unreachable { .. }
            | Self::BadChecksumFile { .. }
            | Self::ChecksumMismatch { .. } => false,
        }
    }

    /// A failed write to `path`, told apart from a full disk.
    pub(crate) fn write(path: impl Into<PathBuf>, source: io::Error) -> Self {
        let path = path.into();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path, source },
            _ => Self::Write { path, source },
        }
    }

    pub(crate) fn read(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Read { path: path.into(), source }
    }

    /// A failed read of a zip: a disk that fails is told apart from bytes that are not those of a zip.
    pub(crate) fn archive(path: impl Into<PathBuf>, entry: Option<&str>, source: ZipError) -> Self {
        match source {
            ZipError::Io(source) if source.raw_os_error().is_some() => Self::read(path, source),
            source => Self::DamagedArchive { path: path.into(), entry: entry.map(str::to_owned), source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_named_as_such() {
        let error = IngestError::write("lake/x.zip.part", io::Error::from(io::ErrorKind::StorageFull));
        assert!(error.to_string().starts_with("no space left on the disk for `lake/x.zip.part`"), "{error}");
    }

    #[test]
    fn a_failing_disk_is_worth_another_attempt_and_a_damaged_zip_is_not() {
        const EIO: i32 = 5;
        let failing = ZipError::Io(io::Error::from_raw_os_error(EIO));
        assert!(!IngestError::archive("x.zip", Some("ratings.csv"), failing).is_wrong_usage());
        let damaged = ZipError::Io(io::Error::new(io::ErrorKind::InvalidData, "invalid checksum"));
        assert!(IngestError::archive("x.zip", Some("ratings.csv"), damaged).is_wrong_usage());
    }
}
