//! What every pipeline task shares: arguments, logging, progress, report, metrics push, exit codes, and the skeleton of a step.
//!
//! A step of the pipeline is a type that implements [`Step`], any other program one that implements [`Task`]; its `main` is
//! [`run`]:
//!
//! ```text
//! fn main() {
//!     task::run::<Clean>()
//! }
//! ```

mod arguments;
mod exit;
pub mod gauges;
mod histories;
mod http;
mod logging;
mod memory;
mod progress;
mod push;
mod report;
mod runner;
mod step;

pub use arguments::{CommonArgs, DatabaseArgs};
pub use exit::{GateClosed, WrongUsage};
pub use histories::read_histories;
pub use http::http_client;
pub use logging::log_run;
pub use memory::MemoryArgs;
pub use progress::Progress;
pub use report::{Outcome, Report};
pub use runner::{REVISION, Task, run};
pub use step::{Run, Step};
