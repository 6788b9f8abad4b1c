//! The life of a task: parse, log, run, report, exit.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use crate::arguments::CommonArgs;
use crate::exit;
use crate::logging::{log_run, start_logging};
use crate::push::{self, Pusher};
use crate::report::{Outcome, Report};

/// The git revision the program was built from.
pub const REVISION: &str = env!("CINELAKE_REVISION");

/// How long a gateway may take to answer a task that was told to stop, which has two seconds.
const LAST_WORD: Duration = Duration::from_secs(1);

/// One step of the pipeline.
pub trait Task: Parser {
    /// Its name, for example `clean`.
    const NAME: &'static str;

    /// The flags that every task has.
    fn common(&self) -> &CommonArgs;

    /// Whether this is the work that the name stands for, whose figures Prometheus wants, and not what else the program
    /// can be asked for by hand.
    fn is_step(&self) -> bool {
        true
    }

    /// Does the work.
    ///
    /// # Errors
    /// [`GateClosed`](crate::GateClosed) and [`WrongUsage`](crate::WrongUsage) have exit codes of their own;
    /// everything else is exit code 1.
    fn run(self) -> impl Future<Output = anyhow::Result<Report>>;
}

/// Runs a task from its command line to its exit code. The last line of standard output is its report.
pub fn run<T: Task>() -> ! {
    // Wrong flags end here: clap prints what is wrong and exits with 2.
    let task = T::parse();
    start_logging(T::NAME);
    let common = task.common().clone();
    let started = Instant::now();
    let pusher = Pusher::new(T::NAME, &common, started).filter(|_| task.is_step());
    common.given_run_id().into_iter().for_each(log_run);
    tracing::info!(task = T::NAME, run_id = common.given_run_id(), revision = REVISION, "task started");
    log_panics();
    let result = exit_on_signal(pusher.clone())
        .and_then(|()| start_threads(&common))
        .and_then(|runtime| run_to_end(&runtime, task));
    let seconds = started.elapsed().as_secs_f64();
    if let Err(error) = &result {
        tracing::error!(task = T::NAME, seconds, "{} failed: {}", T::NAME, one_line(error));
    }
    let code = result.as_ref().map_or_else(exit::code_of, |_| 0);
    let report =
        result.or_else(|error| error.downcast::<exit::GateClosed>().map(|closed| closed.report())).ok();
    if let Some(pusher) = pusher {
        pusher.push(report.as_ref(), push::TIMEOUT);
    }
    // Leaves without waiting for threads that may still compute what nobody wants any more.
    std::process::exit(report.map_or(code, |report| finish(T::NAME, report, seconds)))
}

/// Logs and prints how the task ended, and says its exit code.
#[allow(clippy::print_stdout, reason = "the report is the one thing a task prints besides its logs")]
fn finish(name: &'static str, mut report: Report, seconds: f64) -> i32 {
    if let Some(bytes) = push::peak_memory_bytes() {
        #[allow(clippy::cast_precision_loss, reason = "far below 2^52 bytes")]
        report.metric("peak_memory_bytes", bytes as f64);
    }
    tracing::info!(task = name, seconds, outcome = ?report.outcome, "task ended");
    println!("{}", report.line(name, seconds));
    match report.outcome {
        Outcome::Done | Outcome::AlreadyDone => 0,
        Outcome::Skipped => exit::NOTHING_TO_DO,
        Outcome::GateClosed => exit::GATE_CLOSED,
    }
}

fn start_threads(common: &CommonArgs) -> anyhow::Result<tokio::runtime::Runtime> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = common.threads {
        runtime.worker_threads(threads.get());
        rayon::ThreadPoolBuilder::new().num_threads(threads.get()).build_global()?;
    }
    Ok(runtime.enable_all().build()?)
}

/// Runs the task; a panic of it is a failure like any other.
fn run_to_end<T: Task>(runtime: &tokio::runtime::Runtime, task: T) -> anyhow::Result<Report> {
    let work = AssertUnwindSafe(|| runtime.block_on(task.run()));
    std::panic::catch_unwind(work).unwrap_or_else(|_| Err(anyhow::anyhow!("this is a bug, please report it")))
}

/// Logs a panic in one line, but not the one that `deltalake` catches when an upload cannot be ended, as on a
/// full disk: its cause comes back as an error.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        if !place.contains("object_store") {
            let message = panic.payload_as_str().unwrap_or("no message").replace('\n', " ");
            tracing::warn!(place, "panicked: {message}");
        }
    }));
}

/// An error with its causes, each said once: libraries tend to repeat the cause in their own message. What a file says, its name
/// included, may be in it, so control characters become spaces.
fn one_line(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain().map(|cause| cause.to_string().replace(char::is_control, " ")) {
        if !line.contains(&cause) {
            let separator = if line.is_empty() { "" } else { ": " };
            line.push_str(separator);
            line.push_str(&cause);
        }
    }
    line
}

/// Ends the process at once with exit code 1 on SIGTERM and on SIGINT.
///
/// Stopping needs no clean-up: commits to the lake and to the database are atomic, so what is not committed
/// does not exist. SIGKILL, SIGTERM and a power cut take the same way. The signals have a thread of their
/// own, so that long computations need not look out for them.
fn exit_on_signal(pusher: Option<Pusher>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let (mut terminate, mut interrupt) = {
        let _inside = runtime.enter();
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?)
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let name = runtime.block_on(async {
            tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
            }
        });
        tracing::error!("stopped by {name}: nothing is half committed, run it again with the same run id");
        if let Some(pusher) = pusher {
            pusher.push(None, LAST_WORD);
        }
        std::process::exit(exit::FAILED);
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn an_error_says_each_cause_once_and_in_one_line() {
        let cause = anyhow::anyhow!("disk\n\0is\rfull");
        let error = Err::<(), _>(cause).context("cannot write: disk  is full").context("train").unwrap_err();
        assert_eq!(one_line(&error), "train: cannot write: disk  is full");
    }
}
