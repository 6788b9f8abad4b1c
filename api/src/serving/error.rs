//! Why something cannot be served.

use std::sync::Arc;

use als::AlsError;
use contract::CardError;
use histories::HistoriesError;
use store::StoreError;
use tokio::task::JoinError;

/// Why something cannot be served, however it was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServingError {
    #[error("the database does not answer")]
    Unreachable,
    #[error("no model is live")]
    NoModel,
    /// Its rows were dropped.
    #[error("another version has just gone live")]
    VersionGone,
    #[error("the service is stopping")]
    Stopping,
    #[error("user {user_id} is unknown")]
    UnknownUser { user_id: i64 },
    #[error("movie {movie_id} is unknown")]
    UnknownMovie { movie_id: i64 },
    #[error("nobody has rated movie {movie_id} yet")]
    UnratedMovie { movie_id: i64 },
    #[error("no movie has the genre {genre:?}")]
    UnknownGenre { genre: String },
    /// One failed round trip may fail many requests.
    #[error(transparent)]
    Store(Arc<StoreError>),
    #[error("the connection for announcements ended")]
    NoAnnouncements,
    #[error("version {version} cannot be served: {source}; publish the run again")]
    Model { version: i64, source: CardError },
    #[error("version {version} cannot be ranked: {source}; publish the run again")]
    Factors { version: i64, source: HistoriesError },
    #[error("the ratings cannot be solved: {0}")]
    Solver(#[from] AlsError),
    /// The panic itself is in the log already.
    #[error("a computation panicked: {0}")]
    Panicked(#[from] JoinError),
    #[error("REDIS_URL is not valid; it looks like redis://HOST:PORT/NUMBER")]
    RedisUrl(#[from] redis::RedisError),
}

impl From<StoreError> for ServingError {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}
