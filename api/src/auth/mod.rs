//! Who may call what: bearer tokens (JWT, RFC 7519 and 6750) that name scopes.
//!
//! The edge reads the token of a request once; an operation that needs one takes a [`WriteToken`] or an
//! [`AdminToken`] as its first argument, which refuses the call without it and says so in the OpenAPI description.

mod args;
mod argument;
mod error;
mod mint;
mod verifier;

use std::{fmt, sync::Arc};

use clap::ValueEnum;
use poem::http::{HeaderMap, header};

use self::args::KeyArgs;
pub use self::{
    args::Secret,
    mint::TokenCommand,
    verifier::{Key, Trust, Verifier},
};
pub(crate) use self::{
    args::TokenArgs,
    argument::{AdminToken, WriteToken},
    error::TokenError,
};

/// What a token allows. A greater scope implies the lesser ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Scope {
    /// To read, where reading is not open to all.
    Read,
    /// To record ratings, too.
    Write,
    /// To choose what is served, too.
    Admin,
}

impl Scope {
    const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Admin];

    /// As the claim `scope` has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }

    /// The greatest scope of a claim, a list separated by spaces. Words of other services are passed over.
    fn greatest(claim: &str) -> Option<Self> {
        let named = |word| Self::ALL.into_iter().find(|scope| scope.name() == word);
        claim.split(' ').filter_map(named).max()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whom a token stands for. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The claim `sub`.
    pub(crate) subject: Arc<str>,
    /// The greatest scope, if the token has one.
    pub(crate) scope: Option<Scope>,
}

impl Caller {
    /// Refuses a caller without this scope.
    pub(crate) fn require(&self, needed: Scope) -> Result<(), TokenError> {
        if self.scope >= Some(needed) { Ok(()) } else { Err(TokenError::LacksScope(needed)) }
    }
}

/// How callers are recognized.
#[derive(Debug, Clone, Default)]
pub struct Tokens {
    /// Without it no token is taken, and calls that need one are refused.
    pub verifier: Option<Verifier>,
    /// Whether reading needs a token, too.
    pub required: bool,
}

impl Tokens {
    /// Who sent a request with these headers.
    pub(crate) fn identify(&self, headers: &HeaderMap) -> Result<Caller, TokenError> {
        let verifier = self.verifier.as_ref().ok_or(TokenError::NotSetUp)?;
        verifier.verify(headers.get(header::AUTHORIZATION))
    }
}

/// What is known of the sender, as the edge hands it to the operation.
#[derive(Debug, Clone)]
pub(crate) struct Identity(pub(crate) Result<Caller, TokenError>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greater_scope_implies_the_lesser_ones() {
        let may = |claim: &str, scope| {
            let caller = Caller { subject: "team".into(), scope: Scope::greatest(claim) };
            caller.require(scope).is_ok()
        };
        for (claim, allowed) in [
            ("", [false, false, false]),
            ("read", [true, false, false]),
            ("write", [true, true, false]),
            ("admin", [true, true, true]),
            ("openid  write read", [true, true, false]),
            ("Admin administrator", [false, false, false]),
        ] {
            assert_eq!(Scope::ALL.map(|scope| may(claim, scope)), allowed, "{claim}");
        }
    }
}
