//! What an operation answers, and how the description says so.
//!
//! An operation returns [`Answer`] with a body type and an [`Operation`], which lists every other status it can give. So the
//! description cannot forget one, and every error has the one form of [`Problem`].

use std::marker::PhantomData;

use poem::{
    Error, IntoResponse, Response,
    http::{HeaderValue, StatusCode, header},
};
use poem_openapi::{
    ApiResponse,
    payload::{Json, Payload},
    registry::{MetaHeader, MetaResponse, MetaResponses, Registry},
    types::Type,
};
use serde::Serialize;

use crate::errors::{Fault, Problem};

/// What an operation is called with and can end in.
pub trait Operation: Send + 'static {
    /// What a 200 means.
    const MEANS: &'static str;
    /// The parameters in the path, in their order: the framework forgets their names.
    const PATH: &'static [&'static str] = &[];
    /// Whether answers carry an `ETag`, so that there is a 304.
    const HAS_ETAG: bool = false;
    /// Every error status, with what it means.
    const FAULTS: &'static [(u16, &'static str)];
}

/// 400 for anything that cannot be read.
pub const BAD_REQUEST: (u16, &str) = (400, "A parameter or the body cannot be read; the detail names it");
/// 401 by a bad token, or by none where one is needed.
pub const UNAUTHORIZED: (u16, &str) = (401, "The token is missing, cannot be read or has expired");
/// 403 by a token of a lesser scope.
pub const FORBIDDEN: (u16, &str) = (403, "The token does not have the scope");
/// 413 by a long body.
pub const TOO_LARGE: (u16, &str) = (413, "The body is longer than 64 KiB");
/// 415 by a body that is not JSON.
pub const UNSUPPORTED: (u16, &str) = (415, "The body is not application/json");
/// 429 by too many requests.
pub const TOO_MANY: (u16, &str) = (429, "Too many requests; see the retry-after header");
/// 500 by a bug or a damaged database.
pub const INTERNAL: (u16, &str) = (500, "Something is broken");
/// 503 whenever the same call may succeed later.
pub const UNAVAILABLE: (u16, &str) =
    (503, "The database does not answer, no model is live, or the service is busy");

/// What an operation answers: a body, or what is wrong.
#[derive(Debug)]
pub struct Answer<T, O> {
    outcome: Result<Success<T>, Fault>,
    operation: PhantomData<fn() -> O>,
}

/// A good answer.
#[derive(Debug)]
pub struct Success<T> {
    /// The body; `None` if the caller has it already.
    body: Option<T>,
    /// The tag by which the caller may ask whether it changed; without one it must not be kept.
    tag: Option<String>,
}

impl<T> Success<T> {
    /// A body, with a tag that changes whenever it does, if it has one.
    pub fn tagged(body: T, tag: Option<String>) -> Self {
        Self { body: Some(body), tag }
    }

    /// 304: the caller has the body with this tag.
    #[must_use]
    pub fn unchanged(tag: Option<String>) -> Self {
        Self { body: None, tag }
    }
}

impl<T> From<T> for Success<T> {
    fn from(body: T) -> Self {
        Self::tagged(body, None)
    }
}

/// Whether the header `If-None-Match` names the tag.
#[must_use]
pub fn is_among(tag: Option<&str>, if_none_match: Option<&str>) -> bool {
    let (Some(tag), Some(named)) = (tag, if_none_match) else { return false };
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    named.split(',').any(|named| opaque(named) == opaque(tag))
}

impl<T, O, F: Into<Fault>, S: Into<Success<T>>> From<Result<S, F>> for Answer<T, O> {
    fn from(outcome: Result<S, F>) -> Self {
        Self { outcome: outcome.map(Into::into).map_err(Into::into), operation: PhantomData }
    }
}

impl<T: Serialize + Send, O: Send> IntoResponse for Answer<T, O> {
    fn into_response(self) -> Response {
        let success = match self.outcome {
            Ok(success) => success,
            Err(fault) => return fault.into_response(),
        };
        let mut response = match success.body.map(|body| json(&body)) {
            None => StatusCode::NOT_MODIFIED.into(),
            Some(Ok(json)) => Response::builder().content_type(Json::<Problem>::CONTENT_TYPE).body(json),
            Some(Err(error)) => {
                tracing::error!(%error, "the answer cannot be written as JSON");
                return Fault::internal().into_response();
            }
        };
        let headers = response.headers_mut();
        // Kept only to be asked for again: it may change with the next version or the next rating.
        let keeping = if success.tag.is_some() { "private, no-cache" } else { "no-store" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keeping));
        if let Some(tag) = success.tag.and_then(|tag| HeaderValue::try_from(tag).ok()) {
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
    const BAD_REQUEST_HANDLER: bool = true;

    fn meta() -> MetaResponses {
        let tag =
            || header("ETAG", "Sent back as if-none-match, it asks whether the answer is still the same");
        let tags = || if O::HAS_ETAG { vec![tag()] } else { Vec::new() };
        let mut good = response::<T>(200, O::MEANS);
        good.headers = tags();
        let mut responses = vec![good];
        if O::HAS_ETAG {
            let description = "The answer is still the one with the tag of if-none-match";
            responses.push(MetaResponse {
                description,
                content: Vec::new(),
                headers: tags(),
                ..response::<T>(304, "")
            });
        }
        responses.extend(O::FAULTS.iter().map(|&(status, means)| fault(status, means)));
        MetaResponses { responses }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
        Problem::register(registry);
    }

    fn from_parse_request_error(error: Error) -> Self {
        Self { outcome: Err(Fault::from_request(&error, O::PATH)), operation: PhantomData }
    }
}

fn response<T: Type>(status: u16, description: &'static str) -> MetaResponse {
    let content = <Json<T> as poem_openapi::ResponseContent>::media_types();
    MetaResponse { description, status: Some(status), status_range: None, content, headers: Vec::new() }
}

fn fault(status: u16, means: &'static str) -> MetaResponse {
    let mut meta = response::<Problem>(status, means);
    if status == 429 || status == 503 {
        meta.headers.push(header("RETRY-AFTER", "Seconds to wait"));
    }
    if status == 401 {
        meta.headers.push(header("WWW-AUTHENTICATE", "Which kind of token is wanted"));
    }
    meta
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
