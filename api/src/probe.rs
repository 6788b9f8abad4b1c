//! `api health`: asks the running service on this machine how it is. For a container's health check, which has no
//! shell and no `curl`.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Context, Result, bail};

/// Shorter than what health checks are given by default.
const PATIENCE: Duration = Duration::from_secs(3);
/// An explanation is shorter.
const LONGEST: u64 = 4096;

/// Where the service listens, and what to ask it.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct HealthCommand {
    /// Ask whether requests can be answered this moment, not only whether the process answers
    #[arg(long)]
    pub ready: bool,

    /// Address and port that the service listens on; 0.0.0.0 and [::] stand for this machine
    #[arg(long, env = "API_LISTEN", default_value = "127.0.0.1:8000", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
}

/// Asks once.
///
/// # Errors
/// The service does not answer within three seconds, or with anything but 200.
pub fn ask(command: HealthCommand) -> Result<()> {
    let path = if command.ready { "/health/ready" } else { "/health/live" };
    let url = format!("http://{}{path}", reachable(command.listen));
    let agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        // Nobody else can ask this machine's loopback.
        .proxy(None)
        .build()
        .new_agent();
    let no_answer = || format!("{url} does not answer; does the service run, and listen there (API_LISTEN)?");
    let mut answer = agent.get(&url).call().with_context(no_answer)?;
    if answer.status() == 200 {
        return Ok(());
    }
    let body = answer.body_mut().with_config().limit(LONGEST).read_to_string().unwrap_or_default();
    bail!("{url} answers {}: {}", answer.status().as_u16(), one_line(&body))
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
