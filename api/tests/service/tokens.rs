use api::{
    app::Options,
    auth::{Key, Tokens, Trust, Verifier},
};
use jsonwebtoken::{EncodingKey, Header, encode, get_current_timestamp};
use serde_json::json;
use store::Store;
use store_testing::{Sample, TestDatabase};

use crate::client::{ORIGIN, PATIENCE, Service, options, pool};

pub(crate) const SECRET: &str = "a secret that only these tests have";

/// The value of an `authorization` header.
pub(crate) fn bearer(subject: &str, scope: &str) -> String {
    expiring(subject, scope, get_current_timestamp() + 600)
}

fn expiring(subject: &str, scope: &str, exp: u64) -> String {
    let claims = json!({"sub": subject, "scope": scope, "exp": exp});
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    format!("Bearer {}", encode(&Header::default(), &claims, &key).unwrap())
}

async fn with(tokens: Tokens) -> (TestDatabase, Service) {
    let database = TestDatabase::migrated().await;
    Sample::default().publish(&database.connect().await, "run-1").await;
    let store = pool(database.url_of_api().await, PATIENCE);
    let service = Service::with(store, Options { tokens, ..options() }).await.ready().await;
    (database, service)
}

/// A service that knows the secret.
pub(crate) async fn guarded(required: bool) -> (TestDatabase, Service) {
    with(tokens(required)).await
}

/// The same on a database that is there already.
pub(crate) async fn guarded_on(store: Store) -> Service {
    Service::with(store, Options { tokens: tokens(false), ..options() }).await
}

fn tokens(required: bool) -> Tokens {
    let trust = Trust { leeway: 60, ..Trust::default() };
    let verifier = Verifier::new(&Key::Secret(SECRET.to_owned().into()), &trust);
    Tokens { verifier: Some(verifier), required }
}

#[tokio::test]
async fn reading_needs_a_token_only_where_that_is_asked_for() {
    for (required, status) in [(false, 200), (true, 401)] {
        let (_database, service) = guarded(required).await;
        assert_eq!(service.get("/reco/1").await.status, status);
        let token = bearer("team", "read");
        assert_eq!(service.ask("GET", "/reco/1", &[("authorization", &token)]).await.status, 200);
    }
}

#[tokio::test]
async fn a_missing_token_is_401_and_told_which_kind_is_wanted() {
    let (_database, service) = guarded(true).await;
    let answer = service.get("/reco/1").await;
    assert_eq!((answer.status, answer.headers["www-authenticate"].as_str()), (401, "Bearer"));
    assert_eq!(answer.detail(), "this call needs a token; send it as `authorization: Bearer TOKEN`");
}

#[tokio::test]
async fn a_bad_token_is_401_and_told_what_is_bad_about_it() {
    let (_database, service) = guarded(true).await;
    let good = bearer("team", "read");
    for (token, detail) in [
        ("Basic dXNlcjpwYXNz", "the authorization header must have the form `Bearer TOKEN`"),
        ("Bearer nonsense", "the token cannot be read; it must be a JWT"),
        (&format!("{}AAAA", &good[..good.len() - 4]), "the signature of the token is wrong"),
        (&expiring("team", "read", get_current_timestamp() - 61), "the token has expired"),
    ] {
        let answer = service.ask("GET", "/reco/1", &[("authorization", token)]).await;
        assert_eq!((answer.status, answer.detail().as_str()), (401, detail));
        assert_eq!(answer.headers["www-authenticate"], "Bearer error=\"invalid_token\"");
    }
}

#[tokio::test]
async fn a_token_without_the_scope_is_403_and_the_scope_is_named() {
    let (_database, service) = guarded(true).await;
    for scope in ["", "email"] {
        let answer = service.ask("GET", "/reco/1", &[("authorization", &bearer("team", scope))]).await;
        assert_eq!((answer.status, answer.detail().as_str()), (403, "the token lacks the scope `read`"));
    }
    for scope in ["read", "write", "admin", "email read"] {
        let answer = service.ask("HEAD", "/reco/1", &[("authorization", &bearer("team", scope))]).await;
        assert_eq!(answer.status, 200, "{scope}");
    }
}

#[tokio::test]
async fn without_a_key_a_call_that_needs_a_token_is_503_and_says_what_to_set() {
    let (_database, service) = with(Tokens { verifier: None, required: true }).await;
    for headers in [&[][..], &[("authorization", "Bearer whatever")]] {
        let answer = service.ask("GET", "/reco/1", headers).await;
        assert_eq!(answer.status, 503);
        assert!(answer.detail().contains("API_JWT_SECRET"), "{}", answer.detail());
        assert!(answer.headers.contains_key("retry-after"));
    }
}

#[tokio::test]
async fn what_monitors_and_newcomers_read_is_always_open() {
    let (_database, service) = guarded(true).await;
    for path in ["/", "/health", "/metrics", "/openapi.json", "/docs", "/redoc"] {
        assert_eq!(service.get(path).await.status, 200, "{path}");
    }
    for path in ["/reco/random", "/nothing", "/docs/x", "//", "/metrics/"] {
        assert_eq!(service.get(path).await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn a_preflight_needs_no_token() {
    let (_database, service) = guarded(true).await;
    let headers = [("origin", ORIGIN), ("access-control-request-method", "GET")];
    assert_eq!(service.ask("OPTIONS", "/reco/1", &headers).await.status, 204);
    let refused = service.ask("GET", "/reco/1", &[("origin", ORIGIN)]).await;
    assert_eq!((refused.status, refused.headers["access-control-allow-origin"].as_str()), (401, ORIGIN));
}

#[tokio::test]
async fn a_bad_token_is_no_matter_where_none_is_needed() {
    let (_database, service) = guarded(false).await;
    assert_eq!(service.ask("GET", "/reco/1", &[("authorization", "Bearer nonsense")]).await.status, 200);
}
