//! What every pipeline task shares: arguments, logging, progress, report, metrics push and exit codes.
//!
//! A task is a type that implements [`Task`]; its `main` is [`run`]:
//!
//! ```text
//! fn main() {
//!     task::run::<Clean>()
//! }
//! ```

mod arguments;
mod exit;
pub mod gauges;
mod logging;
mod progress;
mod push;
mod report;
mod runner;

pub use arguments::CommonArgs;
pub use exit::{GateClosed, WrongUsage};
pub use logging::log_run;
pub use progress::Progress;
pub use report::{Outcome, Report, Written};
pub use runner::{REVISION, Task, run};
