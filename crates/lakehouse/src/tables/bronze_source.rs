//! `bronze/source`: how the data set of the run is written, in one row.

use contract::Description;
use deltalake::arrow::array::RecordBatch;

use crate::table::table;
use crate::{LakehouseError, Snapshot, Text};

table!(BronzeSource, "bronze/source", Overwrite, {
    /// The description as JSON, with everything that it leaves to defaults.
    DESCRIPTION description: Text,
});

/// The row of a run.
///
/// # Errors
/// Never for a description that was read; typed for the caller's `?`.
pub fn batch(description: &Description) -> Result<RecordBatch, LakehouseError> {
    let text = serde_json::to_string(description).map_err(|source| LakehouseError::Description { source })?;
    let mut rows = Rows::default();
    rows.push(Row { description: &text });
    rows.take()
}

/// The description of the run's data set.
///
/// # Errors
/// When the file cannot be read, or was written by a newer release.
pub async fn read(source: &Snapshot<BronzeSource>) -> Result<Option<Description>, LakehouseError> {
    let mut batches = source.read(&[DESCRIPTION.name()]).await?;
    while let Some(batch) = batches.next().await? {
        if let Some(text) = DESCRIPTION.of(&batch)?.iter().flatten().next() {
            let description = serde_json::from_str(text);
            return description.map(Some).map_err(|source| LakehouseError::Description { source });
        }
    }
    Ok(None)
}
