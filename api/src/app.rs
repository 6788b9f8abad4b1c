//! The service: its calls, its description and what happens around them.

use std::time::Duration;

use poem::{Endpoint, EndpointExt, IntoEndpoint, Response, Route, middleware::CatchPanic};
use poem_openapi::{ExtraHeader, LicenseObject, OpenApiService};
use store::{ConnectOptions, Store};

use crate::{
    auth::Tokens,
    edge::{Beside, Edge, Limits, Paths, REQUEST_ID},
    resources::{
        charts::ChartsApi,
        docs,
        experiments::ExperimentsApi,
        health::{HealthApi, ProbesApi},
        metrics::MetricsApi,
        models::ModelsApi,
        movies::MoviesApi,
        recommendations::RecommendationsApi,
        root::RootApi,
        scores::ScoresApi,
        users::UsersApi,
    },
    serving::{Serving, ServingOptions},
    site::{self, Site},
    telemetry::Telemetry,
};

const DESCRIPTION: &str = r#"A self-hosted movie recommender. Its recommendations are made every night and checked before they go live.

```sh
curl "http://localhost:8000/reco/1?n=10"
```

answers with the ten movies user 1 is most likely to enjoy, best first, with a score for each.
`/reco/random` does the same for somebody; `/health` tells whether a model is live.

Every error has the form `{"detail": "..."}`, and every answer an `x-request-id` that the log knows.
"#;

/// What the service is built with.
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
    /// What it keeps in memory.
    pub serving: ServingOptions,
    /// The pages beside the calls.
    pub site: Site,
}

type Apis = (
    RootApi,
    RecommendationsApi,
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
    let apis = (
        RootApi { site: site.clone() },
        RecommendationsApi { serving: serving.clone(), telemetry: telemetry.clone() },
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
                .description("The id of the request in the log: the caller's own, if it sent a sane one"),
        )
}

/// The whole service as an endpoint. Must be called within a runtime.
#[must_use]
pub fn build(
    store: &Store,
    serving: &Serving,
    telemetry: &Telemetry,
    options: &Options,
) -> impl Endpoint<Output = Response> + use<> {
    let calls = calls(store, serving, telemetry, &options.site);
    let spec = calls.spec();
    let paths = Paths::new(
        &serde_json::from_str(&spec).unwrap_or_default(),
        &[&docs::PAGES[..], &site::PAGES].concat(),
    );
    let pages = docs::add(Route::new(), spec, calls.swagger_ui_html(), &calls.redoc_html());
    let described = Beside::new(docs::is_page, pages, calls.into_endpoint());
    let service = Beside::new(site::is_page, options.site.clone(), described).with(CatchPanic::new());
    Edge::around(service, paths, telemetry, options)
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
