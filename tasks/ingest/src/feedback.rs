//! Copies feedback from the database to `bronze/feedback`, each event once over all runs.

use anyhow::{Context, ensure};
use lakehouse::arrow::array::RecordBatch;
use lakehouse::tables::{BronzeFeedback, bronze_feedback};
use lakehouse::{Lake, LakehouseError, TableWriter};
use store::{ConnectOptions, FeedbackEvent, Store};
use task::Run;

/// Events read and written at a time.
const BATCH_EVENTS: u32 = 8_192;

/// `None` without an address.
pub(crate) async fn connect(database_url: Option<&str>) -> anyhow::Result<Option<Store>> {
    // An empty variable is how compose files and shells say "none".
    let Some(url) = database_url.filter(|url| !url.is_empty()) else {
        tracing::info!("no --database-url: using the feedback that bronze/feedback already has");
        return Ok(None);
    };
    let connect = async {
        let store = Store::connect(&ConnectOptions::new(url)).await?;
        store.check_schema().await?;
        Ok::<_, store::StoreError>(store)
    };
    connect.await.map(Some).context("cannot take in feedback (a run without --database-url does not need it)")
}

/// Whether there is feedback that a run did not take in: in the database, or in the lake by a later run.
pub(crate) async fn is_newer_than(lake: &Lake, store: Option<&Store>, run_id: &str) -> anyhow::Result<bool> {
    let of_run = match lake.version_of::<BronzeFeedback>(run_id).await? {
        Some(version) => bronze_feedback::greatest_id(&lake.at(version).await?).await?,
        None => 0,
    };
    let (_, held) = held(lake).await?;
    if held > of_run {
        return Ok(true);
    }
    match store {
        Some(store) => Ok(!store.feedback_after(held, i64::MAX, 1).await?.is_empty()),
        None => Ok(false),
    }
}

/// Writes the events that came after those the table holds; committed by the caller. A run without new events
/// commits, too: what it read is the version of the table that it wrote.
pub(crate) async fn write_new(
    run: &Run,
    store: Option<&Store>,
) -> anyhow::Result<TableWriter<BronzeFeedback>> {
    let mut writer = run.write::<BronzeFeedback>().await?;
    let Some(store) = store else { return Ok(writer) };
    // An earlier attempt has decided how far this run reads.
    if run.lake().version_of::<BronzeFeedback>(run.id()).await?.is_some() {
        return Ok(writer);
    }
    let (version, held) = held(run.lake()).await?;
    writer.only_after(version);
    let watermark = store.feedback_watermark().await?;
    ensure!(
        watermark >= held,
        "database {} has feedback up to id {watermark}, but bronze/feedback holds {held}: it is another database or an \
         older copy; connect to the right one, or see Troubleshooting in docs/operations.md",
        store.address()
    );
    let mut after = held;
    loop {
        let events = store.feedback_after(after, watermark, BATCH_EVENTS).await?;
        let Some(last) = events.last() else { break };
        after = last.feedback_id;
        writer.write(&batch(&events)?).await?;
    }
    Ok(writer)
}

/// The newest version of the table, and the greatest id in it.
async fn held(lake: &Lake) -> Result<(lakehouse::Version, i64), LakehouseError> {
    match lake.newest::<BronzeFeedback>().await? {
        Some(feedback) => Ok((feedback.version(), bronze_feedback::greatest_id(&feedback).await?)),
        None => Ok((0, 0)),
    }
}

fn batch(events: &[FeedbackEvent]) -> Result<RecordBatch, LakehouseError> {
    let mut rows = bronze_feedback::Rows::default();
    for event in events {
        rows.push(bronze_feedback::Row {
            feedback_id: event.feedback_id,
            user_id: event.user_id,
            movie_id: event.movie_id,
            rating: event.rating,
            rated_at: event.rated_at.timestamp_micros(),
        });
    }
    rows.take()
}
