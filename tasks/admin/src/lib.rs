//! What operators and the scheduler ask of the database, beside the steps of a run.

mod arguments;
mod record;

use anyhow::ensure;
use chrono::Utc;
use lakehouse::tables::gold_published;
use lakehouse::{Lake, Provenance};
use store::{Store, StoreError, VersionState};
use task::{CommonArgs, Report, Task, WrongUsage};

pub use crate::arguments::Admin;
use crate::arguments::{Command, MigrateArgs};

impl Task for Admin {
    const NAME: &'static str = "admin";

    fn common(&self) -> &CommonArgs {
        &self.common
    }

    /// Nothing here is a step whose figures Prometheus wants.
    fn is_step(&self) -> bool {
        false
    }

    async fn run(self) -> anyhow::Result<Report> {
        match &self.command {
            Command::Migrate(args) => migrate(&self.connect().await?, args).await,
            Command::Activate { version } => self.activate(*version).await,
            Command::Versions => versions(&self.connect().await?).await,
            Command::Record { report } => self.record(report).await,
        }
    }
}

impl Admin {
    async fn connect(&self) -> anyhow::Result<Store> {
        Ok(Store::connect(&store::ConnectOptions::new(self.database.url()?)).await?)
    }

    async fn activate(&self, version: i64) -> anyhow::Result<Report> {
        let store = self.connect().await?;
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
        let writer =
            gold_published::write(&lake, &by, &activation.run_id, version, now.timestamp_micros()).await?;
        let mut report = Report::of_run(&by.run_id);
        report.count("version", version);
        report.table(writer.commit().await?);
        Ok(report)
    }

    /// Stores how a run went. What is told is looked at before the database is asked.
    async fn record(&self, report: &str) -> anyhow::Result<Report> {
        let record = record::parse(report)?;
        let run_id = self.common.run_id()?;
        if run_id == "latest" {
            return Err(WrongUsage::new("--run-id latest names no run to record: give its id").into());
        }
        let store = self.connect().await?;
        store.check_schema().await?;
        store.record_run(run_id, record).await?;
        Ok(Report::of_run(run_id))
    }
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
