//! Making tokens.

use anyhow::{Context, Result};
use clap::builder::NonEmptyStringValueParser;
use jsonwebtoken::{EncodingKey, Header, encode, get_current_timestamp};
use serde::Serialize;

use super::{KeyArgs, Scope, Secret, Trust};

const SECONDS_A_DAY: u64 = 24 * 60 * 60;

#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    scope: &'a str,
    iat: u64,
    exp: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
}

/// Which token to make.
#[derive(Debug, clap::Args)]
pub struct TokenCommand {
    #[command(flatten)]
    keys: KeyArgs,

    /// Scope of the token
    #[arg(long, value_enum)]
    scope: Scope,

    /// Subject of the token; each has its own rate limit
    #[arg(long, default_value = "operator", value_name = "NAME",
          value_parser = NonEmptyStringValueParser::new())]
    subject: String,

    /// Days until it expires
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
}

impl TokenCommand {
    /// The token.
    ///
    /// # Errors
    /// There is no secret to sign with, or it is too short.
    pub fn run(&self) -> Result<String> {
        mint(&self.keys.secret()?, &self.keys.trust(0), &self.subject, self.scope, self.days)
    }
}

/// A token (HS256) for `subject` that is good for so many days, and that a service with the same secret and `trust`
/// believes.
fn mint(secret: &Secret, trust: &Trust, subject: &str, scope: Scope, days: u32) -> Result<String> {
    let iat = get_current_timestamp();
    let claims = Claims {
        sub: subject,
        scope: scope.name(),
        iat,
        exp: iat + u64::from(days) * SECONDS_A_DAY,
        iss: trust.issuer.as_deref(),
        aud: trust.audience.as_deref(),
    };
    encode(&Header::default(), &claims, &EncodingKey::from_secret(secret.bytes()))
        .context("cannot sign the token")
}

#[cfg(test)]
mod tests {
    use poem::http::HeaderValue;

    use super::*;
    use crate::auth::{Key, Verifier};

    #[test]
    fn a_minted_token_is_believed_by_whoever_has_the_secret() {
        let secret = Secret::from("a secret of at least thirty-two bytes".to_owned());
        let trust = Trust { issuer: Some("us".into()), audience: Some("films".into()), ..Trust::default() };
        let token = mint(&secret, &trust, "team", Scope::Admin, 1).unwrap();
        let header = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
        let caller = Verifier::new(&Key::Secret(secret), &trust).verify(Some(&header)).unwrap();
        assert_eq!((&*caller.subject, caller.scope), ("team", Some(Scope::Admin)));
    }
}
