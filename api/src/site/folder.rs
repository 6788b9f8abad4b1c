//! Reading a front end from its folder.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result, bail, ensure};

use super::file::File;

/// The page that everything begins with.
pub(super) const INDEX: &str = "index.html";

/// No front end is as large; what is, is the wrong folder.
const LARGEST: u64 = 32 << 20;

/// Every file of a folder by its path within it, but for hidden ones.
pub(super) fn read(folder: &Path, flag: &str) -> Result<BTreeMap<String, File>> {
    let mut files = BTreeMap::new();
    let mut room = LARGEST;
    add(&mut files, &mut room, folder, "").with_context(|| {
        format!("cannot read the pages in {}; {flag} names their folder", folder.display())
    })?;
    ensure!(
        files.contains_key(INDEX),
        "there is no {INDEX} in {}; build the pages there, or let {flag} name another folder",
        folder.display()
    );
    Ok(files)
}

fn add(files: &mut BTreeMap<String, File>, room: &mut u64, folder: &Path, prefix: &str) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // A name that is not UTF-8 could not be asked for.
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name.starts_with('.') {
            continue;
        }
        // Follows links: a build may be one.
        let about = fs::metadata(entry.path()).with_context(|| name.clone())?;
        if about.is_dir() {
            add(files, room, &entry.path(), &format!("{prefix}{name}/"))?;
            continue;
        }
        let Some(left) = room.checked_sub(about.len()) else {
            bail!("it holds more than {} MiB", LARGEST >> 20)
        };
        *room = left;
        let path = format!("{prefix}{name}");
        let file = File::new(&path, fs::read(entry.path()).with_context(|| name.clone())?);
        files.insert(path, file);
    }
    Ok(())
}
