//! Tokens as arguments of operations.

use std::{fmt, marker::PhantomData};

use poem::{Request, RequestBody, Result};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaSecurityScheme, Registry},
};

use super::{Caller, Identity, Scope, TokenError};

/// What an operation needs of a token.
pub(crate) trait Need: Send + Sync + 'static {
    /// The least scope.
    const SCOPE: Scope;
    /// The security scheme in the OpenAPI description. There is one per scope: `OpenAPI` 3.0 has no scopes for bearer
    /// tokens.
    const SCHEME: &'static str;
    /// The description of the scheme.
    const DESCRIPTION: &'static str;
}

/// The scope `write`.
#[derive(Debug)]
pub(crate) struct Write;

impl Need for Write {
    const SCOPE: Scope = Scope::Write;
    const SCHEME: &'static str = "bearerAuthWrite";
    const DESCRIPTION: &'static str = "A token with the scope `write`; `api token --scope write` prints one";
}

/// The scope `admin`.
#[derive(Debug)]
pub(crate) struct Admin;

impl Need for Admin {
    const SCOPE: Scope = Scope::Admin;
    const SCHEME: &'static str = "bearerAuthAdmin";
    const DESCRIPTION: &'static str = "A token with the scope `admin`; `api token --scope admin` prints one";
}

/// The token of a request, good enough for `N`.
///
/// An operation that has one as its **first** argument is refused without it, before anything else of the request is
/// looked at, and is described as needing it: both follow from the type. The error is a [`TokenError`], with its own
/// status: 401, 403 or 503.
pub(crate) struct Token<N> {
    /// Whom it stands for.
    pub(crate) caller: Caller,
    need: PhantomData<fn() -> N>,
}

/// A token that may write.
pub(crate) type WriteToken = Token<Write>;
/// A token that may choose what is served.
pub(crate) type AdminToken = Token<Admin>;

impl<N> fmt::Debug for Token<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Token").field(&self.caller).finish()
    }
}

impl<'a, N: Need> ApiExtractor<'a> for Token<N> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        let scheme = MetaSecurityScheme {
            ty: "http",
            description: Some(N::DESCRIPTION),
            name: None,
            key_in: None,
            scheme: Some("bearer"),
            bearer_format: Some("JWT"),
            flows: None,
            openid_connect_url: None,
        };
        registry.create_security_scheme(N::SCHEME, scheme);
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![N::SCHEME]
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> Result<Self> {
        // Without the edge there is no identity, and nobody gets in.
        let identity =
            request.data::<Identity>().map_or(Err(TokenError::NotSetUp), |identity| identity.0.clone());
        let caller = identity?;
        caller.require(N::SCOPE)?;
        Ok(Self { caller, need: PhantomData })
    }
}

#[cfg(test)]
mod tests {
    use poem::{
        Endpoint, IntoEndpoint,
        http::{Method, StatusCode, Uri},
    };
    use poem_openapi::{OpenApi, OpenApiService, payload::PlainText};
    use serde_json::{Value, json};

    use super::*;

    /// Stands for the operations that need tokens.
    struct Protected;

    #[OpenApi]
    #[allow(clippy::unused_async, reason = "the macro awaits it")]
    impl Protected {
        #[oai(path = "/write", method = "get")]
        async fn write(&self, token: WriteToken) -> PlainText<String> {
            PlainText(token.caller.subject.to_string())
        }

        #[oai(path = "/admin", method = "get")]
        async fn admin(&self, token: AdminToken) -> PlainText<String> {
            PlainText(token.caller.subject.to_string())
        }

        #[oai(path = "/open", method = "get")]
        async fn open(&self) -> PlainText<String> {
            PlainText(String::new())
        }
    }

    async fn ask(path: &'static str, identity: Option<Result<Caller, TokenError>>) -> (StatusCode, String) {
        let endpoint = OpenApiService::new(Protected, "test", "1").into_endpoint();
        let mut request = Request::builder().method(Method::GET).uri(Uri::from_static(path)).finish();
        if let Some(identity) = identity {
            request.set_data(Identity(identity));
        }
        let mut response = endpoint.get_response(request).await;
        (response.status(), response.take_body().into_string().await.unwrap())
    }

    fn caller(scope: Scope) -> Caller {
        Caller { subject: "team".into(), scope: Some(scope) }
    }

    #[tokio::test]
    async fn the_scope_that_is_described_is_the_one_that_is_enforced() {
        for (path, scope, status) in [
            ("/write", Scope::Read, 403),
            ("/write", Scope::Write, 200),
            ("/write", Scope::Admin, 200),
            ("/admin", Scope::Write, 403),
            ("/admin", Scope::Admin, 200),
        ] {
            assert_eq!(ask(path, Some(Ok(caller(scope)))).await.0, status, "{path} {scope}");
        }
        let (_, body) = ask("/admin", Some(Ok(caller(Scope::Write)))).await;
        assert_eq!(body, "the token lacks the scope `admin`");
        let spec: Value = serde_json::from_str(&OpenApiService::new(Protected, "test", "1").spec()).unwrap();
        let security = |path: &str| spec["paths"][path]["get"]["security"].clone();
        assert_eq!(security("/write"), json!([{"bearerAuthWrite": []}]));
        assert_eq!(security("/admin"), json!([{"bearerAuthAdmin": []}]));
        assert_eq!(security("/open"), Value::Null);
        let scheme = &spec["components"]["securitySchemes"]["bearerAuthWrite"];
        assert_eq!((&scheme["type"], &scheme["scheme"]), (&json!("http"), &json!("bearer")));
    }

    #[tokio::test]
    async fn a_refusal_keeps_its_status_and_its_words() {
        for (refusal, status) in
            [(TokenError::Missing, 401), (TokenError::Expired, 401), (TokenError::NotSetUp, 503)]
        {
            let (given, body) = ask("/write", Some(Err(refusal))).await;
            assert_eq!((given.as_u16(), body), (status, refusal.to_string()));
        }
    }

    #[tokio::test]
    async fn nobody_gets_in_where_the_edge_is_missing() {
        assert_eq!(ask("/write", None).await.0, 503);
        assert_eq!(ask("/open", None).await.0, 200);
    }
}
