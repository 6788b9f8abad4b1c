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

/// Bytes before the key and the movies, and of each movie.
const HEAD: usize = 4;
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
    // The number is that of the form of `encode`: entries of another form are not even found.
    format!("cinelake:2:{database}:{number}:{:x}:{user_id}:{revision}", version.created_at)
}

fn encode(list: &List, version: &ServedVersion) -> Vec<u8> {
    // No key is empty, or longer than 256 bytes.
    let key = list.user_key.as_deref().unwrap_or_default();
    let mut bytes = Vec::with_capacity(HEAD + key.len() + list.movies.len() * MOVIE);
    bytes.extend([list.strategy.code(), u8::from(list.complete)]);
    bytes.extend(u16::try_from(key.len()).unwrap_or_default().to_le_bytes());
    bytes.extend(key.as_bytes());
    for scored in &list.movies {
        bytes.extend(version.catalogue.movie(scored.place).movie_id.to_le_bytes());
        bytes.extend(scored.score.to_le_bytes());
    }
    bytes
}

/// `None` for anything that [`encode`] has not written for this version.
fn decode(bytes: &[u8], version: &ServedVersion) -> Option<List> {
    let (&[strategy, complete, low, high], rest) = bytes.split_first_chunk::<HEAD>()?;
    let (key, movies) = rest.split_at_checked(u16::from_le_bytes([low, high]).into())?;
    let key = std::str::from_utf8(key).ok()?;
    let (movies, rest) = movies.as_chunks::<MOVIE>();
    let scored = |movie: &[u8; MOVIE]| {
        let (movie_id, score) = movie.split_first_chunk::<8>()?;
        Some(Scored {
            place: version.catalogue.find(i64::from_le_bytes(*movie_id))?,
            score: f32::from_le_bytes(score.try_into().ok()?),
        })
    };
    let movies: Option<Box<[Scored]>> = movies.iter().map(scored).collect();
    let list = List {
        user_key: (!key.is_empty()).then(|| key.into()),
        strategy: Strategy::from_code(strategy)?,
        movies: movies?,
        complete: complete == 1,
    };
    rest.is_empty().then_some(list)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use store::{ListedMovie, VersionContents};

    use super::*;

    fn version() -> ServedVersion {
        let movie = ListedMovie {
            movie_id: 7,
            title: "Seven".to_owned(),
            year: None,
            genres: Vec::new(),
            imdb_id: None,
            tmdb_id: None,
            ratings: 1,
            key: None,
        };
        let model = json!({"objective": "implicit", "rank": 1, "iterations": 1, "regularization": 0.1,
            "regularization_exponent": 1.0, "unobserved_weight": 0.1, "confidence_alpha": 0.0, "min_rating": 0.0,
            "global_mean": 3.5});
        let (factor_ids, factors, biases) = (vec![7], vec![0.5], vec![0.0]);
        let contents = VersionContents { model, factor_ids, factors, biases, ..VersionContents::default() };
        ServedVersion::new(VersionContents { movies: vec![movie], ..contents }).unwrap()
    }

    #[test]
    fn a_list_comes_back_with_the_users_key() {
        let version = version();
        let place = version.catalogue.find(7).unwrap();
        let longest = "é".repeat(128);
        for user_key in [None, Some("A/B ü"), Some(&*longest)] {
            for movies in [Vec::new(), vec![Scored { place, score: 0.5 }]] {
                let list = List {
                    user_key: user_key.map(Into::into),
                    strategy: Strategy::FoldIn,
                    movies: movies.into(),
                    complete: true,
                };
                assert_eq!(decode(&encode(&list, &version), &version), Some(list));
            }
        }
    }

    #[test]
    fn what_was_not_written_by_this_release_is_no_list() {
        let version = version();
        // Of the form before the keys: two bytes and a movie.
        let older = [&[0, 0][..], &7_i64.to_le_bytes(), &0.5_f32.to_le_bytes()].concat();
        for bytes in [&older[..], b"", b"\0\0\0", b"\0\0\x02\0a", b"\0\0\x01\0\xff", b"\x09\0\0\0"] {
            assert_eq!(decode(bytes, &version), None, "{bytes:?}");
        }
    }
}
