//! Logs go to standard output, as text for people or as JSON for machines.
//!
//! As JSON every line is an object with `timestamp`, `level`, `message` and whatever else it tells, as in the API; and
//! with `task` and `run_id`, so that the lines of a run are found wherever they were collected.

use std::fmt::{self, Write};
use std::sync::{PoisonError, RwLock};

use serde_json::json;
use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// What libraries may say unless `RUST_LOG` names them. A commit, a table that is not there or a certificate that fails is an
/// error that we return and log ourselves, once.
const LIBRARIES: &str = "deltalake_core=warn,deltalake_core::kernel::transaction=off,delta_kernel=off,buoyant_kernel=off,\
     buoyant_kernel_engine=off,hdfs_native=off,sqlx=warn,hyper=warn,rustls=warn,rustls_platform_verifier=off";

/// The run that the lines are of. A process does one task for one run.
static RUN_ID: RwLock<Option<String>> = RwLock::new(None);

/// Starts logging by `RUST_LOG` (default `info`) and `LOG_FORMAT` (`text` or `json`).
pub(crate) fn start_logging(task: &'static str) {
    let wanted = std::env::var("RUST_LOG").ok().filter(|wanted| !wanted.is_empty());
    let filter = EnvFilter::new(format!("{LIBRARIES},{}", wanted.as_deref().unwrap_or("info")));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_target(false);
    // A second start, as in a test that runs two tasks, keeps the first.
    let _ = match std::env::var("LOG_FORMAT").as_deref() {
        Ok("json") => {
            let logs = logs.json().flatten_event(true).with_current_span(false).with_span_list(false);
            logs.map_event_format(|lines| OfRun { lines, task }).try_init()
        }
        _ => logs.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stdout())).try_init(),
    };
}

/// Says which run the lines are of from here on, once it is known what `latest` stands for.
pub fn log_run(run_id: &str) {
    *RUN_ID.write().unwrap_or_else(PoisonError::into_inner) = Some(run_id.to_owned());
}

/// Lines of JSON that name the task and the run.
struct OfRun<F> {
    lines: F,
    task: &'static str,
}

impl<S, N, F> FormatEvent<S, N> for OfRun<F>
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
        self.lines.format_event(context, Writer::new(&mut line), event)?;
        let run_id = RUN_ID.read().unwrap_or_else(PoisonError::into_inner);
        writer.write_str(&of_run(&line, self.task, run_id.as_deref()))
    }
}

/// Adds task and run, if the line does not tell them itself.
fn of_run(line: &str, task: &str, run_id: Option<&str>) -> String {
    let fields = line.trim_end();
    let mut line = fields.strip_suffix('}').unwrap_or(fields).to_owned();
    for (name, value) in [("task", json!(task)), ("run_id", json!(run_id))] {
        // Within a text the quotes would have backslashes before them.
        if !line.contains(&format!("\"{name}\":")) {
            // Writing to a string cannot fail.
            let _ = write!(line, ",\"{name}\":{value}");
        }
    }
    line + "}\n"
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_line_names_task_and_run_once() {
        let parsed = |line: &str, run_id| -> Value {
            let line = of_run(line, "clean", run_id);
            assert!(line.ends_with("}\n") && line.matches("\"task\":").count() == 1, "{line}");
            serde_json::from_str(&line).unwrap()
        };
        let line = parsed("{\"message\":\"so\",\"at\":{}}\n", Some("run \"1\""));
        assert_eq!(line, json!({"message": "so", "at": {}, "task": "clean", "run_id": "run \"1\""}));
        let line = parsed("{\"task\":\"clean\",\"run_id\":\"one\"}\n", Some("two"));
        assert_eq!(line, json!({"task": "clean", "run_id": "one"}));
        let quoting = "{\"message\":\"\\\"run_id\\\":1\"}\n";
        assert_eq!(parsed(quoting, None)["run_id"], Value::Null);
        assert_eq!(parsed(quoting, Some("one"))["run_id"], "one");
    }
}
