//! Flags and subcommands.

use anyhow::Context;
use store::{Access, ConnectOptions, Store};
use task::{CommonArgs, WrongUsage};

/// Loads a run's recommendations into `PostgreSQL` beside the live ones, checks them, and makes them live in
/// one short transaction.
#[derive(Debug, clap::Parser)]
#[command(name = "publish", version = task::REVISION, args_conflicts_with_subcommands = false)]
pub struct Publish {
    #[command(flatten)]
    pub(crate) common: CommonArgs,

    /// Address of the database, `postgres://USER:PASSWORD@HOST:PORT/NAME`; better given by its variable
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true, global = true)]
    database_url: Option<String>,

    /// Versions to keep for a rollback, besides the live one
    #[arg(long, default_value_t = 3)]
    pub(crate) keep: u32,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What else can be done with the database.
#[derive(Debug, Clone, clap::Subcommand)]
pub(crate) enum Command {
    /// Bring the database's schema up to date, and give other roles their rights
    Migrate(MigrateArgs),
    /// Make a published version live, to roll back or forward
    Activate {
        /// The version, as `publish versions` lists it
        #[arg(long)]
        version: i64,
    },
    /// List the versions and which one is live
    Versions,
    /// Store how a run went in the run history: for the scheduler, at the end of every run, however it ended
    Record {
        /// `{"started_at": TIME or null, "steps": [{"step": NAME, "state": STATE, "report": REPORT or null,
        /// "reason": TEXT or null}, ...]}`: each step with its state as Airflow calls it and the last line of its
        /// output
        #[arg(long, value_name = "JSON")]
        report: String,
    },
}

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct MigrateArgs {
    /// Role of the API, which then may read everything and write what the API writes, and nothing else
    #[arg(long, env = "GRANT_API_ROLE", value_name = "ROLE")]
    grant_api: Option<String>,

    /// Role that then may read everything and write nothing, for dashboards
    #[arg(long, env = "GRANT_READ_ROLE", value_name = "ROLE")]
    grant_read: Option<String>,
}

impl MigrateArgs {
    /// Who is to get which rights. An empty variable is how compose files and shells say "none".
    pub(crate) fn grants(&self) -> impl Iterator<Item = (&str, Access)> {
        let read = self.grant_read.as_deref().map(|role| (role, Access::Read));
        let api = self.grant_api.as_deref().map(|role| (role, Access::Api));
        // Of two for the same role the last one counts, and the API's rights include the other's.
        read.into_iter().chain(api).filter(|(role, _)| !role.is_empty())
    }
}

impl Publish {
    pub(crate) async fn connect(&self) -> anyhow::Result<Store> {
        let url = self.database_url.as_deref().ok_or_else(|| {
            WrongUsage::new("--database-url is missing: give postgres://USER:PASSWORD@HOST:PORT/NAME, or set DATABASE_URL")
        })?;
        Store::connect(&ConnectOptions::new(url)).await.context("nothing was published")
    }
}
