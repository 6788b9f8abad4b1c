//! The flags for limits.

use std::{net::IpAddr, num::NonZeroU32};

use clap::Args;
use ipnet::IpNet;

use super::{admission::Limits, rates::Rate};

/// How much the service takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// Requests per second for each client address and each token; 0 is unlimited
    #[arg(long, env = "API_RATE_LIMIT", default_value_t = 1000, value_name = "REQUESTS",
          value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub(crate) rate_limit: u32,

    /// Burst size [default: twice the rate]
    #[arg(long, env = "API_RATE_BURST", value_name = "REQUESTS",
          value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub(crate) rate_burst: Option<u32>,

    /// Proxy networks whose X-Forwarded-For is trusted, such as 10.0.0.0/8. Repeatable
    #[arg(long, env = "API_TRUSTED_PROXIES", value_delimiter = ',', value_name = "CIDR", value_parser = network)]
    pub(crate) trusted_proxies: Vec<IpNet>,

    /// Maximum number of concurrent requests; more get 503 at once
    #[arg(long, env = "API_MAX_IN_FLIGHT", default_value_t = 512, value_name = "REQUESTS",
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) max_in_flight: u32,
}

impl LimitArgs {
    /// The limits that the flags mean.
    pub(crate) fn limits(&self) -> Limits {
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
    parsed.map_err(|_| format!("{text} is not a network; write it as 10.0.0.0/8 or 192.0.2.1"))
}
