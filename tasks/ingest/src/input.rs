//! An opened data set: a zip, a folder or the built-in sample, all read in one way.

#[cfg(test)]
mod tests;

use std::{
    borrow::Cow,
    fs::File,
    io::{BufReader, ErrorKind, Read},
    path::{Path, PathBuf},
};

use contract::description::{Description, Format};
use zip::{CompressionMethod, ZipArchive};

use crate::{
    content_hash, description,
    error::IngestError,
    folder,
    layout::{self, Layout, Part},
    packing::{self, Packing},
    place::Place,
    rows::{RowInput, Rows},
    sample::{Sample, SampleSize},
    table::Table,
};

pub(crate) enum Input {
    Zip { path: PathBuf, archive: Box<ZipArchive<BufReader<File>>>, layout: Layout },
    Folder { path: PathBuf, layout: Layout },
    Sample(Sample, Description),
}

impl Input {
    /// Opens a zip, a folder or a ratings file, described so or, if nothing is said, as a `dataset.toml` in it says or as
    /// MovieLens is.
    pub(crate) fn open(path: &Path, description: Option<Description>) -> Result<Self, IngestError> {
        let metadata = path.metadata().map_err(|source| match source.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => IngestError::NotFound { path: path.to_owned() },
            _ => IngestError::read(path, source),
        })?;
        if metadata.is_dir() {
            return Self::open_folder(path, description);
        }
        if let Some(beside) = Self::open_beside(path, description.as_ref())? {
            return Ok(beside);
        }
        match packing::known_as(path).map_err(|source| IngestError::read(path, source))? {
            Some((what, remedy)) => Err(IngestError::NotAZip { path: path.to_owned(), what, remedy }),
            None => Self::open_zip(path, description),
        }
    }

    pub(crate) fn sample(size: SampleSize) -> Self {
        Self::Sample(Sample::new(size), Description::movielens())
    }

    fn open_folder(path: &Path, description: Option<Description>) -> Result<Self, IngestError> {
        let names = folder::file_names(path)?;
        let read = |name: &str| {
            let path = path.join(name);
            File::open(&path)
                .and_then(description::bytes_of)
                .map_err(|source| IngestError::read(path, source))
        };
        let layout = layout(path, &names, description, read)?;
        Ok(Self::Folder { path: path.to_owned(), layout })
    }

    /// The data set of which this file is the ratings, if its name says so.
    fn open_beside(path: &Path, description: Option<&Description>) -> Result<Option<Self>, IngestError> {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str()))
        else {
            return Ok(None);
        };
        let folder = if folder == Path::new("") { Path::new(".") } else { folder };
        let names = folder::names_in(folder)?;
        let descriptions = match description {
            Some(description) => vec![description.clone()],
            None => description::usual()?,
        };
        let mut layouts = descriptions
            .into_iter()
            .filter_map(|description| Layout::beside(path, &names, name, description));
        let Some(layout) = layouts.next().transpose()? else { return Ok(None) };
        Ok(Some(Self::Folder { path: folder.to_owned(), layout }))
    }

    fn open_zip(path: &Path, description: Option<Description>) -> Result<Self, IngestError> {
        let file = File::open(path).map_err(|source| IngestError::read(path, source))?;
        let archive = ZipArchive::new(BufReader::with_capacity(1 << 18, file));
        let mut archive = archive.map_err(|source| IngestError::archive(path, None, source))?;
        if archive.has_duplicate_names() {
            return Err(IngestError::RepeatedEntry { path: path.to_owned() });
        }
        // A name that cannot be decoded is none of ours.
        let names: Vec<_> = archive.file_names().flatten().map(Cow::into_owned).collect();
        let read = |name: &str| {
            let damaged = |source| IngestError::archive(path, Some(name), source);
            let entry = archive.by_name(name).map_err(damaged)?;
            description::bytes_of(entry).map_err(|source| damaged(source.into()))
        };
        let layout = layout(path, &names, description, read)?;
        for part in layout.parts() {
            readable(path, part, &mut archive)?;
        }
        Ok(Self::Zip { path: path.to_owned(), archive: Box::new(archive), layout })
    }

    /// How it is written.
    pub(crate) fn description(&self) -> &Description {
        match self {
            Self::Sample(_, description) => description,
            Self::Folder { layout, .. } | Self::Zip { layout, .. } => &layout.description,
        }
    }

    /// How many files a table has.
    pub(crate) fn parts(&self, table: Table) -> usize {
        match self {
            Self::Sample(..) => 1,
            Self::Folder { layout, .. } | Self::Zip { layout, .. } => layout.parts_of(table).count(),
        }
    }

    /// The rows of one of the files of a table, or `None` if there is none.
    pub(crate) fn rows(&mut self, table: Table, part: usize) -> Result<Option<Rows<'_>>, IngestError> {
        match self {
            Self::Sample(sample, description) => {
                let Some(file) = description::file_of(description, table) else { return Ok(None) };
                let place = Place::Sample(format!("sample:{}/{table}.csv", sample.size()));
                let input = RowInput::stream(None, Box::new(sample.reader(table)));
                Rows::open(table, place, &file, &description.genres, input).map(Some)
            }
            Self::Folder { path, layout } => {
                let Some(part) = layout.parts_of(table).nth(part) else { return Ok(None) };
                let file_path = path.join(&part.name);
                let file = File::open(&file_path).map_err(|source| IngestError::read(&file_path, source))?;
                let bytes = file.metadata().ok().map(|metadata| metadata.len());
                let place = Place::File { path: file_path, name: part.name.clone() };
                let input = if part.file.format == Format::Parquet {
                    RowInput::File(file)
                } else {
                    unpacked(&place, part.packing, bytes, Box::new(file))?
                };
                Rows::open(table, place, &part.file, &layout.description.genres, input).map(Some)
            }
            Self::Zip { path, archive, layout } => {
                let Some(part) = layout.parts_of(table).nth(part) else { return Ok(None) };
                let entry = archive.by_name(&part.name);
                let entry = entry.map_err(|source| IngestError::archive(&*path, Some(&part.name), source))?;
                let bytes = entry.size();
                let place = Place::Entry { path: path.clone(), name: part.name.clone() };
                let input = unpacked(&place, part.packing, Some(bytes), Box::new(entry))?;
                Rows::open(table, place, &part.file, &layout.description.genres, input).map(Some)
            }
        }
    }

    /// The hash of the content, the same wherever it lies: of a zip's bytes, of a folder's data files, or of
    /// what a sample is made from; and of a description that somebody wrote.
    pub(crate) fn content_hash(&self) -> Result<blake3::Hash, IngestError> {
        let of_data = match self {
            Self::Zip { path, .. } => content_hash::of_file(path)?,
            Self::Folder { path, layout } => content_hash::of_folder(path, layout)?,
            Self::Sample(sample, _) => content_hash::of_sample(sample.size()),
        };
        if description::usual()?.contains(self.description()) {
            return Ok(of_data);
        }
        Ok(content_hash::described(of_data, self.description()))
    }
}

