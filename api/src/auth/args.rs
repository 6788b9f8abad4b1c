//! The flags for tokens.

use std::{convert::Infallible, fmt, fs, str::FromStr};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use jsonwebtoken::DecodingKey;

use super::{Key, Tokens, Trust, Verifier};

/// RFC 7518 asks for as many bytes as the hash has.
const SHORTEST_SECRET: usize = 32;

/// Said wherever a secret is needed.
const HOW_TO_MAKE_ONE: &str = "make one with `openssl rand -hex 32`";

/// A secret, which does not show in logs.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Self(secret)
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(secret: &str) -> Result<Self, Infallible> {
        Ok(Self(secret.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// What tokens are signed or verified with. An empty value is none.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Tokens")]
pub(crate) struct KeyArgs {
    /// Secret of at least 32 bytes that signs and verifies tokens (HS256)
    #[arg(long, env = "API_JWT_SECRET", hide_env_values = true, value_name = "SECRET")]
    pub(crate) jwt_secret: Option<Secret>,

    /// File with that secret
    #[arg(long, env = "API_JWT_SECRET_FILE", value_name = "FILE")]
    pub(crate) jwt_secret_file: Option<String>,

    /// File with the RSA public key (PEM) that verifies tokens signed elsewhere (RS256)
    #[arg(long, env = "API_JWT_PUBLIC_KEY_FILE", value_name = "FILE")]
    pub(crate) jwt_public_key_file: Option<String>,

    /// Required issuer (iss) of tokens
    #[arg(long, env = "API_JWT_ISSUER", value_name = "NAME")]
    pub(crate) jwt_issuer: Option<String>,

    /// Required audience (aud) of tokens
    #[arg(long, env = "API_JWT_AUDIENCE", value_name = "NAME")]
    pub(crate) jwt_audience: Option<String>,
}

impl KeyArgs {
    /// The key that is set up, if any.
    pub(crate) fn key(&self) -> Result<Option<Key>> {
        let secret = self.jwt_secret.as_ref().filter(|secret| !secret.0.is_empty());
        match (secret, some(self.jwt_secret_file.as_ref()), some(self.jwt_public_key_file.as_ref())) {
            (None, None, None) => Ok(None),
            (Some(secret), None, None) => checked(secret.clone(), "API_JWT_SECRET").map(Some),
            (None, Some(file), None) => {
                let secret = fs::read_to_string(file)
                    .with_context(|| format!("cannot read the secret of API_JWT_SECRET_FILE at {file}"))?;
                checked(Secret(secret.trim_end().to_owned()), "API_JWT_SECRET_FILE").map(Some)
            }
            (None, None, Some(file)) => public_key(file).map(Some),
            _ => bail!(
                "tokens have more than one key; \
                 keep one of API_JWT_SECRET, API_JWT_SECRET_FILE and API_JWT_PUBLIC_KEY_FILE"
            ),
        }
    }

    /// The secret to sign with.
    pub(crate) fn secret(&self) -> Result<Secret> {
        match self.key()? {
            Some(Key::Secret(secret)) => Ok(secret),
            Some(Key::Public(_)) => {
                bail!(
                    "a public key cannot sign tokens; ask whoever holds the private key, or set API_JWT_SECRET"
                )
            }
            None => bail!("there is no secret to sign with; set API_JWT_SECRET ({HOW_TO_MAKE_ONE})"),
        }
    }

    /// Which tokens are believed.
    pub(crate) fn trust(&self, leeway: u64) -> Trust {
        let owned = |text| some(text).map(str::to_owned);
        Trust { leeway, issuer: owned(self.jwt_issuer.as_ref()), audience: owned(self.jwt_audience.as_ref()) }
    }
}

/// The flags of the service.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Tokens")]
pub(crate) struct TokenArgs {
    #[command(flatten)]
    pub(crate) keys: KeyArgs,

    /// Allowed clock difference, in seconds
    #[arg(long, env = "API_JWT_LEEWAY", default_value_t = 60, value_name = "SECONDS",
          value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub(crate) jwt_leeway: u64,

    /// Require a token of scope read for read-only calls too
    #[arg(long, env = "API_REQUIRE_TOKEN", value_parser = clap::builder::FalseyValueParser::new(),
          num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    pub(crate) require_token: bool,
}

impl TokenArgs {
    /// How callers are recognized.
    pub(crate) fn tokens(&self) -> Result<Tokens> {
        let trust = self.keys.trust(self.jwt_leeway);
        let verifier = self.keys.key()?.map(|key| Verifier::new(&key, &trust));
        Ok(Tokens { verifier, required: self.require_token })
    }
}

/// A variable that is set to nothing counts as not set: that is what compose files make of an absent one.
fn some(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.is_empty())
}

fn checked(secret: Secret, variable: &str) -> Result<Key> {
    let length = secret.0.len();
    ensure!(
        length >= SHORTEST_SECRET,
        "the secret of {variable} has {length} bytes and needs at least {SHORTEST_SECRET}; {HOW_TO_MAKE_ONE}"
    );
    Ok(Key::Secret(secret))
}

fn public_key(file: &str) -> Result<Key> {
    let pem = fs::read(file)
        .with_context(|| format!("cannot read the key of API_JWT_PUBLIC_KEY_FILE at {file}"))?;
    let is_private = pem.windows(11).any(|window| window == b"PRIVATE KEY");
    ensure!(!is_private, "{file} holds a private key; API_JWT_PUBLIC_KEY_FILE must name the public one");
    match DecodingKey::from_rsa_pem(&pem) {
        Ok(key) => Ok(Key::Public(key)),
        Err(_) => bail!("{file} holds no RSA public key in PEM; API_JWT_PUBLIC_KEY_FILE must name one"),
    }
}
