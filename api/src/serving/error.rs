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
    #[error("no user has the key {key:?}")]
    UnknownUserKey { key: Arc<str> },
    /// The data set names its users by whole numbers.
    #[error("no user has the key {key:?}: the users of the live model have ids that are numbers")]
    NoUserKeys { key: Arc<str> },
    /// Only the pipeline gives numbers to keys: one made up here could later be given to the key of somebody else.
    #[error(
        "user {user_id} is unknown; users of this data set have keys, and only the pipeline gives a number to a new one"
    )]
    NoSuchNumber { user_id: i64 },
    #[error("movie {movie_id} is unknown")]
    UnknownMovie { movie_id: i64 },
    #[error("no movie has the key {key:?}")]
    UnknownMovieKey { key: Arc<str> },
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

impl ServingError {
    /// Whether nothing is known of the user, so that popular movies are the best guess.
    pub(crate) fn is_unknown_user(&self) -> bool {
        matches!(self, Self::UnknownUser { .. } | Self::UnknownUserKey { .. })
    }
}

impl From<StoreError> for ServingError {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}
