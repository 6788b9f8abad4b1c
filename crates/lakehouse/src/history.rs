//! The history of a table.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use deltalake::kernel::CommitInfo;
use futures::TryStreamExt;
use serde_json::Value;

use crate::commit::INPUTS;
use crate::error::open_error;
use crate::{LakeFuture, LakeTable};

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

impl<'a> LakeTable<'a> {
    /// As [`Lake::history`](crate::Lake::history).
    pub fn history(self, limit: Option<usize>) -> LakeFuture<'a, Vec<CommitRecord>> {
        Box::pin(async move {
            let table = self.load_existing(None).await?;
            let commits = table.history(limit).map_ok(CommitRecord::from).try_collect();
            commits.await.map_err(open_error(self.spec))
        })
    }

    /// As [`Lake::commit_of`](crate::Lake::commit_of).
    pub fn commit_of(self, run_id: &'a str) -> LakeFuture<'a, Option<CommitRecord>> {
        Box::pin(async move {
            let history = self.history(None).await?;
            Ok(history.into_iter().find(|commit| commit.note("run_id") == Some(run_id)))
        })
    }
}

impl From<CommitInfo> for CommitRecord {
    fn from(commit: CommitInfo) -> Self {
        let text = |(key, value): (String, Value)| Some((key, value.as_str()?.to_owned()));
        Self {
            at: commit.timestamp.and_then(DateTime::from_timestamp_millis),
            operation: commit.operation,
            notes: commit.info.into_iter().filter_map(text).collect(),
        }
    }
}
