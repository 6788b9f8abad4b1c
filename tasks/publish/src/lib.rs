//! Loads a run's recommendations into `PostgreSQL` beside the live ones, checks them, and makes them live.

mod arguments;
mod lists;
mod load;
mod record;

use std::time::Instant;

use anyhow::Context;
use chrono::{DateTime, Utc};
use lakehouse::Table;
use lakehouse::tables::{GoldRecommendations, gold_evaluations, gold_models, gold_published};
use store::{Begin, ConnectOptions, NewVersion, Store};
use task::{CommonArgs, Report, Run, Task, gauges};

pub use crate::arguments::Publish;

/// Not a `Step`: what it makes is in the database, so every attempt has to look there, whatever the lake holds.
impl Task for Publish {
    const NAME: &'static str = "publish";

    fn common(&self) -> &CommonArgs {
        &self.common
    }

    async fn run(self) -> anyhow::Result<Report> {
        let (started, started_at) = (Instant::now(), Utc::now());
        let store = Store::connect(&ConnectOptions::new(self.database.url()?))
            .await
            .context("nothing was published")?;
        let run = Run::open(&self.common, Self::NAME, Some(GoldRecommendations::SPEC), String::new()).await?;
        // Without recommendations of this run there is nothing to begin.
        run.read::<GoldRecommendations>().await?;
        store.check_schema().await?;

        let live = make_live(&run, &store).await?;
        let mut report = Report::of_run(run.id());
        report.count("version", live.version);
        #[allow(clippy::cast_precision_loss, reason = "versions are far below 2^52")]
        report.gauge(gauges::PUBLISHED_VERSION, &[], live.version as f64);
        let at = live.published_at.timestamp_micros();
        let published = gold_published::write(run.lake(), run.by(), run.id(), live.version, at).await?;
        report.table(published.commit().await?);
        if live.already {
            report.already_done();
        }
        let seconds = started.elapsed().as_secs_f64();
        store.record_run(run.id(), record::of_publish(&report, live.version, started_at, seconds)).await?;
        self.prune(&store).await;
        Ok(report)
    }
}

impl Publish {
    /// Old versions that cannot go now go next time: what is live is live.
    async fn prune(&self, store: &Store) {
        match store.prune(self.keep).await {
            Ok(pruned) => {
                if let Some(postponed) = pruned.postponed {
                    tracing::warn!(
                        partition = postponed.partition,
                        waiting = postponed.waiting,
                        "a reader still uses an old version; it is dropped with the next publish"
                    );
                }
                tracing::info!(versions = ?pruned.versions, keep = self.keep, "old versions dropped");
            }
            Err(error) => {
                let error = format!("{:#}", anyhow::Error::from(error));
                tracing::warn!(error, "old versions were not dropped; the next publish tries again");
            }
        }
    }
}

/// A version that is live now or was made live by an earlier attempt.
#[derive(Debug, Clone, Copy)]
struct Live {
    version: i64,
    published_at: DateTime<Utc>,
    already: bool,
}

/// Loads, checks and activates the run's version, or finds that this has been done.
async fn make_live(run: &Run, store: &Store) -> anyhow::Result<Live> {
    let card = gold_models::of_run(run.lake(), run.id()).await?;
    let metrics = gold_evaluations::of_run(run.lake(), run.id()).await?;
    let new = NewVersion { run_id: run.id().to_owned(), model: card.to_json()?, metrics };
    let loaded = match store.begin_publish(&new).await? {
        Begin::AlreadyPublished { version } => {
            let published_at = published_at(store, version).await?;
            return Ok(Live { version, published_at, already: true });
        }
        Begin::Loaded(loaded) => loaded,
        Begin::Load(load) => load::load(run, card, load).await?,
    };
    let activation = loaded.activate().await?;
    tracing::info!(version = activation.version, previous = activation.previous, "version is live");
    Ok(Live { version: activation.version, published_at: activation.published_at, already: false })
}

async fn published_at(store: &Store, version: i64) -> anyhow::Result<DateTime<Utc>> {
    let versions = store.versions().await?;
    let published = versions.into_iter().find(|known| known.version == version);
    published
        .and_then(|known| known.published_at)
        .with_context(|| format!("version {version} has no time of publication in the database"))
}
