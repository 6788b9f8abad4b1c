//! Beginning a publish.

use contract::Figure;
use serde_json::Value;
use sqlx::{FromRow, types::Json};

use crate::{LoadedVersion, Store, StoreError, VersionLoad, VersionState, error::Result, session::Session};

/// What a version is made from.
#[derive(Debug, Clone, PartialEq)]
pub struct NewVersion {
    /// The run. A run is published at most once.
    pub run_id: String,
    /// Hyper-parameters, the global mean and whatever else describes the model: an object.
    pub model: Value,
    /// The run's evaluation.
    pub metrics: Vec<Figure>,
}

/// What there is to do for a run.
#[derive(Debug)]
pub enum Begin {
    /// Nothing: the run was live before. It stays as it is, even if another version is live now.
    AlreadyPublished {
        /// The run's version.
        version: i64,
    },
    /// An earlier attempt loaded and checked everything, then ended: it only has to be activated.
    Loaded(LoadedVersion),
    /// Everything has to be loaded.
    Load(VersionLoad),
}

#[derive(FromRow)]
struct Known {
    version: i64,
    state: VersionState,
    published: bool,
}

impl Store {
    /// Begins to publish a run, and waits for another publish to end first, at most `publish_wait`.
    ///
    /// A publisher that dies, or drops the [`VersionLoad`], leaves nothing behind that anybody can see. What it may have
    /// left besides is dropped here. Its successor for the same run gets the same version number.
    ///
    /// # Errors
    /// [`crate::StoreError::PublishInProgress`], a schema that does not fit, or why the database failed.
    pub async fn begin_publish(&self, new: &NewVersion) -> Result<Begin> {
        let mut session = Session::open(self).await?;
        match find(&mut session, &new.run_id).await? {
            Some(Known { version, published: true, .. }) => {
                session.close().await;
                Ok(Begin::AlreadyPublished { version })
            }
            Some(Known { version, state: VersionState::Ready, .. }) => {
                Ok(Begin::Loaded(LoadedVersion::new(session, version)))
            }
            known => {
                if known.is_some_and(|known| known.state == VersionState::Pruned) {
                    make_room(&mut session).await?;
                }
                let version = claim(&mut session, new).await?;
                session.drop_leftovers(version).await?;
                Ok(Begin::Load(VersionLoad::begin(self, session, version, new.metrics.clone()).await?))
            }
        }
    }
}

async fn find(session: &mut Session, run_id: &str) -> Result<Option<Known>> {
    sqlx::query_as(
        "SELECT version, state, published_at IS NOT NULL AS published FROM versions WHERE run_id = $1",
    )
    .bind(run_id)
    .fetch_optional(&mut session.connection)
    .await
    .map_err(session.faults.on("look the run up"))
}

/// A version that was pruned before it was ever live may still have partitions, if a reader used them then.
async fn make_room(session: &mut Session) -> Result<()> {
    match session.drop_stale_partitions().await? {
        None => Ok(()),
        Some(_) => Err(StoreError::Locked { action: "drop an earlier load of this run" }),
    }
}

/// The run's version number: a new one, or that of its dead, failed or pruned attempt. Updating first keeps a
/// retry from using up a number.
async fn claim(session: &mut Session, new: &NewVersion) -> Result<i64> {
    sqlx::query_scalar(
        "WITH again AS (
             UPDATE versions SET state = 'loading', model = $2, counts = NULL, created_at = now()
             WHERE run_id = $1 RETURNING version
         ), fresh AS (
             INSERT INTO versions (run_id, state, model)
             SELECT $1, 'loading', $2 WHERE NOT EXISTS (SELECT FROM again) RETURNING version
         )
         SELECT version FROM again UNION ALL SELECT version FROM fresh",
    )
    .bind(&new.run_id)
    .bind(Json(&new.model))
    .fetch_one(&mut session.connection)
    .await
    .map_err(session.faults.on("begin a version"))
}
