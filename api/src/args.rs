//! The command line.

use std::{net::SocketAddr, time::Duration};

use clap::{Parser, Subcommand, ValueEnum};
use store::ConnectOptions;

use crate::{
    auth::{KeyArgs, Scope, TokenArgs},
    edge::LimitArgs,
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

    /// Address and port to listen on; the default is reachable from this machine only
    #[arg(long, env = "API_LISTEN", default_value = "127.0.0.1:8000", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,

    /// PostgreSQL, as postgres://USER:PASSWORD@HOST:PORT/NAME
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, required = true, value_name = "URL")]
    pub database_url: Option<String>,

    /// Most connections to the database
    #[arg(long, env = "API_POOL_SIZE", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub pool_size: u32,

    /// Seconds after which a request is given up
    #[arg(long, env = "API_REQUEST_TIMEOUT", default_value_t = 10, value_name = "SECONDS",
          value_parser = clap::value_parser!(u64).range(1..=600))]
    pub request_timeout: u64,

    /// Web origin whose pages may call the API; may be repeated
    #[arg(long, env = "API_CORS_ORIGIN", value_delimiter = ',', value_name = "ORIGIN",
          default_values = ["http://localhost:5173", "http://127.0.0.1:5173"])]
    pub cors_origin: Vec<String>,

    /// Form of the log on standard error
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value = "text")]
    pub log_format: LogFormat,

    /// Who may call what.
    #[command(flatten)]
    pub tokens: TokenArgs,

    /// How much is taken.
    #[command(flatten)]
    pub limits: LimitArgs,

    /// What is kept in memory.
    #[command(flatten)]
    pub serving: ServingArgs,

    /// The pages beside the calls.
    #[command(flatten)]
    pub site: SiteArgs,
}

/// What the binary can do besides serving.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the OpenAPI description as JSON
    Openapi,
    /// Ask the running service whether it answers: exit code 0 or 1, for a container's health check
    Health(HealthCommand),
    /// Print a token for calls that need one; the service must have the same secret
    Token(TokenCommand),
}

/// Which token to make.
#[derive(Debug, clap::Args)]
pub struct TokenCommand {
    /// What to sign with.
    #[command(flatten)]
    pub keys: KeyArgs,

    /// What the token allows
    #[arg(long, value_enum)]
    pub scope: Scope,

    /// Whom it is for; each subject has a rate limit of its own
    #[arg(long, default_value = "operator", value_name = "NAME",
          value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub subject: String,

    /// How long it is good for
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: u32,
}

/// Form of the log.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

impl Args {
    /// How to reach the database: two seconds for a connection, because a caller waits.
    #[must_use]
    pub fn database(&self) -> ConnectOptions {
        ConnectOptions {
            max_connections: self.pool_size,
            acquire_timeout: Duration::from_secs(2),
            // Whoever activates a model while another is published had better try again than wait.
            publish_wait: Duration::from_secs(2),
            ..ConnectOptions::new(self.database_url.clone().unwrap_or_default())
        }
    }

    /// What the service is built with.
    ///
    /// # Errors
    /// The secret is too short, or a key or the pages cannot be read.
    pub fn service(&self) -> anyhow::Result<crate::app::Options> {
        Ok(crate::app::Options {
            request_timeout: Duration::from_secs(self.request_timeout),
            cors_origins: self.cors_origin.clone(),
            tokens: self.tokens.tokens()?,
            limits: self.limits.limits(),
            serving: self.serving.options(self.pool_size),
            site: self.site.site()?,
        })
    }
}
