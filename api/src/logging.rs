//! The log, on standard error.

use std::{
    fmt,
    io::{self, IsTerminal},
    panic,
};

use clap::ValueEnum;
use serde_json::json;
use tracing::{Event, Subscriber};
use tracing_subscriber::{
    EnvFilter,
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

use crate::edge;

/// What is logged without `RUST_LOG`. Every answer is logged at the level `debug` of `api`.
const DEFAULT: &str = "info,sqlx=warn";

/// Form of the log.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// Installs the log, and sends panics there: within a request they carry its id.
pub fn init(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let colours = io::stderr().is_terminal();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(colours)
        .with_target(false);
    match format {
        LogFormat::Text => {
            log.map_event_format(|lines| WithCall { lines: lines.with_ansi(colours), add: in_text }).init();
        }
        LogFormat::Json => {
            let log = log.json().flatten_event(true);
            log.map_event_format(|lines| WithCall { lines, add: in_json }).init();
        }
    }
    panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
}

/// Lines that name the request which they are about.
struct WithCall<F> {
    lines: F,
    add: fn(&str, &edge::Call) -> String,
}

impl<S, N, F> FormatEvent<S, N> for WithCall<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = String::new();
        let buffer = Writer::new(&mut line);
        self.lines.format_event(context, buffer, event)?;
        match edge::current(|call| (self.add)(&line, call)) {
            Some(line) => writer.write_str(&line),
            None => writer.write_str(&line),
        }
    }
}

fn in_text(line: &str, call: &edge::Call) -> String {
    format!(
        "{} request_id={} method={} path={}\n",
        line.trim_end(),
        call.id(),
        call.method(),
        call.uri.path()
    )
}

fn in_json(line: &str, call: &edge::Call) -> String {
    let (id, method, path) = (json!(call.id()), json!(call.method()), json!(call.uri.path()));
    let line = line.trim_end();
    let fields = line.strip_suffix('}').unwrap_or(line);
    format!("{fields},\"request_id\":{id},\"method\":{method},\"path\":{path}}}\n")
}
