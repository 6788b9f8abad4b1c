//! The files of a folder.

use std::path::Path;

use crate::error::IngestError;

/// Folders inside each other that are looked into.
const DEPTH: usize = 4;

/// The names of the files in a folder and, some levels down, in the folders inside it, with slashes, in order.
pub(crate) fn file_names(folder: &Path) -> Result<Vec<String>, IngestError> {
    names_down_to(DEPTH, folder)
}

/// The names of the files in a folder itself, in order.
pub(crate) fn names_in(folder: &Path) -> Result<Vec<String>, IngestError> {
    names_down_to(0, folder)
}

fn names_down_to(depth: usize, folder: &Path) -> Result<Vec<String>, IngestError> {
    let mut names = Vec::new();
    collect(folder, "", depth, &mut names)?;
    names.sort_unstable();
    Ok(names)
}

fn collect(folder: &Path, prefix: &str, depth: usize, names: &mut Vec<String>) -> Result<(), IngestError> {
    let failed = |source| IngestError::read(folder, source);
    for entry in folder.read_dir().map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        // A name that is not UTF-8 is none of ours.
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if path.is_file() {
            names.push(format!("{prefix}{name}"));
        } else if depth > 0 && path.is_dir() {
            // A neighbouring folder that cannot be read is no reason to refuse this one.
            let _ = collect(&path, &format!("{prefix}{name}/"), depth - 1, names);
        }
    }
    Ok(())
}
