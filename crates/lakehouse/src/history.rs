//! The history of a table.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use serde_json::Value;

use crate::commit::INPUTS;
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
    /// The texts of the commit metadata: `run_id`, `task`, `revision`, and what the task noted.
    pub notes: BTreeMap<String, String>,
}

impl CommitRecord {
    /// An entry of the commit metadata.
    #[must_use]
    pub fn note(&self, key: &str) -> Option<&str> {
        self.notes.get(key).map(String::as_str)
    }

    /// What the rows were made from: see [`Provenance::inputs`](crate::Provenance::inputs).
    #[must_use]
    pub fn inputs(&self) -> Option<&str> {
        self.note(INPUTS)
    }
}

impl Lake {
    /// The commits of a table, newest first, as far back as its log goes (30 days by default).
    ///
    /// # Errors
    /// [`LakehouseError::MissingTable`], [`LakehouseError::Open`].
    pub async fn history<T: Table>(&self, limit: Option<usize>) -> Result<Vec<CommitRecord>, LakehouseError> {
        let table = self.load::<T>(None).await?.ok_or_else(|| self.missing::<T>())?;
        let commits: Vec<_> = table.history(limit).try_collect().await.map_err(open_error::<T>)?;
        Ok(commits
            .into_iter()
            .map(|commit| {
                let text = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
                CommitRecord {
                    at: commit.timestamp.and_then(DateTime::from_timestamp_millis),
                    operation: commit.operation.clone(),
                    notes: commit.info.iter().filter_map(text).collect(),
                }
            })
            .collect())
    }

    /// The commit that a run made to a table, if the log still has it.
    ///
    /// # Errors
    /// As [`Lake::history`].
    pub async fn commit_of<T: Table>(&self, run_id: &str) -> Result<Option<CommitRecord>, LakehouseError> {
        let history = self.history::<T>(None).await?;
        Ok(history.into_iter().find(|commit| commit.note("run_id") == Some(run_id)))
    }
}
