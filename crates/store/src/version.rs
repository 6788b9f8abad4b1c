//! The list of versions.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;

use crate::{
    Store,
    error::{Faults, Result},
};

/// Where a version is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum VersionState {
    /// Being written, or its publisher died.
    Loading,
    /// Complete: live, or can be made live.
    Ready,
    /// A check refused it.
    Failed,
    /// Its rows were dropped.
    Pruned,
}

/// One version, as `publish` lists it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct VersionSummary {
    /// The number to activate.
    pub version: i64,
    /// The run that made it.
    pub run_id: String,
    /// Where it is in its life.
    pub state: VersionState,
    /// When it first went live.
    pub published_at: Option<DateTime<Utc>>,
    /// Whether it is the live one.
    pub live: bool,
}

impl Store {
    /// Every version that was ever begun, oldest first.
    pub async fn versions(&self) -> Result<Vec<VersionSummary>> {
        let mut connection = self.pool.acquire().await.map_err(self.faults.on("get a connection"))?;
        all(&mut connection, &self.faults).await
    }

    /// Whether a version has its rows: it is live, or can be made live.
    pub async fn is_ready(&self, version: i64) -> Result<bool> {
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM versions WHERE version = $1 AND state = 'ready')")
            .bind(version)
            .fetch_one(&self.pool)
            .await
            .map_err(self.faults.on("look a version up"))
    }
}

pub(crate) async fn all(connection: &mut PgConnection, faults: &Faults) -> Result<Vec<VersionSummary>> {
    sqlx::query_as(
        "SELECT v.version, v.run_id, v.state, v.published_at, s.version IS NOT NULL AS live
         FROM versions AS v LEFT JOIN serving AS s ON s.version = v.version
         ORDER BY v.version",
    )
    .fetch_all(connection)
    .await
    .map_err(faults.on("list the versions"))
}

/// The versions that can be made live, for messages: `1 (run a), 2 (run b, live)`.
pub(crate) fn describe(versions: &[VersionSummary]) -> String {
    let ready: Vec<String> = versions
        .iter()
        .filter(|version| version.state == VersionState::Ready)
        .map(|v| format!("{} (run {}{})", v.version, v.run_id, if v.live { ", live" } else { "" }))
        .collect();
    if ready.is_empty() { "none".to_owned() } else { ready.join(", ") }
}
