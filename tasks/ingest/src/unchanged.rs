//! Whether the input is that of the run behind what is live.

use lakehouse::tables::{BronzeRatings, GoldPublished, gold_published};
use lakehouse::{Lake, LakehouseError, arrow::array::StringArray};

use crate::ContentHash;

/// The published run whose input had this content, if the newest row of `gold/published` names one.
///
/// A run whose commit has left the log counts as changed: doing the work again is never wrong.
pub(crate) async fn published_run_with(
    lake: &Lake,
    content: &ContentHash,
) -> Result<Option<String>, LakehouseError> {
    let Some(run_id) = newest_published(lake).await? else { return Ok(None) };
    let Some(commit) = lake.commit_of::<BronzeRatings>(&run_id).await? else { return Ok(None) };
    Ok((commit.inputs() == Some(&content.to_string())).then_some(run_id))
}

async fn newest_published(lake: &Lake) -> Result<Option<String>, LakehouseError> {
    let Some(published) = lake.newest::<GoldPublished>().await? else { return Ok(None) };
    let mut newest = None;
    let columns = [gold_published::MODEL_ID.name(), gold_published::PUBLISHED_AT.name()];
    let mut batches = published.read(&columns).await?;
    while let Some(batch) = batches.next().await? {
        let models: &StringArray = gold_published::MODEL_ID.of(&batch)?;
        let times = gold_published::PUBLISHED_AT.of(&batch)?.values();
        let rows = times.iter().copied().zip(models.iter().flatten().map(str::to_owned));
        newest = newest.max(rows.max());
    }
    Ok(newest.map(|(_, run_id)| run_id))
}
