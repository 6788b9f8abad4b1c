//! The hash by which `--skip-unchanged` knows an input.

use std::{fmt, fs::File, path::Path};

use crate::{IngestError, SampleSize, layout::Layout, sample};

/// The BLAKE3 hash of an input's content; shows as 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentHash(blake3::Hash);

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

pub(crate) fn of_file(path: &Path) -> Result<ContentHash, IngestError> {
    let mut hasher = blake3::Hasher::new();
    update_with_file(&mut hasher, path)?;
    Ok(ContentHash(hasher.finalize()))
}

/// Hashes the data files in the order of [`crate::Table::ALL`], each behind its table's name and its length,
/// so that bytes cannot wander from one file to the next unnoticed.
pub(crate) fn of_folder(folder: &Path, layout: &Layout) -> Result<ContentHash, IngestError> {
    let mut hasher = blake3::Hasher::new();
    for table in layout.tables() {
        let Some(name) = layout.file(table) else { continue };
        let path = folder.join(name);
        let length = path.metadata().map_err(|source| IngestError::read(&path, source))?.len();
        hasher.update(table.name().as_bytes()).update(b"\0").update(&length.to_le_bytes());
        update_with_file(&mut hasher, &path)?;
    }
    Ok(ContentHash(hasher.finalize()))
}

pub(crate) fn of_sample(size: SampleSize) -> ContentHash {
    let text = format!("cinelake sample {} {} {}", sample::VERSION, sample::SEED, size.ratings());
    ContentHash(blake3::hash(text.as_bytes()))
}

fn update_with_file(hasher: &mut blake3::Hasher, path: &Path) -> Result<(), IngestError> {
    let read = |source| IngestError::read(path, source);
    hasher.update_reader(File::open(path).map_err(read)?).map_err(read)?;
    Ok(())
}
