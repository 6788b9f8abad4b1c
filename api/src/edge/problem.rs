//! What a call answers when it cannot do what was asked: the one place where failures become HTTP.

use poem::{
    IntoResponse, Response,
    error::ResponseError,
    http::{HeaderValue, StatusCode, header},
};
use poem_openapi::{
    ApiResponse, Object,
    error::{ParseParamError, ParsePathError, ParseRequestPayloadError},
    registry::{MetaResponses, Registry},
    types::{Example, Type},
};
use serde_json::json;
use store::StoreError;

use super::paths::Path;
use crate::{auth::TokenError, serving::ServingError};

/// Every error has this form.
#[derive(Debug, Clone, Object, thiserror::Error)]
#[oai(example)]
#[error("{detail}")]
pub(crate) struct Problem {
    /// What is wrong, and where possible what to do about it.
    pub(crate) detail: String,
    #[oai(skip)]
    pub(crate) status: StatusCode,
    /// Seconds to wait, where that is known.
    #[oai(skip)]
    retry_after: Option<u64>,
}

/// Said before the first publish.
pub(crate) const NO_MODEL: &str = "no model is live yet; run the pipeline once, then try again";

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), status, retry_after: None }
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// 409: what is asked contradicts itself.
    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    pub(crate) fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is longer than 64 KiB")
    }

    pub(crate) fn too_many(by: &str, wait: u64) -> Self {
        let detail = format!("too many requests {by}; try again in {wait} s");
        Self { retry_after: Some(wait), ..Self::new(StatusCode::TOO_MANY_REQUESTS, detail) }
    }

    /// 503: the same call may succeed later.
    pub(crate) fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    }

    pub(crate) fn busy() -> Self {
        let detail = "the service is busy; try again in a second";
        Self { retry_after: Some(1), ..Self::unavailable(detail) }
    }

    /// 500: it will not. The cause must be in the log already.
    pub(crate) fn internal() -> Self {
        let detail = "internal error; quote the x-request-id of this answer when you report it";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    }

    fn database_unavailable() -> Self {
        Self::unavailable("the database cannot answer at the moment; try again in a few seconds")
    }

    /// Whatever ended a request, on this path and by this method.
    pub(super) fn from_error(error: &poem::Error, path: Option<&Path>, method: &str) -> Self {
        let bad_parameter = |name, reason: &str| {
            let detail = path.and_then(|path| path.bad_parameter(method, name));
            Self::bad_request(detail.unwrap_or_else(|| format!("{name} cannot be read: {reason}")))
        };
        if let Some(problem) = error.downcast_ref::<Self>() {
            problem.clone()
        } else if let Some(error) = error.downcast_ref::<TokenError>() {
            (*error).into()
        } else if let Some(error) = error.downcast_ref::<ParsePathError>() {
            bad_parameter(error.name, &error.reason)
        } else if let Some(error) = error.downcast_ref::<ParseParamError>() {
            bad_parameter(error.name, &error.reason)
        } else if let Some(error) = error.downcast_ref::<ParseRequestPayloadError>() {
            Self::bad_request(format!("the body cannot be read: {}", error.reason))
        } else {
            Self::from_status(error)
        }
    }

    /// What the framework itself refuses.
    fn from_status(error: &poem::Error) -> Self {
        let status = error.status();
        let detail = match status {
            StatusCode::NOT_FOUND => "there is nothing here; GET / lists the endpoints".to_owned(),
            StatusCode::METHOD_NOT_ALLOWED => {
                "this method is not allowed here; see the allow header".to_owned()
            }
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "the body must be sent as application/json".to_owned(),
            status if status.is_client_error() => error.to_string(),
            _ => {
                tracing::error!("{error}");
                return Self::internal();
            }
        };
        Self::new(status, detail)
    }
}

/// Logs the cause of what callers are not told.
impl From<ServingError> for Problem {
    fn from(error: ServingError) -> Self {
        match error {
            ServingError::UnknownUser { user_id } => Self::not_found(format!(
                "{error}; try /reco/{user_id}?fallback=popular, or POST /reco/fold-in with some ratings"
            )),
            ServingError::UnknownUserKey { .. } => Self::not_found(format!(
                "{error}; try fallback=popular, or POST /reco/fold-in with some ratings"
            )),
            ServingError::UnknownMovie { .. } | ServingError::UnknownMovieKey { .. } => {
                Self::not_found(format!("{error}; GET /movies finds movies"))
            }
            ServingError::UnknownGenre { .. } => Self::not_found(format!("{error}; GET /genres lists them")),
            ServingError::UnratedMovie { .. }
            | ServingError::NoUserKeys { .. }
            | ServingError::NoSuchNumber { .. } => Self::not_found(error.to_string()),
            ServingError::NoModel => Self::unavailable(NO_MODEL),
            ServingError::VersionGone => Self::unavailable(format!("{error}; try again")),
            ServingError::Stopping => Self::unavailable(error.to_string()),
            ServingError::Unreachable | ServingError::NoAnnouncements => Self::database_unavailable(),
            ServingError::Store(error) => (&*error).into(),
            // The panic is in the log already.
            ServingError::Panicked(_) => Self::internal(),
            ServingError::Model { .. }
            | ServingError::Factors { .. }
            | ServingError::Solver(_)
            | ServingError::RedisUrl(_) => {
                tracing::error!("{error}");
                Self::internal()
            }
        }
    }
}

impl From<&StoreError> for Problem {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::UnknownVersion { .. } | StoreError::UnservableVariant { .. } => {
                Self::not_found(error.to_string())
            }
            StoreError::PublishInProgress { .. } => {
                Self::unavailable("a publish is running; try again when it has ended")
            }
            _ if error.is_unavailable() => {
                tracing::warn!("{error}");
                Self::database_unavailable()
            }
            _ => {
                tracing::error!(cause = std::error::Error::source(error), "{error}");
                Self::internal()
            }
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        (&error).into()
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        Self::new(error.status(), error.to_string())
    }
}

impl ResponseError for Problem {
    fn status(&self) -> StatusCode {
        self.status
    }

    fn as_response(&self) -> Response {
        self.clone().into_response()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::builder()
            .status(self.status)
            .content_type("application/json; charset=utf-8")
            .header(header::CACHE_CONTROL, "no-store")
            .body(json!({"detail": self.detail}).to_string());
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// An operation lists what it can end in itself: see `resources::Operation`.
impl ApiResponse for Problem {
    fn meta() -> MetaResponses {
        MetaResponses { responses: Vec::new() }
    }

    fn register(registry: &mut Registry) {
        <Self as Type>::register(registry);
    }
}

impl Example for Problem {
    fn example() -> Self {
        Self::bad_request("n must be a whole number from 1 to 100")
    }
}
