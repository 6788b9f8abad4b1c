//! What a call answers when it cannot do what was asked.

use std::borrow::Cow;

use poem::{IntoResponse, Response, error::ResponseError, http::StatusCode};
use poem_openapi::{
    Object,
    error::{ParseParamError, ParsePathError, ParseRequestPayloadError},
    types::Example,
};
use serde::Serialize;
use store::StoreError;

use crate::{auth::Refusal, edge::problem};

/// Every error has this form.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(example)]
pub struct Problem {
    /// What is wrong, and where possible what to do about it.
    pub detail: String,
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

/// Why a call failed, as the caller is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The status of the answer.
    pub status: StatusCode,
    /// The `detail` of its body.
    pub detail: Cow<'static, str>,
}

impl Fault {
    /// A fault with this explanation.
    pub fn new(status: StatusCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { status, detail: detail.into() }
    }

    /// 400.
    pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// 404.
    pub fn not_found(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// 409: what is asked contradicts itself.
    pub fn conflict(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    /// 503: the same call may succeed later.
    pub fn unavailable(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    }

    /// 500: it will not. The cause must be in the log already.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, INTERNAL)
    }

    /// A request that the framework could not read. `path` are the names of the parameters in the path: the framework
    /// calls them `param0` and so on.
    pub(crate) fn from_request(error: &poem::Error, path: &[&'static str]) -> Self {
        if let Some(error) = error.downcast_ref::<ParsePathError>() {
            let place = error.name.strip_prefix("param").and_then(|place| place.parse::<usize>().ok());
            let name = place.and_then(|place| path.get(place)).copied().unwrap_or(error.name);
            return Self::bad_parameter(name, &error.reason);
        }
        if let Some(error) = error.downcast_ref::<ParseParamError>() {
            return Self::bad_parameter(error.name, &error.reason);
        }
        if let Some(error) = error.downcast_ref::<ParseRequestPayloadError>() {
            return Self::bad_request(format!("the body cannot be read: {}", error.reason));
        }
        if let Some(refusal) = error.downcast_ref::<Refusal>() {
            return Self::new(refusal.status(), refusal.to_string());
        }
        match error.status() {
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body must be sent as application/json")
            }
            status if status.is_client_error() => Self::new(status, error.to_string()),
            _ => {
                tracing::error!("{error}");
                Self::internal()
            }
        }
    }

    fn bad_parameter(name: &str, reason: &str) -> Self {
        Self::bad_request(match wanted(name) {
            Some(wanted) => format!("{name} must be {wanted}"),
            None => format!("{name} cannot be read: {reason}"),
        })
    }
}

/// What a parameter must be. Larger ids are not exact in JSON as browsers read it.
fn wanted(name: &str) -> Option<&'static str> {
    Some(match name {
        "n" | "limit" => "a whole number from 1 to 100",
        "user_id" | "movie_id" | "exclude" | "version" => "a whole number from 1 to 9007199254740991",
        "offset" => "a whole number from 0 to 100000",
        "sort" => "relevance, popular, title or year",
        "q" | "genre" => "at most 100 characters",
        "cursor" => "the next_cursor of the page before",
        "year" | "min_year" | "max_year" => "a whole number from 1800 to 2200",
        "explain" => "true or false",
        "fallback" => "popular",
        _ => return None,
    })
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        problem(self.status, &self.detail)
    }
}

/// Logs the cause, which callers never see.
impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        if error.is_unavailable() {
            tracing::warn!("{error}");
            Self::unavailable(UNAVAILABLE)
        } else {
            tracing::error!(cause = std::error::Error::source(&error), "{error}");
            Self::internal()
        }
    }
}
