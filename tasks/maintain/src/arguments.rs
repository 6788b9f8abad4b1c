//! Flags and subcommands.

use std::time::Duration;

use task::{CommonArgs, DatabaseArgs};

/// Removes what nobody needs any more: files of the lake, and versions in `PostgreSQL`.
///
/// It belongs to no run, so it needs no run id.
#[derive(Debug, clap::Parser)]
#[command(name = "maintain", version = task::REVISION)]
pub struct Maintain {
    #[command(flatten)]
    pub(crate) common: CommonArgs,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to remove.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Remove the files of the lake that no table needs any more
    Vacuum(VacuumArgs),
    /// Drop the old versions of the database
    Prune(PruneArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct VacuumArgs {
    /// Days for which the versions of a table stay readable after they were replaced
    #[arg(long, value_name = "N", default_value = "7", value_parser = retention)]
    pub(crate) retention_days: Days,

    /// Only tell what would be removed
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct PruneArgs {
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,

    /// Versions to keep for a rollback, besides the live one
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) keep: u32,
}

/// A number of days, at least 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Days(u32);

impl From<Days> for Duration {
    fn from(days: Days) -> Self {
        Duration::from_hours(24) * days.0
    }
}

fn retention(text: &str) -> Result<Days, String> {
    /// A century.
    const MOST: u32 = 36_500;
    match text.parse() {
        Ok(days @ 1..=MOST) => Ok(Days(days)),
        Ok(0) => {
            Err("it must be at least 1: files that a running task has not committed yet look like orphans"
                .to_owned())
        }
        _ => Err(format!("it must be a number of days from 1 to {MOST}")),
    }
}
