//! Why a call is refused.

use poem::{error::ResponseError, http::StatusCode};

use super::Scope;

/// Why a token does not do. Its text is for the caller and tells nothing of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenError {
    /// The service has no key to verify tokens with.
    #[error(
        "this call needs a token and none can be verified; \
         start the service with API_JWT_SECRET or API_JWT_PUBLIC_KEY_FILE"
    )]
    NotSetUp,
    #[error("this call needs a token; send it as `authorization: Bearer TOKEN`")]
    Missing,
    #[error("the authorization header must have the form `Bearer TOKEN`")]
    NotBearer,
    /// It is not a JWT, or its claims have other types than they should.
    #[error("the token cannot be read; it must be a JWT")]
    Malformed,
    #[error("the token is signed by an algorithm that is not accepted here")]
    OtherAlgorithm,
    #[error("the signature of the token is wrong")]
    BadSignature,
    #[error("the token has expired")]
    Expired,
    #[error("the token is not valid yet")]
    NotYetValid,
    /// A claim is missing or meant for others.
    #[error("the token's claim `{0}` is missing or not the one that is accepted here")]
    BadClaim(&'static str),
    #[error("the token lacks the scope `{0}`")]
    LacksScope(Scope),
}

impl ResponseError for TokenError {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotSetUp => StatusCode::SERVICE_UNAVAILABLE,
            Self::LacksScope(_) => StatusCode::FORBIDDEN,
            _ => StatusCode::UNAUTHORIZED,
        }
    }
}
