//! Looking lists up in the database, many at a time.
//!
//! Requests that wait are taken together by whichever connection is free next: when the service is idle a lookup leaves at
//! once, and under load one round trip answers up to [`BATCH`] requests. Nothing waits for a batch to fill.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use store::{Store, StoreError, UserList};
use tokio::{
    sync::{Mutex, mpsc, oneshot},
    task::JoinSet,
    time::{Instant, sleep},
};

use super::ServingError;

/// Users looked up in one round trip.
const BATCH: usize = 64;

/// Between two attempts on a database that does not answer.
const PAUSE: Duration = Duration::from_millis(50);

/// One list that is wanted.
struct Lookup {
    version: i64,
    user_id: i64,
    answer: oneshot::Sender<Result<Option<UserList>, Arc<StoreError>>>,
}

/// The queue of lookups, and those who work it off. They end when this is dropped.
#[derive(Debug)]
pub(crate) struct Lookups {
    queue: mpsc::UnboundedSender<Lookup>,
    _workers: JoinSet<()>,
}

impl Lookups {
    /// Starts `workers`, each of which uses one connection at a time. A database that does not answer is asked again for as
    /// long as `patience`.
    pub(crate) fn start(store: &Store, workers: u32, patience: Duration) -> Self {
        let (queue, waiting) = mpsc::unbounded_channel();
        let waiting = Arc::new(Mutex::new(waiting));
        let mut tasks = JoinSet::new();
        for _ in 0..workers {
            tasks.spawn(work(store.clone(), waiting.clone(), patience));
        }
        Self { queue, _workers: tasks }
    }

    /// The list of a user of a version; `None` if it has none.
    pub(crate) async fn find(&self, version: i64, user_id: i64) -> Result<Option<UserList>, ServingError> {
        let (answer, found) = oneshot::channel();
        // Either side is gone only while the service stops.
        self.queue.send(Lookup { version, user_id, answer }).map_err(|_| ServingError::Stopping)?;
        found.await.map_err(|_| ServingError::Stopping)?.map_err(ServingError::Store)
    }
}

async fn work(store: Store, waiting: Arc<Mutex<mpsc::UnboundedReceiver<Lookup>>>, patience: Duration) {
    let mut batch = Vec::with_capacity(BATCH);
    while waiting.lock().await.recv_many(&mut batch, BATCH).await > 0 {
        // Nobody waits any more for the answer of a request that was given up.
        batch.retain(|lookup| !lookup.answer.is_closed());
        // One round trip for each version; almost always there is one. A user wanted twice comes again in the next.
        while let Some(version) = batch.last().map(|lookup| lookup.version) {
            let mut users = HashSet::new();
            let fresh = |lookup: &mut Lookup| lookup.version == version && users.insert(lookup.user_id);
            let lookups = batch.extract_if(.., fresh).collect();
            answer(&store, version, lookups, patience).await;
        }
    }
}

/// Answers lookups in one version.
async fn answer(store: &Store, version: i64, lookups: Vec<Lookup>, patience: Duration) {
    let users: Vec<i64> = lookups.iter().map(|lookup| lookup.user_id).collect();
    match read(store, version, &users, patience).await {
        Ok(lists) => {
            let mut lists: HashMap<i64, UserList> =
                lists.into_iter().map(|list| (list.user_id, list)).collect();
            for lookup in lookups {
                let list = lists.remove(&lookup.user_id);
                let _ = lookup.answer.send(Ok(list));
            }
        }
        Err(error) => {
            let error = Arc::new(error);
            for lookup in lookups {
                let _ = lookup.answer.send(Err(error.clone()));
            }
        }
    }
}

/// A connection that broke, or a database that restarts, is worth another attempt: reading changes nothing.
async fn read(
    store: &Store,
    version: i64,
    users: &[i64],
    patience: Duration,
) -> Result<Vec<UserList>, StoreError> {
    let begun = Instant::now();
    loop {
        match store.lists(version, users).await {
            Err(StoreError::Unreachable { .. }) if begun.elapsed() < patience => sleep(PAUSE).await,
            other => return other,
        }
    }
}
