//! The flags.

use task::{CommonArgs, DatabaseArgs};

/// Loads a run's recommendations into `PostgreSQL` beside the live ones, checks them, and makes them live in
/// one short transaction.
#[derive(Debug, clap::Parser)]
#[command(name = "publish", version = task::REVISION)]
pub struct Publish {
    #[command(flatten)]
    pub(crate) common: CommonArgs,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,

    /// Versions to keep for rollback, besides the live one
    #[arg(long, default_value_t = 3)]
    pub(crate) keep: u32,
}
