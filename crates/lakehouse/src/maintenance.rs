//! History and vacuum.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use deltalake::operations::vacuum::VacuumMode;
use futures::TryStreamExt;

use crate::lake::open_error;
use crate::table::Table;
use crate::{Lake, LakehouseError};

/// One commit of a table's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitRecord {
    /// When it was made.
    pub at: Option<DateTime<Utc>>,
    /// What it did, for example `WRITE`.
    pub operation: Option<String>,
    /// The run that made it.
    pub run_id: Option<String>,
    /// The task that made it.
    pub task: Option<String>,
    /// The git revision of the program.
    pub revision: Option<String>,
}

/// What a vacuum removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vacuumed {
    /// Paths of the removed files, relative to the table.
    pub files: Vec<String>,
}

impl Lake {
    /// The commits of a table, newest first, as far back as its log goes (30 days by default).
    ///
    /// # Errors
    /// [`LakehouseError::MissingTable`], [`LakehouseError::Open`].
    pub async fn history<T: Table>(&self, limit: usize) -> Result<Vec<CommitRecord>, LakehouseError> {
        let table = self.load::<T>(None).await?.ok_or_else(|| self.missing::<T>())?;
        let commits: Vec<_> = table.history(Some(limit)).try_collect().await.map_err(open_error::<T>)?;
        Ok(commits
            .into_iter()
            .map(|commit| {
                let text = |key: &str| commit.info.get(key).and_then(|v| v.as_str()).map(str::to_owned);
                CommitRecord {
                    at: commit.timestamp.and_then(DateTime::from_timestamp_millis),
                    operation: commit.operation.clone(),
                    run_id: text("run_id"),
                    task: text("task"),
                    revision: text("revision"),
                }
            })
            .collect())
    }

    /// Removes files that no version within `retention` needs, orphans of killed writers included.
    ///
    /// Versions older than the retention can no longer be read afterwards. Never call it with a retention
    /// shorter than the longest run: files that a running task has not committed yet look like orphans.
    ///
    /// # Errors
    /// [`LakehouseError::MissingTable`], [`LakehouseError::Open`].
    pub async fn vacuum<T: Table>(&self, retention: Duration) -> Result<Vacuumed, LakehouseError> {
        let table = self.load::<T>(None).await?.ok_or_else(|| self.missing::<T>())?;
        let retention = TimeDelta::from_std(retention).unwrap_or(TimeDelta::MAX);
        let (_, metrics) = table
            .vacuum()
            .with_retention_period(retention)
            .with_enforce_retention_duration(false)
            // Lite would leave the files of killed writers for ever.
            .with_mode(VacuumMode::Full)
            .await
            .map_err(open_error::<T>)?;
        Ok(Vacuumed { files: metrics.files_deleted })
    }
}
