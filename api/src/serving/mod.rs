//! What the service serves: versions in memory, lists from the database, and both kept current.
//!
//! A request takes one [`View`] and reads everything from its version, so no answer mixes two. [`watch`] loads another
//! version when one goes live and swaps it in whole.

mod args;
pub mod cache;
pub mod catalogue;
mod lookups;
pub mod people;
pub mod recommend;
mod revisions;
pub mod version;
mod watch;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use store::Store;
use tokio::{
    sync::{Semaphore, watch as signal},
    task::JoinHandle,
};

use self::{cache::Memory, lookups::Lookups, revisions::Revisions, version::ServedVersion};
use crate::errors::{self, Fault};

pub use args::ServingArgs;

/// How the service serves.
#[derive(Debug, Clone)]
pub struct ServingOptions {
    /// Memory for lists and tastes, in bytes.
    pub cache_bytes: u64,
    /// Whether answers from memory go on, marked as stale, while the database does not answer.
    pub serve_stale: bool,
    /// Between two looks at the database in case an announcement was lost.
    pub poll: Duration,
    /// How long a request waits for a database that does not answer, counted from when it stopped to.
    pub patience: Duration,
    /// Connections that look lists up.
    pub lookups: u32,
}

impl Default for ServingOptions {
    fn default() -> Self {
        Self {
            cache_bytes: 64 << 20,
            serve_stale: false,
            poll: Duration::from_secs(2),
            patience: Duration::from_secs(2),
            lookups: 2,
        }
    }
}

/// Whether what is in memory is known to be current.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    /// Changes are heard of.
    Up,
    /// They are not, since then.
    Down(Instant),
}

/// What is in memory, as one.
#[derive(Debug, Default)]
struct Current {
    live: Option<Arc<ServedVersion>>,
}

/// What one request answers from.
#[derive(Debug, Clone)]
pub struct View {
    /// The version, for the whole of the answer.
    pub version: Arc<ServedVersion>,
    /// Whether the database does not answer, so that something newer may exist.
    pub is_stale: bool,
}

/// What is served. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Serving {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    options: ServingOptions,
    current: ArcSwap<Current>,
    link: signal::Sender<Link>,
    /// The number of the version in memory.
    swapped: signal::Sender<Option<i64>>,
    revisions: Revisions,
    memory: Memory,
    lookups: Lookups,
    /// As many solvers at once as there are processors.
    solvers: Semaphore,
}

impl Serving {
    /// Nothing is in memory until [`Serving::watch`] runs.
    #[must_use]
    pub fn new(store: &Store, options: ServingOptions) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let inner = Inner {
            store: store.clone(),
            current: ArcSwap::default(),
            link: signal::Sender::new(Link::Down(Instant::now())),
            swapped: signal::Sender::new(None),
            revisions: Revisions::default(),
            memory: Memory::new(options.cache_bytes),
            lookups: Lookups::start(store, options.lookups, options.patience),
            solvers: Semaphore::new(processors),
            options,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Keeps what is in memory current, until the handle is aborted.
    #[must_use]
    pub fn watch(&self) -> JoinHandle<()> {
        tokio::spawn(watch::watch(self.inner.clone()))
    }

    /// What to answer from.
    ///
    /// # Errors
    /// 503 when the database does not answer and stale answers are not wanted, or when no version is live.
    pub async fn view(&self) -> Result<View, Fault> {
        let is_stale = self.is_stale().await?;
        match &self.inner.current.load().live {
            Some(version) => Ok(View { version: version.clone(), is_stale }),
            None => Err(Fault::unavailable(errors::NO_MODEL)),
        }
    }

    /// Whether to answer without knowing that it is current. Waits for a database that has just gone.
    async fn is_stale(&self) -> Result<bool, Fault> {
        let link = *self.inner.link.borrow();
        let Link::Down(since) = link else { return Ok(false) };
        if self.inner.options.serve_stale && self.inner.current.load().live.is_some() {
            return Ok(true);
        }
        let deadline = tokio::time::Instant::from_std(since + self.inner.options.patience);
        let mut link = self.inner.link.subscribe();
        let up = tokio::time::timeout_at(deadline, link.wait_for(|link| *link == Link::Up)).await;
        match up {
            Ok(Ok(_)) => Ok(false),
            _ => Err(Fault::unavailable(errors::UNAVAILABLE)),
        }
    }

    /// The number of the version in memory, if there is one.
    #[must_use]
    pub fn version(&self) -> Option<i64> {
        self.inner.current.load().live.as_ref().map(|live| live.version)
    }
}
