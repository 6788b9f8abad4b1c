//! An opened data set: a zip, a folder or the built-in sample, all read in one way.

#[cfg(test)]
mod tests;

use std::{
    borrow::Cow,
    fs::File,
    io::{BufReader, ErrorKind},
    path::{Path, PathBuf},
};

use zip::ZipArchive;

use crate::{
    content_hash,
    error::IngestError,
    folder,
    layout::{Format, Layout},
    place::Place,
    rows::Rows,
    sample::{Sample, SampleSize},
    table::Table,
};

pub(crate) enum Input {
    Zip { path: PathBuf, archive: Box<ZipArchive<BufReader<File>>>, layout: Layout },
    Folder { path: PathBuf, layout: Layout },
    Sample(Sample),
}

impl Input {
    /// Opens a zip or a folder.
    pub(crate) fn open(path: &Path) -> Result<Self, IngestError> {
        let metadata = path.metadata().map_err(|source| match source.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => IngestError::NotFound { path: path.to_owned() },
            _ => IngestError::read(path, source),
        })?;
        if metadata.is_dir() { Self::open_folder(path) } else { Self::open_zip(path) }
    }

    pub(crate) fn sample(size: SampleSize) -> Self {
        Self::Sample(Sample::new(size))
    }

    fn open_folder(path: &Path) -> Result<Self, IngestError> {
        let layout = Layout::find(path, &folder::file_names(path)?)?;
        Ok(Self::Folder { path: path.to_owned(), layout })
    }

    fn open_zip(path: &Path) -> Result<Self, IngestError> {
        let file = File::open(path).map_err(|source| IngestError::read(path, source))?;
        let archive = ZipArchive::new(BufReader::with_capacity(1 << 18, file));
        let archive = archive.map_err(|source| IngestError::archive(path, None, source))?;
        // A name that cannot be decoded is none of ours.
        let names: Vec<_> = archive.file_names().flatten().map(Cow::into_owned).collect();
        let layout = Layout::find(path, &names)?;
        Ok(Self::Zip { path: path.to_owned(), archive: Box::new(archive), layout })
    }

    /// The rows of a table, or `None` if the data set does not have it.
    pub(crate) fn rows(&mut self, table: Table) -> Result<Option<Rows<'_>>, IngestError> {
        match self {
            Self::Sample(sample) => {
                let place = Place::Sample(format!("sample:{}/{table}.csv", sample.size()));
                let reader = Box::new(sample.reader(table));
                Rows::open(table, place, Format::Csv, None, reader).map(Some)
            }
            Self::Folder { path, layout } => {
                let Some(name) = layout.file(table) else { return Ok(None) };
                let file_path = path.join(name);
                let file = File::open(&file_path).map_err(|source| IngestError::read(&file_path, source))?;
                let bytes = file.metadata().ok().map(|metadata| metadata.len());
                let place = Place::File { path: file_path, name: name.to_owned() };
                Rows::open(table, place, layout.format, bytes, Box::new(file)).map(Some)
            }
            Self::Zip { path, archive, layout } => {
                let Some(name) = layout.file(table) else { return Ok(None) };
                let entry = archive.by_name(name);
                let entry = entry.map_err(|source| IngestError::archive(&*path, Some(name), source))?;
                let bytes = entry.size();
                let place = Place::Entry { path: path.clone(), name: name.to_owned() };
                Rows::open(table, place, layout.format, Some(bytes), Box::new(entry)).map(Some)
            }
        }
    }

    /// The hash of the content, the same wherever it lies: of a zip's bytes, of a folder's data files, or of
    /// what a sample is made from.
    pub(crate) fn content_hash(&self) -> Result<blake3::Hash, IngestError> {
        match self {
            Self::Zip { path, .. } => content_hash::of_file(path),
            Self::Folder { path, layout } => content_hash::of_folder(path, layout),
            Self::Sample(sample) => Ok(content_hash::of_sample(sample.size())),
        }
    }
}
