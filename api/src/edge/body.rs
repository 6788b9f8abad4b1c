//! Request bodies: small, and whole before anything is done with them.

use poem::{Body, Request, error::ReadBodyError, http::header};

use super::admission::Denial;

/// The longest body, in bytes: a fold-in with a few thousand ratings.
pub(crate) const LONGEST: usize = 64 * 1024;

/// Refuses a body that says it is too long. It is not even skipped.
pub(crate) fn check_length(request: &Request) -> Result<(), Denial> {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let is_long =
        length.and_then(|length| length.parse::<usize>().ok()).is_some_and(|length| length > LONGEST);
    if is_long { Err(Denial::too_large()) } else { Ok(()) }
}

/// Receives the body, which may be longer than it said or say nothing.
pub(crate) async fn receive(request: &mut Request) -> Result<(), Denial> {
    let body = request.take_body();
    if body.is_empty() {
        return Ok(());
    }
    let bytes = body.into_bytes_limit(LONGEST).await.map_err(|error| match error {
        ReadBodyError::PayloadTooLarge => Denial::too_large(),
        _ => Denial::unreadable(),
    })?;
    request.set_body(Body::from_bytes(bytes));
    Ok(())
}
