//! The flags for limits.

use std::{net::IpAddr, num::NonZeroU32};

use clap::Args;
use ipnet::IpNet;

use super::{admission::Limits, rates::Rate};

/// How much the service takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// Requests a second for each client address, and for each token; 0 is without limit
    #[arg(long, env = "API_RATE_LIMIT", default_value_t = 1000, value_name = "REQUESTS",
          value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub rate_limit: u32,

    /// Requests at once after a pause; twice the rate if not given
    #[arg(long, env = "API_RATE_BURST", value_name = "REQUESTS",
          value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub rate_burst: Option<u32>,

    /// Networks of the proxies whose X-Forwarded-For is believed, as 10.0.0.0/8; may be repeated
    #[arg(long, env = "API_TRUSTED_PROXIES", value_delimiter = ',', value_name = "CIDR", value_parser = network)]
    pub trusted_proxies: Vec<IpNet>,

    /// Requests that are answered at the same time; more get a 503 at once
    #[arg(long, env = "API_MAX_IN_FLIGHT", default_value_t = 512, value_name = "REQUESTS",
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub max_in_flight: u32,
}

impl LimitArgs {
    /// The limits that the flags mean.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let burst = self.rate_burst.unwrap_or(self.rate_limit.saturating_mul(2));
        let rate = NonZeroU32::new(self.rate_limit).zip(NonZeroU32::new(burst));
        Limits {
            rate: rate.map(|(per_second, burst)| Rate { per_second, burst }),
            trusted_proxies: self.trusted_proxies.clone(),
            max_in_flight: usize::try_from(self.max_in_flight).unwrap_or(usize::MAX),
        }
    }
}

/// One address is a network, too.
fn network(text: &str) -> Result<IpNet, String> {
    let address = || text.parse::<IpAddr>().map(IpNet::from);
    let parsed = text.trim().parse().or_else(|_| address());
    parsed.map_err(|_| format!("{text} is no network; write it as 10.0.0.0/8 or 192.0.2.1"))
}
