//! How the library commits where we keep its tables.

use std::sync::{Arc, Once};

use deltalake::DeltaResult;
use deltalake::logstore::{
    LogStore, LogStoreFactory, ObjectStoreRef, StorageConfig, default_logstore, logstore_factories,
};
use url::Url;

/// Of addresses that begin with these schemes the library itself knows no log; it asks whoever says that they do.
pub(super) fn register(schemes: impl IntoIterator<Item = &'static str>) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for address in schemes.into_iter().filter_map(|scheme| Url::parse(&format!("{scheme}://")).ok()) {
            logstore_factories().insert(address, Arc::new(PutOnce));
        }
    });
}

/// A log whose entries are put only where there is none: the store decides who wins a version.
struct PutOnce;

impl LogStoreFactory for PutOnce {
    fn with_options(
        &self,
        prefixed_store: ObjectStoreRef,
        root_store: ObjectStoreRef,
        location: &Url,
        options: &StorageConfig,
    ) -> DeltaResult<Arc<dyn LogStore>> {
        Ok(default_logstore(prefixed_store, root_store, location, options))
    }
}
