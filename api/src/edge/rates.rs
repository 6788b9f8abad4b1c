//! How often a client may ask.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    net::IpAddr,
    num::NonZeroU32,
    sync::{Arc, Weak},
    time::Duration,
};

use governor::{DefaultKeyedRateLimiter, Quota, clock::Clock};

/// Clients are told apart by a seeded hash of so many values, so that memory is bounded (some ten megabytes) whoever
/// calls. That two clients share one is rare, and nobody can bring it about.
const CLIENTS: u64 = 1 << 18;

/// Between two clearings of clients that have all of their quota back.
const TIDY: Duration = Duration::from_secs(5);

/// So many requests a second, and a burst of so many after a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests a second.
    pub per_second: NonZeroU32,
    /// Requests at once.
    pub burst: NonZeroU32,
}

/// The quota of each client.
pub(crate) struct Rates {
    limiter: DefaultKeyedRateLimiter<u64>,
    seed: RandomState,
}

/// What is limited.
#[derive(Hash)]
enum Client<'a> {
    Address(IpAddr),
    Subject(&'a str),
}

impl Rates {
    /// Full quotas, tidied in the background for as long as they live. Must be called within a runtime.
    pub(crate) fn new(rate: Rate) -> Arc<Self> {
        let quota = Quota::per_second(rate.per_second).allow_burst(rate.burst);
        let rates =
            Arc::new(Self { limiter: DefaultKeyedRateLimiter::keyed(quota), seed: RandomState::new() });
        tokio::spawn(tidy(Arc::downgrade(&rates)));
        rates
    }

    /// Takes one request off the quota of an address, or tells after how many seconds there will be one.
    pub(crate) fn take_for_address(&self, address: IpAddr) -> Result<(), u64> {
        self.take(&Client::Address(address))
    }

    /// The same for the subject of a token.
    pub(crate) fn take_for_subject(&self, subject: &str) -> Result<(), u64> {
        self.take(&Client::Subject(subject))
    }

    fn take(&self, client: &Client<'_>) -> Result<(), u64> {
        let key = self.seed.hash_one(client) % CLIENTS;
        self.limiter.check_key(&key).map_err(|refused| {
            let wait = refused.wait_time_from(self.limiter.clock().now());
            (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
        })
    }
}

async fn tidy(rates: Weak<Rates>) {
    loop {
        tokio::time::sleep(TIDY).await;
        let Some(rates) = rates.upgrade() else { return };
        rates.limiter.retain_recent();
        rates.limiter.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(per_second: u32, burst: u32) -> Arc<Rates> {
        let number = |n| NonZeroU32::new(n).unwrap();
        Rates::new(Rate { per_second: number(per_second), burst: number(burst) })
    }

    #[tokio::test]
    async fn a_burst_is_served_and_then_everybody_waits_for_themselves() {
        let rates = rates(1, 3);
        let (one, other) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
        for _ in 0..3 {
            assert_eq!(rates.take_for_address(one), Ok(()));
        }
        assert_eq!(rates.take_for_address(one), Err(1));
        assert_eq!(rates.take_for_address(other), Ok(()));
        assert_eq!(rates.take_for_subject("192.0.2.1"), Ok(()));
    }

    #[tokio::test]
    async fn clients_with_all_of_their_quota_are_forgotten() {
        let rates = rates(1_000_000, 1);
        for i in 0..1000_u32 {
            let _ = rates.take_for_address(IpAddr::from(i.to_be_bytes()));
        }
        assert!(rates.limiter.len() > 900);
        let forgotten = async {
            while !rates.limiter.is_empty() {
                rates.limiter.retain_recent();
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), forgotten).await.unwrap();
    }
}
