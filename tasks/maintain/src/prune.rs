//! `maintain prune`: the versions of the database that nobody will go back to.

use anyhow::Context;
use store::{ConnectOptions, Pruned, Store};
use task::Report;

use crate::arguments::PruneArgs;

pub(crate) async fn prune(args: &PruneArgs) -> anyhow::Result<Report> {
    let store =
        Store::connect(&ConnectOptions::new(args.database.url()?)).await.context("nothing was pruned")?;
    let Pruned { versions, postponed } = store.prune(args.keep).await?;
    tracing::info!(?versions, keep = args.keep, "old versions dropped");
    let mut report = Report::new();
    report.metric("versions_dropped", count(versions.len()));
    if let Some(postponed) = &postponed {
        tracing::warn!(
            partition = postponed.partition,
            waiting = postponed.waiting,
            "a reader still uses an old version; its rows are dropped by the next prune or publish"
        );
    }
    report.metric("partitions_postponed", count(postponed.map_or(0, |postponed| postponed.waiting)));
    Ok(report)
}

#[allow(clippy::cast_precision_loss, reason = "numbers of versions are far below 2^52")]
fn count(things: usize) -> f64 {
    things as f64
}
