//! Flushing to the disk, which `deltalake` leaves to the operating system.
//!
//! Data files are flushed before the commit names them, and the commit after it is made. So a power cut
//! can lose the newest commit as a whole, but never leave one that names files without their content.

use std::fs::File;
use std::path::Path;

use deltalake::kernel::Add;

use crate::{LakehouseError, Version};

pub(crate) fn flush_files(table: &'static str, root: &Path, files: &[Add]) -> Result<(), LakehouseError> {
    for file in files {
        flush(table, &root.join(&file.path))?;
    }
    flush(table, root)
}

pub(crate) fn flush_log(table: &'static str, root: &Path, version: Version) -> Result<(), LakehouseError> {
    let log = root.join("_delta_log");
    let entry = log.join(format!("{version:020}.json"));
    // An old entry may have been cleaned up behind a checkpoint; then there is nothing to flush.
    if entry.exists() {
        flush(table, &entry)?;
    }
    flush(table, &log)
}

fn flush(table: &'static str, path: &Path) -> Result<(), LakehouseError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(|source| match source.kind() {
        std::io::ErrorKind::StorageFull => LakehouseError::DiskFull { table },
        _ => LakehouseError::Flush { table, path: path.to_owned(), source },
    })
}
