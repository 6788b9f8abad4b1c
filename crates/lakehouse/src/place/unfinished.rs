//! Files that a killed writer was in the middle of. They have other names until they are complete, and `deltalake` neither
//! reads nor removes them.

use std::io;
use std::path::Path as FilePath;
use std::time::SystemTime;

use deltalake::logstore::object_store::ObjectStoreExt;
use deltalake::{DeltaResult, Path};

use super::{Kind, Place, Remote, hdfs};

/// A file that is not complete, and perhaps never will be.
#[derive(Debug)]
pub(crate) struct Unfinished {
    /// Its path in the table.
    pub(crate) path: String,
    /// As far as the place knows it already.
    pub(crate) bytes: u64,
    /// When something was last written into it or, in HDFS, when it was begun.
    pub(crate) written: SystemTime,
}

/// Where there may be some, in a table.
const FOLDERS: [&str; 2] = ["", "_delta_log/"];

impl Place {
    /// All of a table. In an object store there are none: what is not complete is no file yet.
    pub(crate) async fn unfinished(&self, table: &str) -> DeltaResult<Vec<Unfinished>> {
        match self {
            Self::Folder(lake) => Ok(in_folder(&lake.join(table))?),
            Self::Store(remote) if remote.kind == Kind::Hdfs => in_hdfs(remote, table).await,
            Self::Store(_) => Ok(Vec::new()),
        }
    }

    /// Removes one of a table.
    pub(crate) async fn remove(&self, table: &str, file: &Unfinished) -> DeltaResult<()> {
        match self {
            Self::Folder(lake) => Ok(std::fs::remove_file(lake.join(table).join(&file.path))?),
            Self::Store(remote) => Ok(remote.store.delete(&path_of(remote, table, &file.path)).await?),
        }
    }
}

fn path_of(remote: &Remote, table: &str, file: &str) -> Path {
    Path::from(format!("{}/{file}", remote.url_of(table).path()))
}

async fn in_hdfs(remote: &Remote, table: &str) -> DeltaResult<Vec<Unfinished>> {
    let mut found = Vec::new();
    for folder in FOLDERS {
        let listed = remote.store.list_with_delimiter(Some(&path_of(remote, table, folder))).await?;
        for file in listed.objects {
            let Some(name) = file.location.filename().filter(|name| hdfs::is_unfinished(name)) else {
                continue;
            };
            let path = format!("{folder}{name}");
            found.push(Unfinished { path, bytes: file.size, written: file.last_modified.into() });
        }
    }
    Ok(found)
}

fn in_folder(table: &FilePath) -> io::Result<Vec<Unfinished>> {
    let mut found = Vec::new();
    for folder in FOLDERS {
        for entry in table.join(folder).read_dir()? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !is_unfinished(&name) {
                continue;
            }
            match entry.metadata() {
                Ok(file) => {
                    let path = format!("{folder}{name}");
                    found.push(Unfinished { path, bytes: file.len(), written: file.modified()? });
                }
                // Its writer has just completed it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(found)
}

/// In a folder they are named `NAME#NUMBER`.
fn is_unfinished(name: &str) -> bool {
    let number = name.rsplit_once('#').map(|(_, number)| number);
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}
