//! Removing files that nobody needs any more.

use std::time::{Duration, SystemTime};

use chrono::TimeDelta;
use deltalake::kernel::transaction::CommitProperties;
use deltalake::logstore::object_store::ObjectStoreExt;
use deltalake::operations::vacuum::VacuumMode;
use deltalake::{DeltaTable, DeltaTableError, Path};
use serde_json::Value;

use crate::error::unusable;
use crate::lake_table::load;
use crate::{Lake, LakeFuture, LakehouseError};

/// What to remove, and who asks for it: recorded in the commits of a vacuum, which have no run id.
#[derive(Debug, Clone, Copy)]
pub struct Vacuum {
    /// How long a file stays after the version that last needed it was replaced, or after it was written if none
    /// ever did. Never shorter than the longest run: files that a running task has not committed yet look like
    /// orphans.
    pub retention: Duration,
    /// Only look.
    pub dry_run: bool,
    /// The task, for example `maintain`.
    pub task: &'static str,
    /// The git revision of the program.
    pub revision: &'static str,
}

/// What a vacuum removed, or would remove.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vacuumed {
    /// Paths of the files, relative to the table.
    pub files: Vec<String>,
    /// Their size together.
    pub bytes: u64,
}

impl Lake {
    /// Removes the files of a table that no version within the retention needs, orphans of killed writers included;
    /// `None` if the table has never been written. The newest version keeps all of its files, whatever its age.
    /// Where there is nothing to remove, nothing is committed.
    ///
    /// Versions that were replaced before the retention can no longer be read afterwards.
    ///
    /// # Errors
    /// [`LakehouseError::Vacuum`].
    pub fn vacuum<'a>(&'a self, name: &'static str, vacuum: &'a Vacuum) -> LakeFuture<'a, Option<Vacuumed>> {
        Box::pin(async move {
            let failed = |source: DeltaTableError| {
                unusable(name, &source)
                    .unwrap_or_else(|| LakehouseError::Vacuum { table: name, source: Box::new(source) })
            };
            let Some(table) = load(self, name, None).await.map_err(failed)? else { return Ok(None) };
            let store = table.log_store().object_store(None);
            let plan = run(table.clone(), vacuum, true).await.map_err(failed)?;
            let mut vacuumed = Vacuumed::default();
            // The log goes on to name what earlier vacuums have removed.
            for file in plan {
                if let Ok(found) = store.head(&Path::from(file.as_str())).await {
                    vacuumed.add(file, found.size);
                }
            }
            if !vacuumed.files.is_empty() && !vacuum.dry_run {
                run(table, vacuum, false).await.map_err(failed)?;
            }
            remove_unfinished(self, name, vacuum, &mut vacuumed).await.map_err(failed)?;
            Ok(Some(vacuumed))
        })
    }
}

impl Vacuumed {
    fn add(&mut self, file: String, bytes: u64) {
        self.files.push(file);
        self.bytes += bytes;
    }
}

/// The files that `deltalake` removes or, in a dry run, would remove.
async fn run(table: DeltaTable, vacuum: &Vacuum, dry_run: bool) -> Result<Vec<String>, DeltaTableError> {
    let who = [("task", vacuum.task), ("revision", vacuum.revision)];
    let who = who.map(|(key, value)| (key.to_owned(), Value::from(value)));
    let (_, metrics) = table
        .vacuum()
        .with_retention_period(TimeDelta::from_std(vacuum.retention).unwrap_or(TimeDelta::MAX))
        .with_enforce_retention_duration(false)
        // Lite would leave the files of killed writers for ever.
        .with_mode(VacuumMode::Full)
        .with_dry_run(dry_run)
        .with_commit_properties(CommitProperties::default().with_metadata(who))
        .await?;
    Ok(metrics.files_deleted)
}

/// Removes files that killed writers were in the middle of.
async fn remove_unfinished(
    lake: &Lake,
    table: &'static str,
    vacuum: &Vacuum,
    vacuumed: &mut Vacuumed,
) -> Result<(), DeltaTableError> {
    for file in lake.place.unfinished(table).await? {
        if !SystemTime::now().duration_since(file.written).is_ok_and(|since| since >= vacuum.retention) {
            continue;
        }
        if !vacuum.dry_run {
            lake.place.remove(table, &file).await?;
        }
        vacuumed.add(file.path, file.bytes);
    }
    Ok(())
}
