//! Logs go to standard output, as text for people or as JSON for machines.

use tracing_subscriber::EnvFilter;

/// Starts logging by `RUST_LOG` (default `info`, libraries at `warn`) and `LOG_FORMAT` (`text` or `json`).
pub fn start_logging() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| {
        EnvFilter::new("info,deltalake_core=warn,buoyant_kernel=warn,delta_kernel=warn,sqlx=warn")
    });
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_target(false);
    // A second start, as in a test that runs two tasks, keeps the first.
    let _ = match std::env::var("LOG_FORMAT").as_deref() {
        Ok("json") => {
            logs.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
        }
        _ => logs.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stdout())).try_init(),
    };
}
