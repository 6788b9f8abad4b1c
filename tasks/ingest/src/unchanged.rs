//! Whether the input is that of the run behind what is live.

use contract::publication::Publication;
use lakehouse::tables::{BronzeRatings, gold_published};
use lakehouse::{Lake, LakehouseError};

/// The published run whose input had this content, if the newest row of `gold/published` names one.
///
/// A run whose commit has left the log counts as changed: doing the work again is never wrong.
pub(crate) async fn published_run_with(lake: &Lake, content: &str) -> Result<Option<String>, LakehouseError> {
    let Some(Publication { run_id, .. }) = gold_published::newest(lake, None).await? else { return Ok(None) };
    let Some(commit) = lake.commit_of::<BronzeRatings>(&run_id).await? else { return Ok(None) };
    Ok((commit.inputs() == Some(content)).then_some(run_id))
}
