//! The lake: a folder with one Delta table per contract.

use std::path::{Path, PathBuf};

use url::Url;

use crate::{
    CommitRecord, Committed, LakeTable, LakehouseError, Snapshot, Table, TableSpec, TableWriter, Version,
};

/// Who commits: recorded in the commit metadata of every version.
#[derive(Debug, Clone)]
pub struct Provenance {
    /// The pipeline run; a table is committed at most once per run id.
    pub run_id: String,
    /// The task, for example `clean`.
    pub task: &'static str,
    /// The git revision of the program.
    pub revision: &'static str,
    /// What the rows are made from besides what the run itself wrote: flags, the hash of an input. Attempts of
    /// one run must agree on it.
    pub inputs: String,
}

/// A folder of Delta tables.
#[derive(Debug, Clone)]
pub struct Lake {
    root: PathBuf,
}

/// Whether the library reads a path as another one: it takes `%20` for a space and a backslash for a slash.
fn is_ambiguous(path: &Path) -> bool {
    let text = path.as_os_str().as_encoded_bytes();
    let is_escape = |three: &[u8]| three[0] == b'%' && three[1..].iter().all(u8::is_ascii_hexdigit);
    text.contains(&b'\\') || text.windows(3).any(is_escape)
}

impl Lake {
    /// The lake at a path or a `file://` address. Nothing is created until a table is written.
    ///
    /// # Errors
    /// [`LakehouseError::UnsupportedLake`] for any other address, [`LakehouseError::AmbiguousPath`] for a folder that Delta
    /// would look for elsewhere, [`LakehouseError::Root`] when the
    /// path exists and is no folder.
    pub fn open(uri: &str) -> Result<Self, LakehouseError> {
        let unsupported = || LakehouseError::UnsupportedLake { uri: uri.to_owned() };
        let path = if uri.starts_with("file://") {
            Url::parse(uri).ok().and_then(|url| url.to_file_path().ok()).ok_or_else(unsupported)?
        } else if uri.is_empty() || uri.contains("://") {
            return Err(unsupported());
        } else {
            PathBuf::from(uri)
        };
        let root = std::path::absolute(&path).map_err(|source| LakehouseError::Root { path, source })?;
        if is_ambiguous(&root) {
            return Err(LakehouseError::AmbiguousPath { path: root });
        }
        if root.exists() && !root.is_dir() {
            let source = std::io::Error::from(std::io::ErrorKind::NotADirectory);
            return Err(LakehouseError::Root { path: root, source });
        }
        Ok(Self { root })
    }

    /// The folder of the lake.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A table told which by a value.
    #[must_use]
    pub fn table(&self, spec: &'static TableSpec) -> LakeTable<'_> {
        LakeTable { lake: self, spec }
    }

    /// The folder of a table.
    #[must_use]
    pub fn path_of<T: Table>(&self) -> PathBuf {
        self.table(T::SPEC).path()
    }

    /// Begins to write a run's rows into a table; its [`Mode`](crate::Mode) says what becomes of the others.
    ///
    /// # Errors
    /// When the table cannot be created or opened, or has other columns than the contract.
    pub async fn write<T: Table>(&self, by: &Provenance) -> Result<TableWriter<T>, LakehouseError> {
        self.table(T::SPEC).write(by).await.map(TableWriter::new)
    }

    /// What a run has committed to a table, `None` if it never did.
    ///
    /// # Errors
    /// When the table exists and cannot be read.
    pub async fn committed<T: Table>(&self, run_id: &str) -> Result<Option<Committed>, LakehouseError> {
        self.table(T::SPEC).committed(run_id).await
    }

    /// The version that a run wrote, `None` if it never did.
    ///
    /// # Errors
    /// When the table exists and cannot be read.
    pub async fn version_of<T: Table>(&self, run_id: &str) -> Result<Option<Version>, LakehouseError> {
        self.table(T::SPEC).version_of(run_id).await
    }

    /// Opens exactly the version that a run wrote.
    ///
    /// # Errors
    /// [`LakehouseError::MissingTable`], [`LakehouseError::RunNotFound`].
    pub async fn written_by<T: Table>(&self, run_id: &str) -> Result<Snapshot<T>, LakehouseError> {
        self.table(T::SPEC).written_by(run_id).await.map(Snapshot::new)
    }

    /// Opens a pinned version.
    ///
    /// # Errors
    /// [`LakehouseError::MissingTable`], or [`LakehouseError::Open`] when there is no such version.
    pub async fn at<T: Table>(&self, version: Version) -> Result<Snapshot<T>, LakehouseError> {
        self.table(T::SPEC).at(version).await.map(Snapshot::new)
    }

    /// Opens the newest version, `None` if the table has never been written.
    ///
    /// # Errors
    /// [`LakehouseError::Open`] when the table cannot be read.
    pub async fn newest<T: Table>(&self) -> Result<Option<Snapshot<T>>, LakehouseError> {
        Ok(self.table(T::SPEC).newest().await?.map(Snapshot::new))
    }

    /// The run that is meant by `--run-id`: `latest` stands for the run that wrote the newest version of a
    /// table, anything else for itself.
    ///
    /// # Errors
    /// As [`Lake::latest_run`].
    pub async fn resolve_run<T: Table>(&self, run_id: &str) -> Result<String, LakehouseError> {
        self.table(T::SPEC).resolve_run(run_id).await
    }

    /// The run that wrote the newest version of a table.
    ///
    /// # Errors
    /// [`LakehouseError::MissingTable`], [`LakehouseError::NoRun`].
    pub async fn latest_run<T: Table>(&self) -> Result<String, LakehouseError> {
        self.table(T::SPEC).latest_run().await
    }

    /// The commits of a table, newest first, as far back as its log goes (30 days by default).
    ///
    /// # Errors
    /// [`LakehouseError::MissingTable`], [`LakehouseError::Open`].
    pub async fn history<T: Table>(&self, limit: Option<usize>) -> Result<Vec<CommitRecord>, LakehouseError> {
        self.table(T::SPEC).history(limit).await
    }

    /// The commit that a run made to a table, if the log still has it.
    ///
    /// # Errors
    /// As [`Lake::history`].
    pub async fn commit_of<T: Table>(&self, run_id: &str) -> Result<Option<CommitRecord>, LakehouseError> {
        self.table(T::SPEC).commit_of(run_id).await
    }
}
