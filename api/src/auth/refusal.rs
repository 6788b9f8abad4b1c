//! Why a call is refused.

use std::fmt;

use poem::{Response, error::ResponseError, http::StatusCode};

use super::Scope;
use crate::edge::problem;

/// Why a token does not do. Its text is for the caller and tells nothing of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The service has no key to verify tokens with.
    NotSetUp,
    /// There is no token.
    Missing,
    /// The header is not of the form `Bearer TOKEN`.
    NotBearer,
    /// It is not a JWT, or its claims have other types than they should.
    Malformed,
    /// It is signed by another algorithm than the one that is set up.
    OtherAlgorithm,
    /// The signature is not that of the key.
    BadSignature,
    /// It is past `exp`.
    Expired,
    /// It is before `nbf`.
    NotYetValid,
    /// A claim is missing or meant for others.
    BadClaim(&'static str),
    /// It is good, but not for this.
    LacksScope(Scope),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSetUp => {
                "this call needs a token and none can be verified; \
                 start the service with API_JWT_SECRET or API_JWT_PUBLIC_KEY_FILE"
            }
            Self::Missing => "this call needs a token; send it as `authorization: Bearer TOKEN`",
            Self::NotBearer => "the authorization header must have the form `Bearer TOKEN`",
            Self::Malformed => "the token cannot be read; it must be a JWT",
            Self::OtherAlgorithm => "the token is signed by an algorithm that is not accepted here",
            Self::BadSignature => "the signature of the token is wrong",
            Self::Expired => "the token has expired",
            Self::NotYetValid => "the token is not valid yet",
            Self::BadClaim(name) => {
                return write!(
                    f,
                    "the token's claim `{name}` is missing or not the one that is accepted here"
                );
            }
            Self::LacksScope(scope) => return write!(f, "the token lacks the scope `{scope}`"),
        })
    }
}

impl std::error::Error for Refusal {}

impl ResponseError for Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotSetUp => StatusCode::SERVICE_UNAVAILABLE,
            Self::LacksScope(_) => StatusCode::FORBIDDEN,
            _ => StatusCode::UNAUTHORIZED,
        }
    }

    fn as_response(&self) -> Response {
        problem(self.status(), &self.to_string())
    }
}
