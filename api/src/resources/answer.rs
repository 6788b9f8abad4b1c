//! What an operation answers, and how the description says so.
//!
//! An operation returns [`Answered`] with a body type and an [`Operation`], which lists every other status it can give. So
//! the description cannot forget one, and every error has the one form of [`Problem`].

use std::marker::PhantomData;

use poem::{
    IntoResponse, Response,
    http::{HeaderValue, StatusCode, header},
};
use poem_openapi::{
    ApiResponse, ResponseContent,
    payload::{Json, Payload},
    registry::{MetaHeader, MetaResponse, MetaResponses, Registry},
    types::Type,
};
use serde::Serialize;

use crate::edge::Problem;

/// What an operation can end in.
pub(crate) trait Operation: Send + 'static {
    /// What a 200 means.
    const MEANS: &'static str;
    /// Whether answers carry an `ETag`, so that there is a 304.
    const HAS_ETAG: bool = false;
    /// Every error status, with what it means.
    const PROBLEMS: &'static [(u16, &'static str)];
}

pub(crate) const BAD_REQUEST: (u16, &str) =
    (400, "A parameter or the body is invalid; `detail` says which and why");
pub(crate) const UNAUTHORIZED: (u16, &str) = (401, "The token is missing, invalid or expired");
pub(crate) const FORBIDDEN: (u16, &str) = (403, "The token lacks the required scope");
pub(crate) const TOO_LARGE: (u16, &str) = (413, "The body is longer than 64 KiB");
pub(crate) const UNSUPPORTED: (u16, &str) = (415, "The body is not application/json");
pub(crate) const TOO_MANY: (u16, &str) = (429, "Too many requests; see the retry-after header");
/// A bug or a damaged database.
pub(crate) const INTERNAL: (u16, &str) = (500, "Internal error");
/// Whenever the same call may succeed later.
pub(crate) const UNAVAILABLE: (u16, &str) =
    (503, "The database does not answer, no model is live, or the service is busy");

/// What an operation returns.
pub(crate) type Answered<T, O> = Result<Answer<T, O>, Problem>;

/// A good answer to an operation.
#[derive(Debug)]
pub(crate) struct Answer<T, O> {
    /// `None` if the caller has it already.
    body: Option<T>,
    /// By which the caller may ask whether the body changed; without one it must not be kept.
    tag: Option<String>,
    operation: PhantomData<fn() -> O>,
}

impl<T, O> Answer<T, O> {
    /// A body, with a tag that changes whenever it does, if it has one.
    pub(crate) fn tagged(body: T, tag: Option<String>) -> Self {
        Self { body: Some(body), tag, operation: PhantomData }
    }

    /// 304: the caller has the body with this tag.
    pub(crate) fn unchanged(tag: Option<String>) -> Self {
        Self { body: None, tag, operation: PhantomData }
    }
}

impl<T, O> From<T> for Answer<T, O> {
    fn from(body: T) -> Self {
        Self::tagged(body, None)
    }
}

impl<T: Serialize + Send, O: Send> IntoResponse for Answer<T, O> {
    fn into_response(self) -> Response {
        let mut response = match self.body.map(|body| json(&body)) {
            None => StatusCode::NOT_MODIFIED.into(),
            Some(Ok(json)) => Response::builder().content_type(Json::<Problem>::CONTENT_TYPE).body(json),
            Some(Err(error)) => {
                tracing::error!(%error, "the answer cannot be written as JSON");
                return Problem::internal().into_response();
            }
        };
        let headers = response.headers_mut();
        // Kept only to be asked for again: it may change with the next version or the next rating.
        let keeping = if self.tag.is_some() { "private, no-cache" } else { "no-store" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keeping));
        if let Some(tag) = self.tag.and_then(|tag| HeaderValue::try_from(tag).ok()) {
            headers.insert(header::ETAG, tag);
        }
        response
    }
}

/// Room for a list of ten movies, so that it does not grow in steps.
const USUAL: usize = 1_024;

fn json(body: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut json = Vec::with_capacity(USUAL);
    serde_json::to_writer(&mut json, body).map(|()| json)
}

impl<T: Type + Serialize + Send, O: Operation> ApiResponse for Answer<T, O> {
    fn meta() -> MetaResponses {
        let tag = || header("ETAG", "Send it as if-none-match to ask whether the answer has changed");
        let tags = || if O::HAS_ETAG { vec![tag()] } else { Vec::new() };
        let mut responses = vec![MetaResponse { headers: tags(), ..response::<T>(200, O::MEANS) }];
        if O::HAS_ETAG {
            let unchanged = response::<T>(304, "The answer still has the ETag given in if-none-match");
            responses.push(MetaResponse { content: Vec::new(), headers: tags(), ..unchanged });
        }
        responses.extend(O::PROBLEMS.iter().map(|&(status, means)| problem(status, means)));
        MetaResponses { responses }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

fn response<T: Type>(status: u16, description: &'static str) -> MetaResponse {
    let content = <Json<T> as ResponseContent>::media_types();
    MetaResponse { description, status: Some(status), status_range: None, content, headers: Vec::new() }
}

fn problem(status: u16, means: &'static str) -> MetaResponse {
    let headers = match status {
        429 | 503 => vec![header("RETRY-AFTER", "Seconds to wait")],
        401 => vec![header("WWW-AUTHENTICATE", "The kind of token that is expected")],
        _ => Vec::new(),
    };
    MetaResponse { headers, ..response::<Problem>(status, means) }
}

fn header(name: &str, description: &str) -> MetaHeader {
    MetaHeader {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        required: false,
        deprecated: false,
        schema: String::schema_ref(),
    }
}
