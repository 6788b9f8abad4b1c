//! Where a lake lies: in a folder, in an object store, or in HDFS.

mod cloud;
mod fault;
mod hdfs;
mod log;
mod unfinished;

use std::error::Error;
use std::fmt;
use std::path::{Path as FilePath, PathBuf};
use std::time::SystemTime;

use deltalake::logstore::ObjectStoreRef;
use deltalake::logstore::object_store::{self, ObjectStoreExt, PutMode};
use deltalake::{DeltaResult, DeltaTableBuilder, Path, ensure_table_uri};
use url::Url;

pub use self::fault::StoreFault;
use crate::LakehouseError;

/// Where a lake lies. Only this module and those below it tell one kind from the other.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// A folder of this machine, or one that is mounted.
    Folder(PathBuf),
    /// Everything below an address in an object store or in HDFS.
    Store(Remote),
}

/// A part of an object store.
#[derive(Debug, Clone)]
pub(crate) struct Remote {
    /// The address without a slash at its end.
    pub(crate) address: Url,
    kind: Kind,
    /// All of the store.
    pub(crate) store: ObjectStoreRef,
}

/// What a part of a store is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    S3,
    Azure,
    Google,
    Hdfs,
}

impl Place {
    /// Reads a path or an address.
    pub(crate) fn parse(uri: &str) -> Result<Self, LakehouseError> {
        let unsupported = || LakehouseError::UnsupportedLake { uri: without_secrets(uri) };
        let path = match uri.split_once("://") {
            None if uri.is_empty() => return Err(unsupported()),
            None => PathBuf::from(uri),
            Some(("file", _)) => {
                Url::parse(uri).ok().and_then(|url| url.to_file_path().ok()).ok_or_else(unsupported)?
            }
            Some((scheme, rest)) => {
                let kind = Kind::of(scheme).ok_or_else(unsupported)?;
                let address = address(kind, rest).ok_or_else(unsupported)?;
                return Remote::open(address, kind).map(Self::Store);
            }
        };
        folder(path).map(Self::Folder)
    }

    /// Whether an address begins as those of stores do.
    pub(crate) fn is_store(uri: &str) -> bool {
        uri.split_once("://").is_some_and(|(scheme, _)| Kind::of(scheme).is_some())
    }

    /// The folder, if it is one.
    pub(crate) fn folder(&self) -> Option<&FilePath> {
        match self {
            Self::Folder(path) => Some(path),
            Self::Store(_) => None,
        }
    }

    /// Checks that of two writers of one file only one wins, which commits rely on. A folder and HDFS see to that by
    /// themselves, an object store does where it knows conditional puts.
    pub(crate) async fn check_safe(&self) -> Result<(), LakehouseError> {
        let Self::Store(remote) = self else { return Ok(()) };
        if remote.kind == Kind::Hdfs {
            return Ok(());
        }
        let lake = self.to_string();
        match remote.lets_one_win().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(LakehouseError::UnsafeStore { lake }),
            Err(source) => Err(unusable(lake, source)),
        }
    }

    /// What opens the table of this name.
    pub(crate) fn builder(&self, table: &str) -> DeltaResult<DeltaTableBuilder> {
        match self {
            Self::Folder(path) => {
                DeltaTableBuilder::from_url(ensure_table_uri(path.join(table).to_string_lossy())?)
            }
            Self::Store(remote) => {
                let url = remote.url_of(table);
                Ok(DeltaTableBuilder::from_url(url.clone())?.with_storage_backend(remote.store.clone(), url))
            }
        }
    }
}

impl Kind {
    const ALL: [Self; 4] = [Self::S3, Self::Azure, Self::Google, Self::Hdfs];

    fn of(scheme: &str) -> Option<Self> {
        // As Hadoop calls it.
        let scheme = if scheme == "s3a" { "s3" } else { scheme };
        Self::ALL.into_iter().find(|kind| kind.scheme() == scheme)
    }

    /// What addresses begin with.
    fn scheme(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Azure => "az",
            Self::Google => "gs",
            Self::Hdfs => "hdfs",
        }
    }
}

impl Remote {
    fn open(address: Url, kind: Kind) -> Result<Self, LakehouseError> {
        log::register(Kind::ALL.map(Kind::scheme));
        let open = match kind {
            Kind::S3 => cloud::s3,
            Kind::Azure => cloud::azure,
            Kind::Google => cloud::google,
            Kind::Hdfs => hdfs::open,
        };
        let store = open(&address).map_err(|source| unusable(address.to_string(), source))?;
        Ok(Self { address, kind, store })
    }

    /// For tests: a part of some other store, as if it were one that speaks S3.
    #[cfg(test)]
    pub(crate) fn of(address: Url, store: ObjectStoreRef) -> Self {
        Self { address, kind: Kind::S3, store }
    }