/// The layout by the description that is given, that lies among the files, or that is usual.
fn layout(
    path: &Path,
    names: &[String],
    given: Option<Description>,
    read: impl FnOnce(&str) -> Result<Vec<u8>, IngestError>,
) -> Result<Layout, IngestError> {
    match (given, layout::description_among(names)) {
        (Some(description), _) => Layout::find(path, names, description),
        (None, Some(name)) => Layout::find(path, names, description::parse(&read(name)?, name)?),
        (None, None) => Layout::find_usual(path, names),
    }
}

/// The bytes of a file. How many a packed one unpacks to is unknown.
fn unpacked<'a>(
    place: &Place,
    packing: Packing,
    bytes: Option<u64>,
    packed: Box<dyn Read + Send + 'a>,
) -> Result<RowInput<'a>, IngestError> {
    let bytes = bytes.filter(|_| packing == Packing::Plain);
    let plain = packing.unpacked(packed).map_err(|source| place.read_error(source))?;
    Ok(RowInput::stream(bytes, plain))
}

/// Refuses an entry that this program cannot unpack, before anything is read.
fn readable(path: &Path, part: &Part, archive: &mut ZipArchive<BufReader<File>>) -> Result<(), IngestError> {
    let damaged = |source| IngestError::archive(path, Some(&part.name), source);
    let Some(index) = archive.index_for_name(&part.name) else { return Ok(()) };
    let entry = archive.by_index_raw(index).map_err(damaged)?;
    let (path, entry_name) = (path.to_owned(), part.name.clone());
    let unreadable = |what: String| Err(IngestError::UnreadableEntry { path, entry: entry_name, what });
    if part.file.format == Format::Parquet {
        return unreadable("Parquet, which cannot be read inside of a zip".to_owned());
    }
    if entry.encrypted() {
        return unreadable("encrypted".to_owned());
    }
    match entry.compression() {
        CompressionMethod::Stored | CompressionMethod::Deflated | CompressionMethod::Deflate64 => Ok(()),
        other => unreadable(format!("packed with {other}")),
    }
}
