//! Flags and subcommands.

use store::Access;
use task::{CommonArgs, DatabaseArgs};

/// Migrates the database, rolls versions back or forward, and keeps the run history.
#[derive(Debug, clap::Parser)]
#[command(name = "admin", version = task::REVISION)]
pub struct Admin {
    #[command(flatten)]
    pub(crate) common: CommonArgs,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Clone, clap::Subcommand)]
pub(crate) enum Command {
    /// Migrate the database schema, and grant other roles their rights
    Migrate(MigrateArgs),
    /// Make a published version live, to roll back or forward
    Activate {
        /// Version number, as listed by `admin versions`
        #[arg(long)]
        version: i64,
    },
    /// List the versions, and which one is live
    Versions,
    /// Record a run in the run history. Called by the scheduler at the end of every run, whatever its outcome
    Record {
        /// `{"started_at": TIME or null, "steps": [{"step": NAME, "outcome": OUTCOME or null, "report": REPORT or null,
        /// "reason": TEXT or null}, ...]}`: each step with how it ended (`done`, `already_done`, `skipped`, `gate_closed`,
        /// `failed`, `not_begun`) and the last line of its output
        #[arg(long, value_name = "JSON")]
        report: String,
    },
}

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct MigrateArgs {
    /// Role to grant the rights of the API: read everything, write feedback, experiments and activations
    #[arg(long, env = "GRANT_API_ROLE", value_name = "ROLE")]
    grant_api: Option<String>,

    /// Role to grant read-only rights, for dashboards
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
