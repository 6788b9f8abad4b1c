//! Files that are no tables, in the stores where a lake may lie: a copy of them on this machine.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path as FilePath, PathBuf};
use std::time::SystemTime;

use deltalake::Path;
use deltalake::logstore::object_store::{self, ObjectMeta, ObjectStoreExt};
use futures::TryStreamExt;

use crate::LakehouseError;
use crate::place::{Place, Remote};

/// How far a copy is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Here by now.
    pub bytes: u64,
    /// Of all files.
    pub total: u64,
}

/// The files at an address in a store.
#[derive(Debug)]
pub struct StoredFiles(Remote);

impl StoredFiles {
    /// Whether an address begins as those in stores do.
    #[must_use]
    pub fn is_at(address: &str) -> bool {
        Place::is_store(address)
    }

    /// The files at an address such as `s3://BUCKET/PREFIX`. The store is not asked yet.
    ///
    /// # Errors
    /// [`LakehouseError::NoFiles`] for an address that is none in a store, [`LakehouseError::Unusable`] where nothing is
    /// known of how to ask it.
    pub fn at(address: &str) -> Result<Self, LakehouseError> {
        match Place::parse(address) {
            Ok(Place::Store(remote)) => Ok(Self(remote)),
            Ok(Place::Folder(_)) => Err(LakehouseError::NoFiles { address: address.to_owned() }),
            // Without the credentials that the address may have.
            Err(LakehouseError::UnsupportedLake { uri: address }) => Err(LakehouseError::NoFiles { address }),
            Err(error) => Err(error),
        }
    }

    /// Copies the file at the address, or all that are below it, into a folder, which then has these and no others. A file that
    /// is there with the same size and time is not copied again. Returns the path of the file, or the folder.
    ///
    /// # Errors
    /// [`LakehouseError::NoFiles`], [`LakehouseError::Unusable`], [`LakehouseError::Files`], and [`LakehouseError::Copy`] when
    /// the folder cannot be written.
    pub async fn mirror(
        &self,
        folder: &FilePath,
        progress: &mut (dyn FnMut(Copied) + Send),
    ) -> Result<PathBuf, LakehouseError> {
        let (files, is_one) = self.list().await?;
        let total = files.iter().map(|(_, file)| file.size).sum();
        let mut copied = Copied { bytes: 0, total };
        for (name, file) in &files {
            let path = folder.join(name);
            if !is_same(&path, file) {
                let before = copied.bytes;
                self.fetch(file, &path, &mut |bytes| progress(Copied { bytes: before + bytes, total }))
                    .await?;
            }
            copied.bytes += file.size;
            progress(copied);
        }
        let kept: BTreeSet<_> = files.iter().map(|(name, _)| folder.join(name)).collect();
        remove_others(folder, &kept).map_err(writing(folder))?;
        Ok(if is_one { folder.join(&files[0].0) } else { folder.to_owned() })
    }

    /// The files, each with its name below the address; and whether the address is that of one file.
    async fn list(&self) -> Result<(Vec<(String, ObjectMeta)>, bool), LakehouseError> {
        let root = Path::from_url_path(self.0.address.path())
            .map_err(|_| LakehouseError::NoFiles { address: self.0.address.to_string() })?;
        let file = match self.0.store.head(&root).await {
            Err(object_store::Error::NotFound { .. }) => None,
            found => Some(found.map_err(|error| self.failed(error))?),
        };
        if let Some((name, file)) = root.filename().zip(file) {
            return Ok((vec![(name.to_owned(), file)], true));
        }
        let mut files: Vec<_> =
            self.0.store.list(Some(&root)).try_collect().await.map_err(|error| self.failed(error))?;
        files.sort_unstable_by(|left: &ObjectMeta, right| left.location.cmp(&right.location));
        let named = |file: ObjectMeta| {
            let parts: Vec<_> = file.location.prefix_match(&root)?.collect();
            let name = parts.iter().map(AsRef::as_ref).collect::<Vec<_>>().join("/");
            (!name.is_empty()).then_some((name, file))
        };
        let files: Vec<_> = files.into_iter().filter_map(named).collect();
        if files.is_empty() {
            return Err(LakehouseError::NoFiles { address: self.0.address.to_string() });
        }
        Ok((files, false))
    }

    /// Copies a file: under another name until it is complete.
    async fn fetch(
        &self,
        file: &ObjectMeta,
        path: &FilePath,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<(), LakehouseError> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let written = writing(&part);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(writing(folder))?;
        }
        let mut output = File::create(&part).map_err(&written)?;
        let found = self.0.store.get(&file.location).await.map_err(|error| self.failed(error))?;
        let (mut pieces, mut bytes) = (found.into_stream(), 0);
        while let Some(piece) = pieces.try_next().await.map_err(|error| self.failed(error))? {
            output.write_all(&piece).map_err(&written)?;
            bytes += piece.len() as u64;
            progress(bytes);
        }
        output.sync_all().and_then(|()| output.set_modified(modified(file))).map_err(&written)?;
        fs::rename(&part, path).map_err(writing(path))
    }

    fn failed(&self, error: object_store::Error) -> LakehouseError {
        self.0.failed(error)
    }
}