    /// What is wrong with files that are no tables.
    pub(crate) fn failed(&self, source: object_store::Error) -> LakehouseError {
        let address = self.address.to_string();
        match StoreFault::of(&source) {
            Some(fault) => LakehouseError::Unusable { what: address, fault },
            None => LakehouseError::Files { address, source: Box::new(source) },
        }
    }

    /// Puts a file twice where there must be none.
    async fn lets_one_win(&self) -> object_store::Result<bool> {
        let nanos = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos();
        let name = format!("{}/_probe/{}-{nanos}", self.address.path(), std::process::id());
        let path = Path::from(name);
        let put = || self.store.put_opts(&path, "probe".into(), PutMode::Create.into());
        put().await?;
        match put().await {
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {}
            Ok(_) => return Ok(false),
            Err(error) => return Err(error),
        }
        self.store.delete(&path).await?;
        Ok(true)
    }

    fn url_of(&self, table: &str) -> Url {
        let mut url = self.address.clone();
        url.set_path(&format!("{}/{table}", self.address.path().trim_end_matches('/')));
        url
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => path.display().fmt(f),
            Self::Store(remote) => remote.address.fmt(f),
        }
    }
}

/// Checks that a folder may be a lake; it need not be there.
fn folder(path: PathBuf) -> Result<PathBuf, LakehouseError> {
    let root = std::path::absolute(&path).map_err(|source| LakehouseError::Root { path, source })?;
    if is_ambiguous(&root) {
        return Err(LakehouseError::AmbiguousPath { path: root });
    }
    if root.exists() && !root.is_dir() {
        let source = std::io::Error::from(std::io::ErrorKind::NotADirectory);
        return Err(LakehouseError::Root { path: root, source });
    }
    Ok(root)
}

/// Whether the library reads a path as another one: it takes `%20` for a space and a backslash for a slash.
fn is_ambiguous(path: &FilePath) -> bool {
    let text = path.as_os_str().as_encoded_bytes();
    let is_escape = |three: &[u8]| three[0] == b'%' && three[1..].iter().all(u8::is_ascii_hexdigit);
    text.contains(&b'\\') || text.windows(3).any(is_escape)
}

fn unusable(lake: String, source: impl Error + Send + Sync + 'static) -> LakehouseError {
    match StoreFault::of(&source) {
        Some(fault) => LakehouseError::Unusable { what: format!("the lake {lake}"), fault },
        None => LakehouseError::Store { lake, source: Box::new(source) },
    }
}

/// Reads an address, its slashes at the end left out, if it is a store and a path and no more.
fn address(kind: Kind, rest: &str) -> Option<Url> {
    let address = Url::parse(&format!("{}://{}", kind.scheme(), rest.trim_end_matches('/'))).ok();
    address.filter(|address| is_plain(address) && (kind == Kind::Hdfs || address.port().is_none()))
}

/// Whether an address is a store and a path, and no more. Credentials in it would be in every log.
fn is_plain(address: &Url) -> bool {
    let has_extras = address.query().is_some() || address.fragment().is_some();
    let has_credentials = !address.username().is_empty() || address.password().is_some();
    let is_escaped = address.path().contains(['%', '\\']);
    address.host_str().is_some_and(|host| !host.is_empty()) && !has_extras && !has_credentials && !is_escaped
}

/// An address that cannot be used, as a message may show it.
fn without_secrets(uri: &str) -> String {
    match (uri.split_once("://"), uri.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://...@{rest}"),
        _ => uri.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_credentials_is_refused_without_repeating_them() {
        for uri in
            ["s3://key:secret@bucket/lake", "s3://secret@bucket", "hdfs://user:secret@bucket:8020/lake"]
        {
            let message = Place::parse(uri).unwrap_err().to_string();
            assert!(message.contains("://...@bucket") && !message.contains("secret"), "{message}");
        }
    }

    #[test]
    fn an_address_is_a_store_and_what_its_tables_begin_with() {
        for (uri, table) in [
            ("s3://bucket", "s3://bucket/silver/movies"),
            ("s3://bucket/", "s3://bucket/silver/movies"),
            ("s3a://bucket/a/b/", "s3://bucket/a/b/silver/movies"),
            ("hdfs://node:8020/a/", "hdfs://node:8020/a/silver/movies"),
            ("gs://bucket/a", "gs://bucket/a/silver/movies"),
        ] {
            let Place::Store(remote) = Place::parse(uri).unwrap() else { panic!("{uri} is no folder") };
            assert_eq!(remote.url_of("silver/movies").as_str(), table);
        }
        for uri in [
            "s3://",
            "s3:///lake",
            "s3://bucket/a?x=1",
            "s3://bucket/a%20b",
            "s3://bucket:80/a",
            "gs://bucket:80/a",
            "hdfs:///a",
            "gopher://bucket",
            "",
        ] {
            assert!(Place::parse(uri).is_err(), "{uri}");
        }
    }
}
