//! `api health`: asks the running service on this machine how it is. For a container's health check, which has no
//! shell and no `curl`.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use reqwest::{Client, StatusCode};

/// Shorter than what health checks are given by default.
const PATIENCE: Duration = Duration::from_secs(3);
/// An explanation is shorter.
const LONGEST: usize = 4096;

/// Where the service listens, and what to ask it.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct HealthCommand {
    /// Check whether it can answer requests right now, not only whether it is alive
    #[arg(long)]
    ready: bool,

    /// Address and port that the service listens on; 0.0.0.0 and [::] stand for this machine
    #[arg(long, env = "API_LISTEN", default_value = "127.0.0.1:8000", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
}

/// Asks once.
///
/// # Errors
/// The service does not answer within three seconds, or with anything but 200.
pub fn ask(command: HealthCommand) -> Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(ask_once(command))
}

async fn ask_once(command: HealthCommand) -> Result<()> {
    let path = if command.ready { "/health/ready" } else { "/health/live" };
    let url = format!("http://{}{path}", reachable(command.listen));
    // Nobody else can ask this machine's loopback, and no certificate is needed for it.
    let client = Client::builder().no_proxy().tls_certs_only([]).timeout(PATIENCE).build()?;
    let no_answer = || format!("{url} does not answer; does the service run, and listen there (API_LISTEN)?");
    let mut answer = client.get(&url).send().await.with_context(no_answer)?;
    if answer.status() == StatusCode::OK {
        return Ok(());
    }
    let mut body = Vec::new();
    while body.len() < LONGEST
        && let Ok(Some(chunk)) = answer.chunk().await
    {
        body.extend(chunk);
    }
    body.truncate(LONGEST);
    bail!("{url} answers {}: {}", answer.status().as_u16(), one_line(&String::from_utf8_lossy(&body)))
}

/// The loopback where every address was meant.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// The explanation of the service, or whatever else has answered in its place.
fn one_line(body: &str) -> String {
    let problem: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let text = problem["detail"].as_str().unwrap_or(body);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_means_the_loopback_and_others_themselves() {
        for (listen, asked) in [
            ("0.0.0.0:8000", "127.0.0.1:8000"),
            ("[::]:8000", "[::1]:8000"),
            ("127.0.0.1:9", "127.0.0.1:9"),
            ("10.1.2.3:80", "10.1.2.3:80"),
        ] {
            assert_eq!(reachable(listen.parse().unwrap()).to_string(), asked);
        }
    }
}
