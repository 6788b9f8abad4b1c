//! Where facts about tables are tested: in a folder or, where `TEST_LAKE` is the address of a bucket or of a name node, there.
//! What the variables of the store are is up to the caller. The library gives a connection that one runtime drives to others where a
//! runtime has one thread only, so these facts run, as the tasks do, on several.

use std::env;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use deltalake::logstore::object_store::aws::AmazonS3Builder;
use deltalake::logstore::object_store::local::LocalFileSystem;
use deltalake::logstore::object_store::{ClientOptions, ObjectStore, ObjectStoreExt, path::Path};
use futures::TryStreamExt;
use hdfs_native_object_store::HdfsObjectStoreBuilder;
use lakehouse::{Lake, Table};
use tempfile::TempDir;

/// An empty lake of its own, and what keeps it.
pub(crate) fn lake() -> (Option<TempDir>, Lake) {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let Some(store) = env::var("TEST_LAKE").ok().filter(|store| !store.is_empty()) else {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::open(folder.path().to_str().unwrap()).unwrap();
        return (Some(folder), lake);
    };
    let nanos = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos();
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    (None, Lake::open(&format!("{store}/facts/{nanos}-{number}")).unwrap())
}

/// The store of a lake, and where in it a table lies.
fn store_of<T: Table>(lake: &Lake) -> (Box<dyn ObjectStore>, Path) {
    if let Some(folder) = lake.folder() {
        return (Box::new(LocalFileSystem::new_with_prefix(folder).unwrap()), Path::from(T::NAME));
    }
    let address = lake.to_string();
    let below = address.splitn(4, '/').nth(3).unwrap();
    let table = Path::from(format!("{below}/{}", T::NAME));
    if address.starts_with("hdfs:") {
        return (Box::new(HdfsObjectStoreBuilder::new().with_url(&address).build().unwrap()), table);
    }
    let client = ClientOptions::new().with_allow_http(true);
    let store = AmazonS3Builder::from_env().with_url(&address).with_client_options(client).build().unwrap();
    (Box::new(store), table)
}

/// The sizes of the data files of a table, whether a commit names them or not.
pub(crate) async fn data_files<T: Table>(lake: &Lake) -> Vec<u64> {
    let (store, table) = store_of::<T>(lake);
    let files: Vec<_> = store.list(Some(&table)).try_collect().await.unwrap();
    let depth = table.parts().count() + 1;
    let is_data = |path: &Path| path.extension() == Some("parquet") && path.parts().count() == depth;
    files.iter().filter(|file| is_data(&file.location)).map(|file| file.size).collect()
}

/// Puts a file into the place of a table.
pub(crate) async fn put<T: Table>(lake: &Lake, name: &str, content: &'static [u8]) {
    let (store, table) = store_of::<T>(lake);
    let path = name.split('/').fold(table, Path::join);
    store.put(&path, content.into()).await.unwrap();
}

/// Whether the place of a table has a file.
pub(crate) async fn has<T: Table>(lake: &Lake, name: &str) -> bool {
    let (store, table) = store_of::<T>(lake);
    let path = name.split('/').fold(table, Path::join);
    store.head(&path).await.is_ok()
}
