//! An opened data set: a zip, a folder or the built-in sample, all read in one way.

use std::{
    borrow::Cow,
    fs::File,
    io::{self, BufReader},
    path::{Path, PathBuf},
    sync::Arc,
};

use zip::{ZipArchive, result::ZipError};

use crate::{
    IngestError, RawRows, SampleSize, Table,
    content_hash::{self, ContentHash},
    folder,
    layout::{Format, Layout},
    sample::Sample,
};

/// A data set whose files were found and can be read.
pub struct Input(Kind);

enum Kind {
    Zip { path: PathBuf, archive: Box<ZipArchive<BufReader<File>>>, layout: Layout },
    Folder { path: PathBuf, layout: Layout },
    Sample(Box<Sample>),
}

impl Input {
    /// Opens a zip or a folder.
    pub fn open(path: &Path) -> Result<Self, IngestError> {
        let metadata = path.metadata().map_err(|source| IngestError::read(path, source))?;
        if metadata.is_dir() { Self::open_folder(path) } else { Self::open_zip(path) }
    }

    /// The built-in sample of a size.
    #[must_use]
    pub fn sample(size: SampleSize) -> Self {
        Self(Kind::Sample(Box::new(Sample::new(size))))
    }

    fn open_folder(path: &Path) -> Result<Self, IngestError> {
        let layout = Layout::find(path, &folder::file_names(path)?)?;
        Ok(Self(Kind::Folder { path: path.to_owned(), layout }))
    }

    fn open_zip(path: &Path) -> Result<Self, IngestError> {
        let file = File::open(path).map_err(|source| IngestError::read(path, source))?;
        let damaged = |source| IngestError::DamagedArchive { path: path.to_owned(), entry: None, source };
        let archive = ZipArchive::new(BufReader::with_capacity(1 << 18, file)).map_err(damaged)?;
        // A name that cannot be decoded is none of ours.
        let names: Vec<_> = archive.file_names().flatten().map(Cow::into_owned).collect();
        let layout = Layout::find(path, &names)?;
        Ok(Self(Kind::Zip { path: path.to_owned(), archive: Box::new(archive), layout }))
    }

    /// The tables of the data set: ratings and movies always, tags and links if it has them.
    #[must_use]
    pub fn tables(&self) -> Vec<Table> {
        match &self.0 {
            Kind::Zip { layout, .. } | Kind::Folder { layout, .. } => layout.tables().collect(),
            Kind::Sample(_) => Table::ALL.to_vec(),
        }
    }

    /// The rows of a table, or `None` if the data set does not have it.
    pub fn rows(&mut self, table: Table) -> Result<Option<RawRows<'_>>, IngestError> {
        match &mut self.0 {
            Kind::Sample(sample) => {
                let place = Place::Sample(format!("sample:{}/{table}.csv", sample.size()));
                let reader = Box::new(sample.reader(table));
                RawRows::open(table, place, Format::Csv, None, reader).map(Some)
            }
            Kind::Folder { path, layout } => {
                let Some(name) = layout.file(table) else { return Ok(None) };
                let file_path = path.join(name);
                let file = File::open(&file_path).map_err(|source| IngestError::read(&file_path, source))?;
                let bytes = file.metadata().ok().map(|metadata| metadata.len());
                let place = Place::File { path: file_path, name: name.to_owned() };
                RawRows::open(table, place, layout.format, bytes, Box::new(file)).map(Some)
            }
            Kind::Zip { path, archive, layout } => {
                let Some(name) = layout.file(table) else { return Ok(None) };
                let place = Place::Entry { path: path.clone(), name: name.to_owned() };
                let entry = archive.by_name(name).map_err(|source| place.archive_error(source))?;
                let bytes = entry.size();
                RawRows::open(table, place, layout.format, Some(bytes), Box::new(entry)).map(Some)
            }
        }
    }

    /// The hash of the content, the same wherever it lies: of a zip's bytes, of a folder's data files, or of
    /// what a sample is made from.
    pub fn content_hash(&self) -> Result<ContentHash, IngestError> {
        match &self.0 {
            Kind::Zip { path, .. } => content_hash::of_file(path),
            Kind::Folder { path, layout } => content_hash::of_folder(path, layout),
            Kind::Sample(sample) => Ok(content_hash::of_sample(sample.size())),
        }
    }
}

/// Where rows come from: names them, and their errors.
pub(crate) enum Place {
    /// An entry of a zip.
    Entry { path: PathBuf, name: String },
    /// A file of a folder.
    File { path: PathBuf, name: String },
    /// A file that the sample stands for.
    Sample(String),
}

impl Place {
    /// The name of the file inside its zip or folder.
    pub(crate) fn source_file(&self) -> Arc<str> {
        match self {
            Self::Entry { name, .. } | Self::File { name, .. } | Self::Sample(name) => {
                Arc::from(name.as_str())
            }
        }
    }

    /// What a failed read means here.
    pub(crate) fn read_error(&self, source: io::Error) -> IngestError {
        match self {
            Self::Entry { .. } => self.archive_error(ZipError::Io(source)),
            Self::File { path, .. } => IngestError::read(path, source),
            Self::Sample(name) => IngestError::read(name, source),
        }
    }

    fn archive_error(&self, source: ZipError) -> IngestError {
        let (path, entry) = match self {
            Self::Entry { path, name } | Self::File { path, name } => (path.clone(), Some(name.clone())),
            Self::Sample(name) => (PathBuf::from(name), None),
        };
        IngestError::DamagedArchive { path, entry, source }
    }
}
