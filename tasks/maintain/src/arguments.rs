//! Flags and subcommands.

use std::time::Duration;

use task::{CommonArgs, DatabaseArgs};

/// Removes old files of the lake and old versions in `PostgreSQL`. Needs no run id.
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
    /// Delete lake files that no kept table version needs
    Vacuum(VacuumArgs),
    /// Drop old published versions
    Prune(PruneArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct VacuumArgs {
    /// Days that a table version stays readable after it was replaced
    #[arg(long, value_name = "N", default_value = "7", value_parser = retention)]
    pub(crate) retention_days: Days,

    /// Only list what would be deleted
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct PruneArgs {
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,

    /// Versions to keep for rollback, besides the live one
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
