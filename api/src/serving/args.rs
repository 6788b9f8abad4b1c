//! The flags for what is kept in memory.

use std::time::Duration;

use clap::Args;

use super::ServingOptions;

/// What is kept in memory, and for how long.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Memory")]
pub(crate) struct ServingArgs {
    /// Cache size for users' lists, in MiB; 0 disables it
    #[arg(long, env = "API_CACHE_MB", default_value_t = 64, value_name = "MIB",
          value_parser = clap::value_parser!(u64).range(0..=1_048_576))]
    pub(crate) cache_mb: u64,

    /// While the database is unavailable, keep answering from memory, marked as stale, instead of 503
    #[arg(long, env = "API_SERVE_STALE")]
    pub(crate) serve_stale: bool,

    /// Redis in which several instances share lists, redis://HOST:PORT/NUMBER. Without it, each makes its own
    #[arg(long, env = "REDIS_URL", hide_env_values = true, value_name = "URL",
          value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) redis_url: Option<String>,

    /// Seconds between polls for a new version or feedback, in case an announcement was lost
    #[arg(long, env = "API_POLL", default_value_t = 2, value_name = "SECONDS",
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) poll: u64,
}

impl ServingArgs {
    /// The options that the flags mean; `connections` is the size of the pool.
    pub(crate) fn options(&self, connections: u32) -> ServingOptions {
        ServingOptions {
            cache_bytes: self.cache_mb << 20,
            serve_stale: self.serve_stale,
            poll: Duration::from_secs(self.poll),
            // Two of ten: fewer, larger batches are faster, and one that is slow does not hold up all.
            lookups: connections.div_ceil(5),
            redis_url: self.redis_url.clone(),
            ..ServingOptions::default()
        }
    }
}
