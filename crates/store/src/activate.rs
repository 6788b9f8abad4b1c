//! Making a version live: after a load, or to go back and forth between versions.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::{Store, StoreError, announcements::SERVING_CHANNEL, error::Result, session::Session, version};

/// What an activation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activation {
    /// The version that is live now.
    pub version: i64,
    /// The run that made it.
    pub run_id: String,
    /// The version that was live before, if any; `version` itself if it was live already.
    pub previous: Option<i64>,
    /// When the version first went live.
    pub published_at: DateTime<Utc>,
}

#[derive(FromRow)]
struct Published {
    run_id: String,
    published_at: DateTime<Utc>,
}

impl Store {
    /// Makes a version live that was published before: to roll back, or forward again.
    ///
    /// # Errors
    /// [`StoreError::UnknownVersion`], which lists those that can be; [`StoreError::PublishInProgress`]; or why
    /// the database failed.
    pub async fn activate(&self, version: i64) -> Result<Activation> {
        let mut session = Session::open(self).await?;
        let activation = switch(&mut session, version).await;
        session.close().await;
        activation
    }
}

/// One short transaction: the pointer, the date and the announcement change together or not at all.
pub(crate) async fn switch(session: &mut Session, version: i64) -> Result<Activation> {
    session.run("begin the activation", "BEGIN".to_owned()).await?;
    let switched = try_switch(session, version).await;
    let end = if switched.is_ok() { "COMMIT" } else { "ROLLBACK" };
    let ended = session.run("end the activation", end.to_owned()).await;
    // The first failure is the one to report.
    let activation = switched?;
    ended?;
    Ok(activation)
}

async fn try_switch(session: &mut Session, version: i64) -> Result<Activation> {
    let faults = session.faults.clone();
    let previous: Option<i64> =
        sqlx::query_scalar("SELECT version FROM serving WHERE singleton = 1 FOR UPDATE")
            .fetch_one(&mut session.connection)
            .await
            .map_err(faults.on("read the serving pointer"))?;
    let published: Option<Published> = sqlx::query_as(
        "UPDATE versions SET published_at = coalesce(published_at, now())
         WHERE version = $1 AND state = 'ready' RETURNING run_id, published_at",
    )
    .bind(version)
    .fetch_optional(&mut session.connection)
    .await
    .map_err(faults.on("read the version"))?;
    let Some(Published { run_id, published_at }) = published else {
        let versions = version::all(&mut session.connection, &faults).await?;
        return Err(StoreError::UnknownVersion { version, known: version::describe(&versions) });
    };
    if previous != Some(version) {
        point_to(session, version).await?;
    }
    Ok(Activation { version, run_id, previous, published_at })
}

async fn point_to(session: &mut Session, version: i64) -> Result<()> {
    sqlx::query(
        "WITH moved AS (
             UPDATE serving SET version = $1, activated_at = now() WHERE singleton = 1 RETURNING version
         )
         SELECT pg_notify($2, version::text) FROM moved",
    )
    .bind(version)
    .bind(SERVING_CHANNEL)
    .execute(&mut session.connection)
    .await
    .map_err(session.faults.on("move the serving pointer"))?;
    Ok(())
}
