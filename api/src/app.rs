//! The service: its calls, its description and what happens around them.

use std::time::Duration;

use poem::{Endpoint, EndpointExt, IntoEndpoint, Request, Response, Result, Route, middleware::CatchPanic};
use poem_openapi::{ExtraHeader, LicenseObject, OpenApi, OpenApiService, registry::Registry};
use store::{ConnectOptions, Store};

use crate::{
    auth::Tokens,
    edge::{Edge, Limits, Paths, Problem, REQUEST_ID, Rules},
    resources::{
        charts::ChartsApi,
        docs,
        experiments::ExperimentsApi,
        health::{HealthApi, ProbesApi},
        metrics::MetricsApi,
        models::ModelsApi,
        movies::MoviesApi,
        recommendations::{RecommendationsApi, RecommendationsByKeyApi},
        root::RootApi,
        scores::ScoresApi,
        users::UsersApi,
    },
    serving::{Serving, ServingOptions},
    site::{self, Site},
    telemetry::Telemetry,
};

const DESCRIPTION: &str = r#"A self-hosted movie recommender. Its recommendations are computed every night and checked before they go live.

```sh
curl "http://localhost:8000/reco/1?n=10"
```

returns the ten movies that user 1 is most likely to enjoy, best first, each with a score.
`/reco/random` does the same for a randomly chosen user; `/health` tells whether a model is live.

Every error has the form `{"detail": "..."}`. Every response has an `x-request-id`, which the log has, too.
"#;

/// How the service is built.
#[derive(Debug, Clone)]
pub struct Options {
    /// After this long, a request is given up.
    pub request_timeout: Duration,
    /// Web origins whose pages may call the API.
    pub cors_origins: Vec<String>,
    /// How callers are recognized.
    pub tokens: Tokens,
    /// How much the service takes.
    pub limits: Limits,
    /// What it keeps in memory, and for how long.
    pub serving: ServingOptions,
    /// The front ends.
    pub site: Site,
}

type Apis = (
    RootApi,
    RecommendationsApi,
    RecommendationsByKeyApi,
    ScoresApi,
    UsersApi,
    MoviesApi,
    ChartsApi,
    ModelsApi,
    ExperimentsApi,
    HealthApi,
    ProbesApi,
    MetricsApi,
);

fn calls(store: &Store, serving: &Serving, telemetry: &Telemetry, site: &Site) -> OpenApiService<Apis, ()> {
    let recommendations = RecommendationsApi { serving: serving.clone(), telemetry: telemetry.clone() };
    let apis = (
        RootApi { site: site.clone() },
        recommendations.clone(),
        RecommendationsByKeyApi { by_id: recommendations },
        ScoresApi { serving: serving.clone() },
        UsersApi { store: store.clone(), serving: serving.clone() },
        MoviesApi { store: store.clone(), serving: serving.clone() },
        ChartsApi { serving: serving.clone() },
        ModelsApi { store: store.clone(), serving: serving.clone() },
        ExperimentsApi { store: store.clone(), serving: serving.clone() },
        HealthApi { store: store.clone(), serving: serving.clone() },
        ProbesApi { serving: serving.clone() },
        MetricsApi { store: store.clone(), telemetry: telemetry.clone() },
    );
    OpenApiService::new(apis, "Cinelake", env!("CARGO_PKG_VERSION"))
        .description(DESCRIPTION)
        .license(LicenseObject::new("Apache-2.0").url("https://www.apache.org/licenses/LICENSE-2.0"))
        .extra_response_header::<String, _>(
            ExtraHeader::new(REQUEST_ID.as_str())
                .description("Id of the request in the log: the one that the caller sent, if it is valid"),
        )
}

/// The whole service as an endpoint. Must be called within a runtime.
pub(crate) fn build(
    store: &Store,
    serving: &Serving,
    telemetry: &Telemetry,
    options: &Options,
) -> impl Endpoint<Output = Response> + use<> {
    let calls = calls(store, serving, telemetry, &options.site);
    let spec = calls.spec();
    let mut registry = Registry::new();
    Apis::register(&mut registry);
    let paths = Paths::new(&Apis::meta(), &registry, &[&docs::PAGES[..], &site::PAGES].concat());
    let pages = docs::add(Route::new(), spec, calls.swagger_ui_html(), &calls.redoc_html());
    let service = Service { site: options.site.clone(), pages, calls: calls.into_endpoint() };
    let service = service.with(CatchPanic::new().with_handler(|_| Problem::internal()));
    let rules = Rules {
        request_timeout: options.request_timeout,
        cors_origins: &options.cors_origins,
        tokens: &options.tokens,
        limits: &options.limits,
        is_open,
    };
    Edge::around(service, paths, telemetry, &rules)
}

/// What may be read by all, even where tokens are required: what says how to call.
fn is_open(path: &str) -> bool {
    path == "/" || docs::is_page(path) || site::is_page(path)
}

/// Front ends, documentation and calls side by side. Nesting the calls in a router of the pages would match, cut and
/// rebuild every path twice.
struct Service<C> {
    site: Site,
    pages: Route,
    calls: C,
}

impl<C: Endpoint<Output = Response>> Endpoint for Service<C> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let path = request.uri().path();
        if site::is_page(path) {
            self.site.call(request).await
        } else if docs::is_page(path) {
            self.pages.call(request).await
        } else {
            self.calls.call(request).await
        }
    }
}

/// The OpenAPI description, as committed in `api/openapi.json`.
///
/// # Panics
/// Never: the address of the database is a constant that nothing connects to.
#[must_use]
#[allow(clippy::expect_used, reason = "constant input")]
pub fn spec() -> String {
    let nowhere = ConnectOptions::new("postgres://localhost/nowhere");
    // The pool must be made within a runtime.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _guard = runtime.enter();
    let store = Store::connect_lazily(&nowhere).expect("a valid address");
    let telemetry = Telemetry::new().expect("valid buckets");
    let serving = Serving::new(&store, &telemetry, ServingOptions::default()).expect("no address to read");
    calls(&store, &serving, &telemetry, &Site::default()).spec()
}
