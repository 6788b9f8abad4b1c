//! What a call answers when it cannot do what was asked.

use poem_openapi::{
    Object,
    error::{ParseParamError, ParsePathError},
    payload::Json,
    types::Example,
};
use store::StoreError;

/// Every error has this form.
#[derive(Debug, Clone, Object)]
#[oai(example)]
pub struct Problem {
    /// What is wrong, and where possible what to do about it.
    pub detail: String,
}

impl Problem {
    /// A problem with this explanation.
    pub fn new(detail: impl Into<String>) -> Json<Self> {
        Json(Self { detail: detail.into() })
    }
}

impl Example for Problem {
    fn example() -> Self {
        Self { detail: "n must be a whole number from 1 to 100".to_owned() }
    }
}

/// Said when the database does not answer; the cause is in the log.
pub const UNAVAILABLE: &str = "the database cannot answer at the moment; try again in a few seconds";
/// Said before the first publish.
pub const NO_MODEL: &str = "no model is live yet; run the pipeline once, then try again";
/// Said when something is broken; the cause is in the log, under the request's id.
pub const INTERNAL: &str = "internal error; quote the x-request-id of this answer when you report it";

/// Whose fault a failure of the store is, for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// 503: the same call may succeed later.
    Unavailable,
    /// 500: it will not.
    Internal,
}

/// Logs the cause, which callers never see, and says how to answer.
#[must_use]
pub fn log_cause(error: &StoreError) -> Blame {
    if error.is_unavailable() {
        tracing::warn!("{error}");
        Blame::Unavailable
    } else {
        tracing::error!(cause = std::error::Error::source(error), "{error}");
        Blame::Internal
    }
}

/// The name of the parameter that cannot be read. The framework forgets the names of path parameters: it calls the
/// first one `param0`.
#[must_use]
pub fn bad_parameter(error: &poem::Error) -> Option<&'static str> {
    let in_query = error.downcast_ref::<ParseParamError>().map(|error| error.name);
    let in_path = error.downcast_ref::<ParsePathError>().map(|error| error.name);
    in_query.or(in_path)
}
