//! What the service serves: versions in memory, lists from the database, and both kept current. Knows nothing of HTTP.
//!
//! A request takes one [`View`] and reads everything from its version, so no answer mixes two. [`watch`] loads another
//! version when one goes live and swaps it in whole. Whatever fails is a [`ServingError`].

mod args;
mod assignment;
pub(crate) mod catalogue;
mod error;
mod keys;
mod lookups;
mod memory;
pub(crate) mod people;
pub(crate) mod recommend;
mod shared;
pub(crate) mod version;
mod watch;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::{ArcSwap, ArcSwapOption};
use store::{Experiment, Store};
use tokio::{
    sync::{Semaphore, watch as signal},
    task::JoinHandle,
};

use self::{
    lookups::Lookups,
    memory::{Memory, Revisions},
    shared::Shared,
    version::ServedVersion,
};
use crate::telemetry::Telemetry;

pub(crate) use self::{args::ServingArgs, error::ServingError};

/// How the service serves.
#[derive(Debug, Clone)]
pub struct ServingOptions {
    /// Memory for lists and profiles, in bytes.
    pub cache_bytes: u64,
    /// Whether answers from memory go on, marked as stale, while the database does not answer.
    pub serve_stale: bool,
    /// Between two looks at the database in case an announcement was lost.
    pub poll: Duration,
    /// How long a request waits for a database that does not answer, counted from when it stopped to.
    pub patience: Duration,
    /// Connections that look lists up.
    pub lookups: u32,
    /// A Redis that instances share, as `redis://HOST:PORT/NUMBER`.
    pub redis_url: Option<String>,
}

impl Default for ServingOptions {
    fn default() -> Self {
        Self {
            cache_bytes: 64 << 20,
            serve_stale: false,
            poll: Duration::from_secs(2),
            patience: Duration::from_secs(2),
            lookups: 2,
            redis_url: None,
        }
    }
}

/// How long a refresh is waited for: a large version takes a second to load.
const REFRESH: Duration = Duration::from_secs(5);

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
    experiment: Option<Sharing>,
}

/// An experiment, with the versions it shares the traffic between.
#[derive(Debug)]
struct Sharing {
    experiment: Experiment,
    /// One for each variant.
    versions: Vec<Arc<ServedVersion>>,
    names: Vec<Arc<str>>,
}

/// What one request answers from.
#[derive(Debug, Clone)]
pub(crate) struct View {
    /// The version, for the whole of the answer.
    pub(crate) version: Arc<ServedVersion>,
    /// The variant of the running experiment, if the user has one.
    pub(crate) variant: Option<Arc<str>>,
    /// Whether the database does not answer, so that something newer may exist.
    pub(crate) is_stale: bool,
}

/// What is served. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Serving {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    options: ServingOptions,
    current: ArcSwap<Current>,
    link: signal::Sender<Link>,
    /// Refreshes asked for so far, and the last one that was done.
    wanted: signal::Sender<u64>,
    looked: signal::Sender<u64>,
    revisions: Revisions,
    memory: Memory,
    shared: Option<Shared>,
    /// Which database the memory is of.
    database: ArcSwapOption<String>,
    lookups: Lookups,
    /// As many solvers at once as there are processors.
    solvers: Semaphore,
}

impl Serving {
    /// Nothing is in memory until [`Serving::watch`] runs.
    pub(crate) fn new(
        store: &Store,
        telemetry: &Telemetry,
        options: ServingOptions,
    ) -> Result<Self, ServingError> {
        let shared = options.redis_url.as_deref().map(|url| Shared::new(url, telemetry.cache("redis")));
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let inner = Inner {
            store: store.clone(),
            current: ArcSwap::default(),
            link: signal::Sender::new(Link::Down(Instant::now())),
            wanted: signal::Sender::new(0),
            looked: signal::Sender::new(0),
            revisions: Revisions::default(),
            memory: Memory::new(options.cache_bytes, telemetry.cache("memory")),
            shared: shared.transpose()?,
            database: ArcSwapOption::empty(),
            lookups: Lookups::start(store, options.lookups, options.patience),
            solvers: Semaphore::new(processors),
            options,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Keeps what is in memory current, until the handle is aborted.
    pub(crate) fn watch(&self) -> JoinHandle<()> {
        tokio::spawn(watch::watch(self.inner.clone()))
    }

    /// What to answer from where no user is concerned: the live version.
    pub(crate) async fn view(&self) -> Result<View, ServingError> {
        let is_stale = self.is_stale().await?;
        self.inner.current.load().live_view(is_stale)
    }

    /// What to answer a user from: the version of their variant while an experiment runs, if it knows them, else the live
    /// one.
    async fn view_for(&self, user_id: i64) -> Result<View, ServingError> {
        let is_stale = self.is_stale().await?;
        let current = self.inner.current.load();
        match current.experiment.as_ref().and_then(|sharing| sharing.share_of(user_id)) {
            Some((version, variant)) => Ok(View { version, variant: Some(variant), is_stale }),
            None => current.live_view(is_stale),
        }
    }

    /// Returns when everything that is in the database now is in memory, or when that takes too long.
    pub(crate) async fn refresh(&self) {
        let mut ticket = 0;
        self.inner.wanted.send_modify(|wanted| {
            *wanted += 1;
            ticket = *wanted;
        });
        let mut looked = self.inner.looked.subscribe();
        let done = looked.wait_for(|looked| *looked >= ticket);
        if tokio::time::timeout(REFRESH, done).await.is_err() {
            tracing::warn!("what is live did not come into memory within {REFRESH:?}");
        }
    }

    /// The live version that is in memory, if there is one.
    pub(crate) fn version(&self) -> Option<i64> {
        self.inner.current.load().live.as_ref().map(|live| live.version)
    }

    /// Whether requests can be answered this moment.
    pub(crate) fn is_ready(&self) -> bool {
        let may_answer = self.inner.options.serve_stale || *self.inner.link.borrow() == Link::Up;
        may_answer && self.version().is_some()
    }

    /// Whether to answer without knowing that it is current. Waits for a database that has just gone.
    async fn is_stale(&self) -> Result<bool, ServingError> {
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
            _ => Err(ServingError::Unreachable),
        }
    }
}

impl Current {
    fn versions(&self) -> impl Iterator<Item = &Arc<ServedVersion>> {
        self.live.iter().chain(self.experiment.iter().flat_map(|sharing| &sharing.versions))
    }

    fn live_view(&self, is_stale: bool) -> Result<View, ServingError> {
        match &self.live {
            Some(version) => Ok(View { version: version.clone(), variant: None, is_stale }),
            None => Err(ServingError::NoModel),
        }
    }
}

impl Sharing {
    fn share_of(&self, user_id: i64) -> Option<(Arc<ServedVersion>, Arc<str>)> {
        let variant = assignment::assign(&self.experiment, user_id)?;
        let place = self.experiment.variants.iter().position(|other| other == variant)?;
        let version = self.versions.get(place).filter(|version| version.knows_user(user_id))?;
        Some((version.clone(), self.names.get(place)?.clone()))
    }
}
