//! Who a client is, and how often it may ask.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    net::{IpAddr, Ipv6Addr, SocketAddr},
    num::NonZeroU32,
    sync::{Arc, Weak},
    time::Duration,
};

use governor::{DefaultKeyedRateLimiter, Quota, clock::Clock};
use ipnet::IpNet;
use poem::http::{HeaderMap, HeaderName};

/// Clients are told apart by a seeded hash of so many values, so that memory is bounded (some ten megabytes) whoever
/// calls. That two clients share one is rare, and nobody can bring it about.
const CLIENTS: u64 = 1 << 18;

/// Between two clearings of clients that have all of their quota back.
const TIDY: Duration = Duration::from_secs(5);

/// A limit on requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests a second.
    pub per_second: NonZeroU32,
    /// Requests at once, after a pause.
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

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies whose word on their callers is believed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Proxies(Vec<IpNet>);

impl Proxies {
    pub(crate) fn new(nets: Vec<IpNet>) -> Self {
        Self(nets)
    }

    /// The address of the client behind `peer`: each trusted proxy names the one before it, from the right to the left.
    /// What stands left of the first address that is not trusted is hearsay.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if self.0.is_empty() {
            return client;
        }
        let lists = headers.get_all(FORWARDED_FOR).iter().rev();
        let mut named = lists.flat_map(|list| list.to_str().unwrap_or("unreadable").rsplit(','));
        while self.trusts(client)
            && let Some(before) = named.next().and_then(|text| address(text.trim()))
        {
            client = before;
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(&address))
    }
}

/// Some proxies add the port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let ip = bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    ip.map(|ip| ip.to_canonical())
}

/// What is limited as one client: whoever has an IPv6 address has 2^64 of them.
pub(super) fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
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

    fn client(peer: &str, forwarded: &[&'static str]) -> String {
        let nets = ["10.0.0.0/8", "fd00::/8"].map(|net| net.parse().unwrap());
        let mut headers = HeaderMap::new();
        for list in forwarded {
            headers.append(FORWARDED_FOR, list.parse().unwrap());
        }
        Proxies::new(nets.into()).client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_stranger_is_not_believed() {
        assert_eq!(client("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
    }

    #[test]
    fn the_right_most_address_that_is_no_proxy_is_the_client() {
        assert_eq!(client("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(client("10.0.0.1", &["1.1.1.1, 198.51.100.7, 10.9.9.9"]), "198.51.100.7");
        assert_eq!(client("10.0.0.1", &["1.1.1.1", "198.51.100.7", "10.9.9.9"]), "198.51.100.7");
        assert_eq!(client("::ffff:10.0.0.1", &["198.51.100.7:4711"]), "198.51.100.7");
        assert_eq!(client("fd00::1", &["[2001:db8::5]:4711"]), "2001:db8::5");
        assert_eq!(client("fd00::1", &["2001:db8::5"]), "2001:db8::5");
    }

    #[test]
    fn what_cannot_be_read_ends_the_search() {
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["198.51.100.7, unknown"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["198.51.100.7, unknown, 10.2.2.2"]), "10.2.2.2");
        assert_eq!(client("10.0.0.1", &["10.3.3.3, 10.2.2.2"]), "10.3.3.3");
    }

    #[test]
    fn an_ipv6_network_is_one_client() {
        let network = |text: &str| network_of(text.parse().unwrap()).to_string();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("192.0.2.1"), "192.0.2.1");
    }
}
