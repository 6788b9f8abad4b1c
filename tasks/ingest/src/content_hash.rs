//! The BLAKE3 hash by which `--skip-unchanged` knows an input.

use std::{fs::File, path::Path};

use blake3::{Hash, Hasher};
use contract::Description;

use crate::{
    error::IngestError,
    layout::Layout,
    sample::{self, SampleSize},
};

pub(crate) fn of_file(path: &Path) -> Result<Hash, IngestError> {
    let mut hasher = Hasher::new();
    update_with_file(&mut hasher, path)?;
    Ok(hasher.finalize())
}

/// Hashes the data files in the order of [`crate::table::Table::ALL`], each behind its table's name and its length,
/// so that bytes cannot move from one file to the next unnoticed.
pub(crate) fn of_folder(folder: &Path, layout: &Layout) -> Result<Hash, IngestError> {
    let mut hasher = Hasher::new();
    for part in layout.parts() {
        let path = folder.join(&part.name);
        let length = path.metadata().map_err(|source| IngestError::read(&path, source))?.len();
        hasher.update(part.table.name().as_bytes()).update(b"\0").update(&length.to_le_bytes());
        update_with_file(&mut hasher, &path)?;
    }
    Ok(hasher.finalize())
}

pub(crate) fn of_sample(size: SampleSize) -> Hash {
    let text = format!("cinelake sample {} {} {}", sample::VERSION, sample::SEED, size.ratings());
    blake3::hash(text.as_bytes())
}

/// The hash of data that is read by a description of its own.
pub(crate) fn described(data: Hash, description: &Description) -> Hash {
    let text = format!("{description:?}");
    Hasher::new().update(data.as_bytes()).update(text.as_bytes()).finalize()
}

fn update_with_file(hasher: &mut Hasher, path: &Path) -> Result<(), IngestError> {
    let read = |source| IngestError::read(path, source);
    hasher.update_reader(File::open(path).map_err(read)?).map_err(read)?;
    Ok(())
}
