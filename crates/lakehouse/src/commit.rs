//! One commit of one run to one table, at most once.

use std::collections::{BTreeMap, HashMap};

use deltalake::DeltaTable;
use deltalake::DeltaTableError;
use deltalake::kernel::transaction::{CommitBuilder, CommitProperties, TransactionError};
use deltalake::kernel::{Action, Add, Transaction};
use deltalake::protocol::{DeltaOperation, SaveMode};
use futures::TryStreamExt;
use serde_json::Value;

use crate::error::write_error;
use crate::{CommitRecord, LakeTable, LakehouseError, Mode, Provenance, Size, TableSpec, Version, schema};

/// Attempts before a busy table is given up.
const ATTEMPTS: usize = 10;

/// The entry of the commit metadata for [`Provenance::inputs`].
pub(crate) const INPUTS: &str = "inputs";

/// What a task adds to the commit metadata.
pub(crate) type Notes = BTreeMap<&'static str, String>;

/// How a commit ended.
pub(crate) enum Outcome {
    /// This call wrote the version, and the table now has this size.
    Written(Version, Size),
    /// An earlier attempt of the same run had written it.
    AlreadyWritten(Version),
}

impl LakeTable<'_> {
    /// Commits data files, unless the run has committed to the table before, and only on top of the version `after`
    /// if one is given.
    ///
    /// The application transaction of the run holds the version that is being written, which is known
    /// because a commit is tried exactly once per snapshot: whoever else commits first makes it fail, and
    /// the next attempt begins with a new look at the table. So "has this run committed" and "which version
    /// did it write" are one look-up that survives the clean-up of the log.
    pub(crate) async fn commit(
        self,
        by: &Provenance,
        notes: &Notes,
        files: &[Add],
        after: Option<Version>,
    ) -> Result<Outcome, LakehouseError> {
        for _ in 0..ATTEMPTS {
            let table = self.load_or_create().await?;
            if let Some(version) = self.committed_version(&table, &by.run_id).await? {
                let written = self.at(version).await?;
                if written.names_any(files).await.map_err(write_error(self.spec))? {
                    return Ok(Outcome::Written(version, written.size));
                }
                self.check_same_inputs(by).await?;
                return Ok(Outcome::AlreadyWritten(version));
            }
            if after.is_some() && after != table.version() {
                return Err(LakehouseError::Overtaken { table: self.spec.name });
            }
            match try_commit(&table, self.spec, by, notes, files).await {
                Ok((version, size)) => return Ok(Outcome::Written(version, size)),
                Err(DeltaTableError::Transaction { source: TransactionError::MaxCommitAttempts(_) }) => {}
                Err(source) => return Err(write_error(self.spec)(source)),
            }
        }
        Err(LakehouseError::CommitContention { table: self.spec.name, attempts: ATTEMPTS })
    }

    /// Refuses to go on with a run that an earlier attempt began from something else: its tables would not fit
    /// together. A commit that has left the log cannot be compared, and passes.
    async fn check_same_inputs(self, by: &Provenance) -> Result<(), LakehouseError> {
        let commit = self.commit_of(&by.run_id).await?;
        match commit.as_ref().and_then(CommitRecord::inputs) {
            Some(inputs) if inputs != by.inputs => {
                Err(LakehouseError::OtherInputs { table: self.spec.name, run_id: by.run_id.clone() })
            }
            _ => Ok(()),
        }
    }
}

async fn try_commit(
    table: &DeltaTable,
    spec: &TableSpec,
    by: &Provenance,
    notes: &Notes,
    files: &[Add],
) -> Result<(Version, Size), DeltaTableError> {
    let snapshot = table.snapshot()?;
    let next = snapshot.version() + 1;
    let mut actions: Vec<Action> = files.iter().cloned().map(Action::Add).collect();
    actions.extend(schema::growth(snapshot, spec)?);
    if spec.mode == Mode::Overwrite {
        let log_store = table.log_store();
        let removed: Vec<Action> = snapshot
            .snapshot()
            .file_views(log_store.as_ref(), None)
            .map_ok(|file| Action::Remove(file.remove_action(true)))
            .try_collect()
            .await?;
        actions.extend(removed);
    }
    let transaction = Transaction::new(&by.run_id, i64::try_from(next).unwrap_or(i64::MAX));
    let properties = CommitProperties::default()
        .with_metadata(metadata(by, notes))
        .with_max_retries(0)
        .with_application_transaction(transaction);
    let operation = DeltaOperation::Write { mode: spec.mode.into(), partition_by: None, predicate: None };
    let finalized = CommitBuilder::from(properties)
        .with_actions(actions)
        .build(Some(snapshot), table.log_store(), operation)
        .await?;
    debug_assert_eq!(finalized.version(), next);
    let size = Size::of(&finalized.snapshot(), table).await?;
    Ok((finalized.version(), size))
}

fn metadata(by: &Provenance, notes: &Notes) -> HashMap<String, Value> {
    let origin = [
        ("run_id", by.run_id.as_str()),
        ("task", by.task),
        ("revision", by.revision),
        (INPUTS, by.inputs.as_str()),
    ];
    let notes = notes.iter().map(|(key, value)| (*key, value.as_str()));
    origin.into_iter().chain(notes).map(|(key, value)| (key.to_owned(), Value::from(value))).collect()
}

impl From<Mode> for SaveMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Append => Self::Append,
            Mode::Overwrite => Self::Overwrite,
        }
    }
}
