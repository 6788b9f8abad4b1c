//! `gold/published`: one row per publish or activation.

use contract::publication::{self, Publication};
use deltalake::arrow::array::StringArray;

use crate::table::table;
use crate::{Lake, LakehouseError, Provenance, Table, TableWriter, Text, Timestamp};

table!(GoldPublished, "gold/published", Append, {
    /// The run that was made live.
    MODEL_ID model_id: Text,
    /// Its version in PostgreSQL.
    VERSION version: i64,
    /// When.
    PUBLISHED_AT published_at: Timestamp,
});

/// The newest publication of another run than `but_for`; `None` before the first.
///
/// # Errors
/// When the table exists and cannot be read.
pub async fn newest(lake: &Lake, but_for: Option<&str>) -> Result<Option<Publication>, LakehouseError> {
    let Some(published) = lake.newest::<GoldPublished>().await? else { return Ok(None) };
    let mut newest = None;
    let mut batches = published.read(&GoldPublished::columns()).await?;
    while let Some(batch) = batches.next().await? {
        let runs: &StringArray = MODEL_ID.of(&batch)?;
        let times = PUBLISHED_AT.of(&batch)?.values();
        let versions = VERSION.of(&batch)?.values();
        let rows = times.iter().zip(versions).zip(runs.iter().flatten());
        let others =
            rows.filter(|(_, run_id)| Some(*run_id) != but_for).map(|((&published_at, &version), run_id)| {
                Publication { published_at, version, run_id: run_id.to_owned() }
            });
        newest = publication::newest(newest.into_iter().chain(others));
    }
    Ok(newest)
}

/// Writes that a run's model is live as `version` since `published_at`, in microseconds since 1970; committed by the caller.
///
/// # Errors
/// The table cannot be written.
pub async fn write(
    lake: &Lake,
    by: &Provenance,
    run_id: &str,
    version: i64,
    published_at: i64,
) -> Result<TableWriter<GoldPublished>, LakehouseError> {
    let mut rows = Rows::default();
    rows.push(Row { model_id: run_id, version, published_at });
    let mut writer = lake.write::<GoldPublished>(by).await?;
    writer.write(&rows.take()?).await?;
    Ok(writer)
}
