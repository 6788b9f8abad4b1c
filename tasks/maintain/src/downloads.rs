//! What killed downloads left: `ingest` writes to `NAME.part` and goes on with it, but not for ever.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use lakehouse::Vacuumed;

/// Where `ingest` downloads to, unless it is told otherwise.
pub(crate) const FOLDER: &str = "_downloads";

/// Removes the parts that nobody has written to for this long, and what the server had said about them.
pub(crate) fn remove_killed(folder: &Path, age: Duration, dry_run: bool) -> io::Result<Vacuumed> {
    let mut removed = Vacuumed::default();
    if !folder.is_dir() {
        return Ok(removed);
    }
    for entry in folder.read_dir()? {
        let part = entry?.path();
        if part.extension().is_none_or(|extension| extension != "part") || !is_abandoned(&part, age)? {
            continue;
        }
        for path in [part.with_extension("part.from"), part] {
            let Ok(metadata) = path.metadata() else { continue };
            if !dry_run {
                fs::remove_file(&path)?;
            }
            removed.files.push(path.file_name().unwrap_or_default().to_string_lossy().into_owned());
            removed.bytes += metadata.len();
        }
    }
    Ok(removed)
}

/// Whoever downloads holds a lock on the part, even while the server keeps silent.
fn is_abandoned(part: &Path, age: Duration) -> io::Result<bool> {
    let file = File::open(part)?;
    let written = file.metadata()?.modified()?;
    if SystemTime::now().duration_since(written).is_ok_and(|since| since < age) {
        return Ok(false);
    }
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is a test's failure message")]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn write(path: &Path, age: Duration) -> File {
        fs::write(path, b"some bytes").unwrap();
        let file = File::options().append(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
        file
    }

    #[test]
    fn old_parts_go_and_young_ones_locked_ones_and_whole_files_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["old.zip.part", "old.zip.part.from", "whole.zip", "whole.zip.from"] {
            write(&path(name), DAY * 3);
        }
        write(&path("young.zip.part"), DAY);
        write(&path("young.zip.part.from"), DAY * 3);
        let busy = write(&path("busy.zip.part"), DAY * 3);
        busy.lock().unwrap();
        let remove = |dry_run| remove_killed(folder.path(), DAY * 2, dry_run).unwrap().files;
        let gone = ["old.zip.part.from", "old.zip.part"];
        assert_eq!(remove(true), gone);
        assert_eq!(remove(false), gone);
        assert!(remove(false).is_empty());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 5);
        drop(busy);
        assert_eq!(remove(false), ["busy.zip.part"]);
    }

    #[test]
    fn a_lake_without_downloads_is_clean() {
        let folder = tempfile::tempdir().unwrap();
        let removed = remove_killed(&folder.path().join(FOLDER), DAY, false).unwrap();
        assert_eq!(removed, Vacuumed::default());
    }
}
