//! Verifying tokens.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, errors::ErrorKind};
use poem::http::HeaderValue;
use serde::Deserialize;

use super::{Caller, Scope, Secret, TokenError};

/// What tokens are verified with. The algorithm follows from it and never from the token, so that a token cannot choose
/// to be verified as something it is not.
#[derive(Debug, Clone)]
pub enum Key {
    /// HS256: this secret signs and verifies.
    Secret(Secret),
    /// RS256: somebody else signs; this is the public key.
    Public(DecodingKey),
}

/// Which tokens with a good signature are believed.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// How far the clocks may be apart, in seconds.
    pub leeway: u64,
    /// The only issuer (`iss`), if it matters.
    pub issuer: Option<String>,
    /// The name (`aud`) that tokens must be made for. Without it, tokens made for anybody by name are refused.
    pub audience: Option<String>,
}

/// Tells good tokens from bad ones.
#[derive(Debug, Clone)]
pub struct Verifier {
    key: DecodingKey,
    validation: Validation,
}

/// The claims that are read. `exp`, `nbf`, `iss` and `aud` are for the library.
#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    sub: String,
    #[serde(default)]
    scope: String,
}

impl Verifier {
    /// A verifier of tokens signed by `key`.
    #[must_use]
    pub fn new(key: &Key, trust: &Trust) -> Self {
        let (algorithm, key) = match key {
            Key::Secret(secret) => (Algorithm::HS256, DecodingKey::from_secret(secret.bytes())),
            Key::Public(key) => (Algorithm::RS256, key.clone()),
        };
        let mut validation = Validation::new(algorithm);
        validation.leeway = trust.leeway;
        validation.validate_nbf = true;
        let mut required = vec!["exp", "sub"];
        if let Some(issuer) = &trust.issuer {
            validation.set_issuer(&[issuer]);
            required.push("iss");
        }
        if let Some(audience) = &trust.audience {
            validation.set_audience(&[audience]);
            required.push("aud");
        }
        validation.set_required_spec_claims(&required);
        Self { key, validation }
    }

    /// Who is behind the value of an `authorization` header.
    pub(crate) fn verify(&self, authorization: Option<&HeaderValue>) -> Result<Caller, TokenError> {
        let value = authorization.ok_or(TokenError::Missing)?.to_str().map_err(|_| TokenError::NotBearer)?;
        let (scheme, token) = value.split_once(' ').ok_or(TokenError::NotBearer)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(TokenError::NotBearer);
        }
        let token = decode::<Claims>(token.trim(), &self.key, &self.validation);
        let claims = token.map_err(|error| token_error(error.kind()))?.claims;
        Ok(Caller { subject: claims.sub.into(), scope: Scope::greatest(&claims.scope) })
    }
}

