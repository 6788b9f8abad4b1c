//! Logs go to standard output, as text for people or as JSON for machines.

use tracing_subscriber::EnvFilter;

/// What libraries may say unless `RUST_LOG` names them. A commit that fails is an error that we return and log
/// ourselves, once.
const LIBRARIES: &str = "deltalake_core=warn,deltalake_core::kernel::transaction=off,delta_kernel=warn,buoyant_kernel=warn,\
     buoyant_kernel_engine=warn,sqlx=warn,hyper=warn,rustls=warn";

/// Starts logging by `RUST_LOG` (default `info`) and `LOG_FORMAT` (`text` or `json`).
pub fn start_logging() {
    let wanted = std::env::var("RUST_LOG").ok().filter(|wanted| !wanted.is_empty());
    let filter = EnvFilter::new(format!("{LIBRARIES},{}", wanted.as_deref().unwrap_or("info")));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_target(false);
    // A second start, as in a test that runs two tasks, keeps the first.
    let _ = match std::env::var("LOG_FORMAT").as_deref() {
        Ok("json") => {
            logs.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
        }
        _ => logs.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stdout())).try_init(),
    };
}
