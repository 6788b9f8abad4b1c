//! Data sets in a store where a lake may lie: they are copied to this machine before they are read.

use std::fs;
use std::path::{Path, PathBuf};

use lakehouse::StoredFiles;

use crate::download;
use crate::error::IngestError;

/// Hexadecimal digits that tell addresses of one ending apart.
const DIGITS: usize = 8;

/// Copies the file or the files at an address into a folder of their own, unless they are there; returns the path to open.
pub(crate) async fn copy(address: &str, downloads: &Path) -> Result<PathBuf, IngestError> {
    let name = name(address);
    let folder = downloads.join(&name);
    fs::create_dir_all(&folder).map_err(|source| IngestError::write(&folder, source))?;
    let _lock = download::lock(&downloads.join(format!("{name}.part")))?;
    let files = StoredFiles::at(address)?;
    let mut bar = None;
    let mut progress = |copied: lakehouse::Copied| {
        bar.get_or_insert_with(|| task::Progress::bytes("copy", Some(copied.total))).set(copied.bytes);
    };
    Ok(files.mirror(&folder, &mut progress).await?)
}

/// A name that is safe in a file system and that no other address has.
fn name(address: &str) -> String {
    let hash = blake3::hash(address.as_bytes()).to_hex();
    let last = address.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let safe = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
    format!("{}-{}", last.chars().map(safe).collect::<String>(), &hash[..DIGITS])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_a_folder_of_its_own() {
        let name_of = |address| name(address);
        assert!(name_of("s3://bucket/data/ml-25m.zip").starts_with("ml-25m-zip-"));
        assert!(name_of("s3://bucket/data/ä../").starts_with("----"));
        assert_ne!(name_of("s3://bucket/a/ml"), name_of("s3://bucket/b/ml"));
    }
}
