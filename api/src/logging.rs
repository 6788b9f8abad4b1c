//! The log, on standard error.

use std::{
    io::{self, IsTerminal},
    panic,
};

use tracing_subscriber::EnvFilter;

use crate::args::LogFormat;

/// What is logged without `RUST_LOG`. Every answer is logged at the level `debug` of `api`.
const DEFAULT: &str = "info,sqlx=warn";

/// Installs the log, and sends panics there: within a request they carry its id.
pub fn init(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
    panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
}