fn modified(file: &ObjectMeta) -> SystemTime {
    file.last_modified.into()
}

/// Whether a file is here, with the size and the time of the one in the store.
fn is_same(path: &FilePath, file: &ObjectMeta) -> bool {
    let here = path.metadata().ok().filter(|here| here.is_file() && here.len() == file.size);
    here.and_then(|here| here.modified().ok()) == Some(modified(file))
}

/// Removes what is in a folder, and in the folders inside it, but for these files.
fn remove_others(folder: &FilePath, kept: &BTreeSet<PathBuf>) -> io::Result<()> {
    for entry in folder.read_dir()? {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(&path, kept)?;
            // Only if nothing is left in it.
            let _ = fs::remove_dir(&path);
        } else if !kept.contains(&path) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

fn writing(path: &FilePath) -> impl Fn(io::Error) -> LakehouseError + use<> {
    let path = path.to_owned();
    move |source| LakehouseError::Copy { path: path.clone(), source }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use deltalake::logstore::object_store::memory::InMemory;

    use super::*;

    fn stored(store: &Arc<InMemory>, address: &str) -> StoredFiles {
        StoredFiles(Remote::of(address.parse().unwrap(), store.clone()))
    }

    async fn put(store: &InMemory, name: &str, text: &'static str) {
        store.put(&Path::from(name), text.into()).await.unwrap();
    }

    fn here(folder: &FilePath, name: &str) -> Option<String> {
        fs::read_to_string(folder.join(name)).ok()
    }

    #[tokio::test]
    async fn a_mirror_has_the_files_below_the_address_and_no_others() {
        let (store, folder) = (Arc::new(InMemory::new()), tempfile::tempdir().unwrap());
        put(&store, "ml/ratings.csv", "ratings").await;
        put(&store, "ml/inner/movies.csv", "movies").await;
        put(&store, "ml-2/ratings.csv", "of another").await;
        fs::create_dir_all(folder.path().join("gone")).unwrap();
        fs::write(folder.path().join("gone/tags.csv"), "left").unwrap();

        let mut last = None;
        let files = stored(&store, "s3://bucket/ml");
        let path = files.mirror(folder.path(), &mut |copied| last = Some(copied)).await.unwrap();

        assert_eq!(path, folder.path());
        assert_eq!(last, Some(Copied { bytes: 13, total: 13 }));
        assert_eq!(here(&path, "ratings.csv").unwrap(), "ratings");
        assert_eq!(here(&path, "inner/movies.csv").unwrap(), "movies");
        assert_eq!(path.read_dir().unwrap().count(), 2, "neither what was left nor parts");
    }

    #[tokio::test]
    async fn a_file_is_copied_again_only_when_it_has_changed() {
        let (store, folder) = (Arc::new(InMemory::new()), tempfile::tempdir().unwrap());
        put(&store, "ml/ratings.csv", "one").await;
        let files = stored(&store, "s3://bucket/ml");
        files.mirror(folder.path(), &mut |_| ()).await.unwrap();
        let path = folder.path().join("ratings.csv");
        let copied_at = path.metadata().unwrap().modified().unwrap();
        fs::write(&path, "two").unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(copied_at).unwrap();

        files.mirror(folder.path(), &mut |_| ()).await.unwrap();
        assert_eq!(here(folder.path(), "ratings.csv").unwrap(), "two", "of the same size and time");

        put(&store, "ml/ratings.csv", "newer").await;
        files.mirror(folder.path(), &mut |_| ()).await.unwrap();
        assert_eq!(here(folder.path(), "ratings.csv").unwrap(), "newer");
    }

    #[tokio::test]
    async fn an_address_may_be_that_of_one_file_and_must_be_that_of_some() {
        let (store, folder) = (Arc::new(InMemory::new()), tempfile::tempdir().unwrap());
        put(&store, "a/ml.zip", "packed").await;
        let path = stored(&store, "s3://bucket/a/ml.zip").mirror(folder.path(), &mut |_| ()).await.unwrap();
        assert_eq!(
            (path, here(folder.path(), "ml.zip").unwrap()),
            (folder.path().join("ml.zip"), "packed".into())
        );

        let error = stored(&store, "s3://bucket/b").mirror(folder.path(), &mut |_| ()).await.unwrap_err();
        assert!(matches!(error, LakehouseError::NoFiles { .. }), "{error}");
    }

    #[test]
    fn only_an_address_in_a_store_is_one() {
        for other in ["ml-25m", "/data/ml", "file:///data/ml", "https://example.org/ml.zip"] {
            assert!(!StoredFiles::is_at(other), "{other}");
        }
        assert!(StoredFiles::is_at("s3a://bucket/ml") && StoredFiles::is_at("hdfs://node:8020/ml"));
        let error = StoredFiles::at("s3://key:secret@bucket/ml").unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
    }
}
