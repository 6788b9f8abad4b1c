//! The command line.

use std::{net::SocketAddr, time::Duration};

use clap::{Parser, Subcommand};
use store::ConnectOptions;

use crate::{
    app,
    auth::{TokenArgs, TokenCommand},
    edge::LimitArgs,
    logging::LogFormat,
    probe::HealthCommand,
    serving::ServingArgs,
    site::SiteArgs,
};

/// Serves movie recommendations over HTTP.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Args {
    /// What to do instead of serving
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Address and port to listen on; by default reachable from this machine only
    #[arg(long, env = "API_LISTEN", default_value = "127.0.0.1:8000", value_name = "ADDRESS:PORT")]
    pub(crate) listen: SocketAddr,

    /// Database, postgres://USER:PASSWORD@HOST:PORT/NAME. Prefer the variable, which hides the password
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, required = true, value_name = "URL")]
    pub(crate) database_url: Option<String>,

    /// Maximum number of database connections
    #[arg(long, env = "API_POOL_SIZE", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) pool_size: u32,

    /// Seconds before a request times out
    #[arg(long, env = "API_REQUEST_TIMEOUT", default_value_t = 10, value_name = "SECONDS",
          value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) request_timeout: u64,

    /// Web origin allowed to call the API. Repeatable
    #[arg(long, env = "API_CORS_ORIGIN", value_delimiter = ',', value_name = "ORIGIN",
          default_values = ["http://localhost:5173", "http://127.0.0.1:5173"])]
    pub(crate) cors_origin: Vec<String>,

    /// Log format, on standard error
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value = "text")]
    pub log_format: LogFormat,

    #[command(flatten)]
    pub(crate) tokens: TokenArgs,

    #[command(flatten)]
    pub(crate) limits: LimitArgs,

    #[command(flatten)]
    pub(crate) serving: ServingArgs,

    #[command(flatten)]
    pub(crate) site: SiteArgs,
}

/// What the binary can do besides serving.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the OpenAPI description as JSON
    Openapi,
    /// Check a running service: exit code 0 or 1, for container health checks
    Health(HealthCommand),
    /// Print a token. The service must have the same secret
    Token(TokenCommand),
}

impl Args {
    /// How to reach the database: two seconds for a connection, because a caller waits.
    pub(crate) fn database(&self) -> ConnectOptions {
        ConnectOptions {
            max_connections: self.pool_size,
            acquire_timeout: Duration::from_secs(2),
            // Whoever activates a model while another is published had better try again than wait.
            publish_wait: Duration::from_secs(2),
            ..ConnectOptions::new(self.database_url.clone().unwrap_or_default())
        }
    }

    /// How the service is built. Fails if the secret is too short, or a key or the pages cannot be read.
    pub(crate) fn service(&self) -> anyhow::Result<app::Options> {
        Ok(app::Options {
            request_timeout: Duration::from_secs(self.request_timeout),
            cors_origins: self.cors_origin.clone(),
            tokens: self.tokens.tokens()?,
            limits: self.limits.limits(),
            serving: self.serving.options(self.pool_size),
            site: self.site.site()?,
        })
    }
}
