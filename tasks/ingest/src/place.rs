//! Where rows come from, for their column `source_file` and for errors.

use std::{io, path::PathBuf};

use zip::result::ZipError;

use crate::error::IngestError;

pub(crate) enum Place {
    /// An entry of the zip at `path`.
    Entry { path: PathBuf, name: String },
    /// The file at `path`, which is called `name` in its folder.
    File { path: PathBuf, name: String },
    /// A file that the sample stands for.
    Sample(String),
}

impl Place {
    /// The name of the file inside its zip or folder.
    pub(crate) fn source_file(&self) -> &str {
        match self {
            Self::Entry { name, .. } | Self::File { name, .. } | Self::Sample(name) => name,
        }
    }

    /// What a failed read means here.
    pub(crate) fn read_error(&self, source: io::Error) -> IngestError {
        match self {
            Self::Entry { path, name } => IngestError::archive(path, Some(name), ZipError::Io(source)),
            Self::File { path, .. } => IngestError::read(path, source),
            Self::Sample(name) => IngestError::read(name, source),
        }
    }
}
