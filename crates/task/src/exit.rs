//! Exit codes: what a scheduler may conclude from how a task ended.

use crate::report::{Outcome, Report};

/// The codes that every task can end with.
pub(crate) const FAILED: i32 = 1;
pub(crate) const WRONG_USAGE: i32 = 2;
pub(crate) const GATE_CLOSED: i32 = 3;
pub(crate) const NOTHING_TO_DO: i32 = 99;

/// The flags make no sense: exit code 2.
#[derive(Debug)]
pub struct WrongUsage(String);

impl WrongUsage {
    /// With a message that names the flag and the remedy.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl std::fmt::Display for WrongUsage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WrongUsage {}

/// The model is not good enough to be published: exit code 3.
#[derive(Debug)]
pub struct GateClosed {
    reason: String,
    report: Report,
}

impl GateClosed {
    /// With the reason, and what the task has to report nevertheless.
    #[must_use]
    pub fn new(reason: impl Into<String>, report: Report) -> Self {
        Self { reason: reason.into(), report }
    }

    /// The report that ends standard output.
    pub(crate) fn report(&self) -> Report {
        let mut report = self.report.clone();
        report.outcome = Outcome::GateClosed;
        report.reason = Some(self.reason.clone());
        report
    }
}

impl std::fmt::Display for GateClosed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the quality gate is closed: {}", self.reason)
    }
}

impl std::error::Error for GateClosed {}

/// The exit code that an error stands for.
pub(crate) fn code_of(error: &anyhow::Error) -> i32 {
    if error.is::<GateClosed>() {
        GATE_CLOSED
    } else if error.is::<WrongUsage>() {
        WRONG_USAGE
    } else {
        FAILED
    }
}
