//! Lists in a Redis that several instances share.
//!
//! It only ever saves work. What it does not have, or does not say in time, is made as without it; and a key names all that a
//! list depends on (the database, the version, the user, the revision of their feedback), so there is nothing to invalidate
//! and nothing out of date to find after Redis was away.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use redis::{
    AsyncCommands, Client,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use tokio::time::timeout;

use super::{
    ServingError,
    memory::{Key, List, Strategy},
    version::{Scored, ServedVersion},
};
use crate::telemetry::{CacheMeter, Outcome};

/// Slower than this, the database is the better choice.
const PATIENCE: Duration = Duration::from_millis(50);

/// After a failure it is left alone for so long, so that a Redis that hangs delays at most one request per interval.
const REST: Duration = Duration::from_secs(1);

/// How long lists stay; those of versions and revisions that are gone go with them.
const LIFE: u64 = 3_600;

/// Bytes before the movies, and of each movie.
const HEAD: usize = 2;
const MOVIE: usize = 12;

/// The lists that instances share.
#[derive(Clone)]
pub(crate) struct Shared {
    connection: ConnectionManager,
    begun: Instant,
    /// Milliseconds after the beginning until which it is left alone.
    rests_until: std::sync::Arc<AtomicU64>,
    meter: CacheMeter,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Shared {
    /// Does not connect yet: a Redis that is down must not keep the service from starting.
    pub(crate) fn new(url: &str, meter: CacheMeter) -> Result<Self, ServingError> {
        let client = Client::open(url)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(REST))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(0);
        let connection = ConnectionManager::new_lazy_with_config(client, config)?;
        Ok(Self { connection, begun: Instant::now(), rests_until: std::sync::Arc::default(), meter })
    }

    /// The list under a key, if it is there and can be read.
    pub(crate) async fn find(&self, database: &str, version: &ServedVersion, key: &Key) -> Option<List> {
        if self.rests() {
            return None;
        }
        let mut connection = self.connection.clone();
        let asked = connection.get::<_, Option<Vec<u8>>>(name(database, version, key));
        let outcome = match timeout(PATIENCE, asked).await {
            Ok(Ok(Some(bytes))) => match decode(&bytes, version) {
                Some(list) => Ok(list),
                None => Err(Outcome::Error),
            },
            Ok(Ok(None)) => Err(Outcome::Miss),
            Ok(Err(error)) => Err(self.rest(&error)),
            Err(late) => Err(self.rest(&late)),
        };
        self.meter.count(outcome.as_ref().err().copied().unwrap_or(Outcome::Hit));
        outcome.ok()
    }

    /// Keeps a list, some time soon.
    pub(crate) fn keep(&self, database: &str, version: &ServedVersion, key: &Key, list: &List) {
        if self.rests() {
            return;
        }
        let (name, bytes) = (name(database, version, key), encode(list, version));
        let this = self.clone();
        tokio::spawn(async move {
            let mut connection = this.connection.clone();
            match timeout(PATIENCE, connection.set_ex::<_, _, ()>(name, bytes, LIFE)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => _ = this.rest(&error),
                Err(late) => _ = this.rest(&late),
            }
        });
    }

    fn rests(&self) -> bool {
        self.now() < self.rests_until.load(Ordering::Relaxed)
    }

    fn rest(&self, reason: &dyn std::fmt::Display) -> Outcome {
        let until = self.now() + u64::try_from(REST.as_millis()).unwrap_or(u64::MAX);
        self.rests_until.store(until, Ordering::Relaxed);
        tracing::debug!(%reason, "redis is left alone for a while");
        Outcome::Error
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

fn name(database: &str, version: &ServedVersion, key: &Key) -> String {
    let Key { version: number, user_id, revision } = key;
    format!("cinelake:1:{database}:{number}:{:x}:{user_id}:{revision}", version.created_at)
}

fn encode(list: &List, version: &ServedVersion) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD + list.movies.len() * MOVIE);
    bytes.extend([list.strategy.code(), u8::from(list.complete)]);
    for scored in &list.movies {
        bytes.extend(version.catalogue.movie(scored.place).movie_id.to_le_bytes());
        bytes.extend(scored.score.to_le_bytes());
    }
    bytes
}

/// `None` for anything that [`encode`] has not written for this version.
fn decode(bytes: &[u8], version: &ServedVersion) -> Option<List> {
    let (&[strategy, complete], movies) = bytes.split_first_chunk::<HEAD>()?;
    let (movies, rest) = movies.as_chunks::<MOVIE>();
    let scored = |movie: &[u8; MOVIE]| {
        let (movie_id, score) = movie.split_first_chunk::<8>()?;
        Some(Scored {
            place: version.catalogue.find(i64::from_le_bytes(*movie_id))?,
            score: f32::from_le_bytes(score.try_into().ok()?),
        })
    };
    let movies: Option<Box<[Scored]>> = movies.iter().map(scored).collect();
    let list = List { strategy: Strategy::from_code(strategy)?, movies: movies?, complete: complete == 1 };
    rest.is_empty().then_some(list)
}
