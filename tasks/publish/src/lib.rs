//! Loads a run's recommendations into `PostgreSQL` beside the live ones, checks them, and makes them live.

mod arguments;
mod history;
mod lists;
mod load;
mod record;

use std::time::Instant;

use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use lakehouse::tables::{GoldModels, GoldRecommendations, gold_models};
use lakehouse::{Lake, Provenance};
use store::{Begin, NewVersion, Store, StoreError, VersionState};
use task::{CommonArgs, Report, Task, WrongUsage, gauges};

pub use crate::arguments::Publish;
use crate::arguments::{Command, MigrateArgs};
use crate::history::Told;

impl Task for Publish {
    const NAME: &'static str = "publish";

    fn common(&self) -> &CommonArgs {
        &self.common
    }

    fn is_step(&self) -> bool {
        self.command.is_none()
    }

    async fn run(self) -> anyhow::Result<Report> {
        match &self.command {
            None => self.publish(&self.connect().await?).await,
            Some(Command::Migrate(args)) => migrate(&self.connect().await?, args).await,
            Some(Command::Activate { version }) => self.activate(&self.connect().await?, *version).await,
            Some(Command::Versions) => versions(&self.connect().await?).await,
            Some(Command::Record { report }) => self.record(report).await,
        }
    }
}

impl Publish {
    async fn publish(&self, store: &Store) -> anyhow::Result<Report> {
        let (started, started_at) = (Instant::now(), Utc::now());
        let lake = Lake::open(&self.common.lake)?;
        let run_id = lake.resolve_run::<GoldRecommendations>(self.common.run_id()?).await?;
        task::log_run(&run_id);
        let by = Provenance { run_id, task: Self::NAME, revision: task::REVISION, inputs: String::new() };
        // Without recommendations of this run there is nothing to begin.
        lake.written_by::<GoldRecommendations>(&by.run_id).await?;
        store.check_schema().await?;

        let live = make_live(&lake, store, &by.run_id).await?;
        let mut report = Report::of_run(&by.run_id);
        report.metric("version", record::float(live.version));
        report.gauge(gauges::PUBLISHED_VERSION, &[], record::float(live.version));
        record::published(&lake, &by, live, &mut report).await?;
        if live.already {
            report.already_done();
        }
        let told = Told::of_publish(&report, started_at, started.elapsed().as_secs_f64())?;
        record_run(store, &by.run_id, told).await?;
        self.prune(store).await;
        Ok(report)
    }

    /// Stores how a run went. What is told is looked at before the database is asked.
    async fn record(&self, told: &str) -> anyhow::Result<Report> {
        let told = Told::parse(told)?;
        let run_id = self.common.run_id()?;
        if run_id == "latest" {
            return Err(WrongUsage::new("--run-id latest names no run to record: give its id").into());
        }
        let store = self.connect().await?;
        store.check_schema().await?;
        record_run(&store, run_id, told).await?;
        Ok(Report::of_run(run_id))
    }

    async fn activate(&self, store: &Store, version: i64) -> anyhow::Result<Report> {
        store.check_schema().await?;
        let activation = match store.activate(version).await {
            // No retry would make it known.
            Err(unknown @ StoreError::UnknownVersion { .. }) => {
                return Err(WrongUsage::new(unknown.to_string()).into());
            }
            activated => activated?,
        };
        tracing::info!(version, run = activation.run_id, previous = activation.previous, "version is live");
        let lake = Lake::open(&self.common.lake)?;
        let now = Utc::now();
        let by = Provenance {
            run_id: format!("activate__{}", now.to_rfc3339()),
            task: Self::NAME,
            revision: task::REVISION,
            inputs: String::new(),
        };
        task::log_run(&by.run_id);
        let mut report = Report::of_run(&by.run_id);
        report.metric("version", record::float(version));
        record::activated(&lake, &by, &activation.run_id, version, now, &mut report).await?;
        Ok(report)
    }

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

async fn record_run(store: &Store, run_id: &str, told: Told) -> anyhow::Result<()> {
    let history = told.into_history();
    let outcome = history.outcome.code();
    if store.record_run(run_id, outcome, &history.to_json()?).await? {
        tracing::info!(outcome, "the run is recorded");
    } else {
        tracing::info!(outcome, "the run was published, and more is known of that: its record stays");
    }
    Ok(())
}

/// A version that is live now or was made live by an earlier attempt.
#[derive(Debug, Clone, Copy)]
struct Live {
    version: i64,
    published_at: DateTime<Utc>,
    already: bool,
}

/// Loads, checks and activates the run's version, or finds that this has been done.
async fn make_live(lake: &Lake, store: &Store, run_id: &str) -> anyhow::Result<Live> {
    let models = lake.written_by::<GoldModels>(run_id).await?;
    let card = gold_models::find(&models, run_id).await?;
    let new = NewVersion {
        run_id: run_id.to_owned(),
        model: card.to_json()?,
        metrics: record::metrics(lake, run_id).await?,
    };
    let loaded = match store.begin_publish(&new).await? {
        Begin::AlreadyPublished { version } => {
            let published_at = published_at(store, version).await?;
            return Ok(Live { version, published_at, already: true });
        }
        Begin::Loaded(loaded) => loaded,
        Begin::Load(load) => load::load(lake, run_id, card, load).await?,
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

async fn migrate(store: &Store, args: &MigrateArgs) -> anyhow::Result<Report> {
    store.migrate().await?;
    tracing::info!(database = store.address(), "the schema is up to date");
    for (role, access) in args.grants() {
        store.grant(role, access).await?;
        tracing::info!(role, ?access, "the role has its rights");
    }
    Ok(Report::new())
}

async fn versions(store: &Store) -> anyhow::Result<Report> {
    store.check_schema().await?;
    let versions = store.versions().await?;
    for known in &versions {
        let published_at = known.published_at.map(|at| at.to_rfc3339());
        tracing::info!(
            version = known.version,
            run = known.run_id,
            state = ?known.state,
            published_at,
            live = known.live,
            "version"
        );
    }
    let ready = versions.iter().filter(|known| known.state == VersionState::Ready).count();
    ensure!(ready > 0, "no version can be made live: run the pipeline first");
    Ok(Report::new())
}