fn token_error(kind: &ErrorKind) -> TokenError {
    match kind {
        ErrorKind::ExpiredSignature => TokenError::Expired,
        ErrorKind::ImmatureSignature => TokenError::NotYetValid,
        ErrorKind::InvalidSignature => TokenError::BadSignature,
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidKeyFormat => TokenError::OtherAlgorithm,
        ErrorKind::InvalidIssuer => TokenError::BadClaim("iss"),
        ErrorKind::InvalidAudience => TokenError::BadClaim("aud"),
        ErrorKind::MissingRequiredClaim(name) | ErrorKind::InvalidClaimFormat(name) => TokenError::BadClaim(
            ["exp", "sub", "nbf", "iss"].into_iter().find(|known| known == name).unwrap_or("aud"),
        ),
        _ => TokenError::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{EncodingKey, Header, encode, get_current_timestamp};
    use serde_json::{Value, json};

    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    const PUBLIC: &str = include_str!("../../tests/keys/rsa-public.pem");
    /// Signed by the private half, which nobody has.
    const SIGNED: &str = include_str!("../../tests/keys/write-until-2100.jwt");

    fn hs256() -> Verifier {
        Verifier::new(&Key::Secret(SECRET.to_owned().into()), &Trust { leeway: 60, ..Trust::default() })
    }

    fn rs256() -> Verifier {
        let key = Key::Public(DecodingKey::from_rsa_pem(PUBLIC.as_bytes()).unwrap());
        Verifier::new(&key, &Trust { leeway: 60, ..Trust::default() })
    }

    fn signed(algorithm: Algorithm, key: &EncodingKey, claims: &Value) -> String {
        encode(&Header::new(algorithm), claims, key).unwrap()
    }

    fn token(claims: &Value) -> String {
        signed(Algorithm::HS256, &EncodingKey::from_secret(SECRET.as_bytes()), claims)
    }

    fn good() -> Value {
        json!({"sub": "team", "scope": "write", "exp": get_current_timestamp() + 600})
    }

    fn verify(verifier: &Verifier, token: &str) -> Result<Caller, TokenError> {
        verifier.verify(Some(&HeaderValue::from_str(&format!("Bearer {token}")).unwrap()))
    }

    /// The claims of [`good`] with one more, or another.
    fn with(name: &str, value: impl Into<Value>) -> Value {
        let mut claims = good();
        claims[name] = value.into();
        claims
    }

    #[test]
    fn a_good_token_names_its_caller() {
        let caller = verify(&hs256(), &token(&good())).unwrap();
        assert_eq!((&*caller.subject, caller.scope), ("team", Some(Scope::Write)));
    }

    #[test]
    fn the_header_must_be_a_bearer_token() {
        let verify = |value| hs256().verify(Some(&HeaderValue::from_static(value)));
        assert_eq!(hs256().verify(None), Err(TokenError::Missing));
        for other in ["", "Bearer", "Basic dXNlcjpwYXNz"] {
            assert_eq!(verify(other), Err(TokenError::NotBearer), "{other}");
        }
        for broken in ["Bearer ", "Bearer x", "Bearer a.b.c", "Bearer ..", "Bearer a.b.c.d"] {
            assert_eq!(verify(broken), Err(TokenError::Malformed), "{broken}");
        }
        let lower = format!("bearer {}", token(&good()));
        assert!(hs256().verify(Some(&HeaderValue::from_str(&lower).unwrap())).is_ok());
    }

    #[test]
    fn clocks_may_be_a_minute_apart_and_no_more() {
        let now = get_current_timestamp();
        for (claim, time, outcome) in [
            ("exp", now - 50, None),
            ("exp", now - 70, Some(TokenError::Expired)),
            ("exp", 0, Some(TokenError::Expired)),
            ("nbf", now + 50, None),
            ("nbf", now + 90, Some(TokenError::NotYetValid)),
        ] {
            assert_eq!(verify(&hs256(), &token(&with(claim, time))).err(), outcome, "{claim} {time}");
        }
    }

    #[test]
    fn a_token_that_never_expires_or_names_nobody_is_refused() {
        for claim in ["exp", "sub"] {
            let mut claims = good();
            claims.as_object_mut().unwrap().remove(claim);
            assert_eq!(verify(&hs256(), &token(&claims)), Err(TokenError::BadClaim(claim)));
        }
        assert_eq!(verify(&hs256(), &token(&with("exp", "tomorrow"))), Err(TokenError::BadClaim("exp")));
        assert_eq!(verify(&hs256(), &token(&with("scope", 7))), Err(TokenError::Malformed));
    }

    #[test]
    fn a_forged_signature_is_refused() {
        let other = EncodingKey::from_secret(b"another secret of thirty-two bytes");
        let forged = signed(Algorithm::HS256, &other, &good());
        assert_eq!(verify(&hs256(), &forged), Err(TokenError::BadSignature));
        let token = token(&good());
        let (message, _) = token.rsplit_once('.').unwrap();
        assert_eq!(verify(&hs256(), &format!("{message}.")), Err(TokenError::BadSignature));
    }

    #[test]
    fn the_token_does_not_choose_the_algorithm() {
        let by_key = verify(&rs256(), SIGNED.trim()).unwrap();
        assert_eq!((&*by_key.subject, by_key.scope), ("identity-provider", Some(Scope::Write)));
        assert_eq!(verify(&hs256(), SIGNED.trim()), Err(TokenError::OtherAlgorithm));
        // The classic confusion: the public key, which everybody knows, taken as an HMAC secret.
        let confused = signed(Algorithm::HS256, &EncodingKey::from_secret(PUBLIC.as_bytes()), &good());
        assert_eq!(verify(&rs256(), &confused), Err(TokenError::OtherAlgorithm));
        let longer = signed(Algorithm::HS512, &EncodingKey::from_secret(SECRET.as_bytes()), &good());
        assert_eq!(verify(&hs256(), &longer), Err(TokenError::OtherAlgorithm));
        // {"alg":"none"}
        let message = token(&good()).split('.').nth(1).unwrap().to_owned();
        for verifier in [hs256(), rs256()] {
            assert_eq!(
                verify(&verifier, &format!("eyJhbGciOiJub25lIn0.{message}.")),
                Err(TokenError::Malformed)
            );
        }
    }

    #[test]
    fn a_token_for_others_is_refused() {
        let ours = Trust { issuer: Some("us".into()), audience: Some("films".into()), ..Trust::default() };
        let ours = Verifier::new(&Key::Secret(SECRET.to_owned().into()), &ours);
        assert!(matches!(verify(&ours, &token(&good())), Err(TokenError::BadClaim("iss" | "aud"))));
        let mut claims = with("iss", "us");
        assert_eq!(verify(&ours, &token(&claims)), Err(TokenError::BadClaim("aud")));
        claims["aud"] = "films".into();
        assert!(verify(&ours, &token(&claims)).is_ok());
        claims["aud"] = "books".into();
        assert_eq!(verify(&ours, &token(&claims)), Err(TokenError::BadClaim("aud")));
        assert_eq!(verify(&hs256(), &token(&claims)), Err(TokenError::BadClaim("aud")));
    }
}
