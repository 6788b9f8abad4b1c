//! `silver/stats`: one row per statistic of a run.

use deltalake::arrow::array::StringArray;

use crate::table::table;
use crate::{LakehouseError, Snapshot, Text};

table!(SilverStats, "silver/stats", Append, {
    /// What was measured, for example `ratings.rows`.
    STAT_NAME name: Text,
    /// The value; dates are seconds since 1970.
    VALUE value: f64,
    /// The run.
    RUN_ID run_id: Text,
});

/// The statistics of a run by their names.
///
/// # Errors
/// When a file cannot be read.
pub async fn of_run(
    stats: &Snapshot<SilverStats>,
    run_id: &str,
) -> Result<Vec<(String, f64)>, LakehouseError> {
    let mut found = Vec::new();
    let mut batches = stats.read(&<SilverStats as crate::Table>::columns()).await?;
    while let Some(batch) = batches.next().await? {
        let runs: &StringArray = RUN_ID.of(&batch)?;
        let names: &StringArray = STAT_NAME.of(&batch)?;
        let values = VALUE.of(&batch)?.values();
        let rows = runs.iter().zip(names).zip(values).filter(|((run, _), _)| *run == Some(run_id));
        found.extend(rows.filter_map(|((_, name), value)| Some((name?.to_owned(), *value))));
    }
    Ok(found)
}
