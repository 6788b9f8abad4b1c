//! The service: its calls, its description and what happens around them.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use poem::{Endpoint, EndpointExt, Response, Route, middleware::CatchPanic};
use poem_openapi::{ExtraHeader, LicenseObject, OpenApiService};
use store::{ConnectOptions, Store};

use crate::{
    edge::{Paths, answer, compress, cors, headers, observe},
    resources::{
        docs, health::HealthApi, metrics::MetricsApi, recommendations::RecommendationsApi, root::RootApi,
    },
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
}

type Apis = (RootApi, HealthApi, RecommendationsApi, MetricsApi);

fn calls(store: &Store, telemetry: &Telemetry) -> OpenApiService<Apis, ()> {
    let apis = (
        RootApi,
        HealthApi { store: store.clone() },
        RecommendationsApi { store: store.clone() },
        MetricsApi { store: store.clone(), telemetry: telemetry.clone() },
    );
    OpenApiService::new(apis, "Cinelake", env!("CARGO_PKG_VERSION"))
        .description(DESCRIPTION)
        .license(LicenseObject::new("Apache-2.0").url("https://www.apache.org/licenses/LICENSE-2.0"))
        .extra_response_header::<String, _>(
            ExtraHeader::new(observe::REQUEST_ID)
                .description("The id of the request in the log: the caller's own, if it sent a sane one"),
        )
}

/// The whole service as an endpoint. The layers are listed from the inside to the outside.
pub fn build(
    store: &Store,
    telemetry: &Telemetry,
    options: &Options,
) -> impl Endpoint<Output = Response> + use<> {
    let calls = calls(store, telemetry);
    let spec = calls.spec();
    let paths = Arc::new(Paths::new(&serde_json::from_str(&spec).unwrap_or_default(), &docs::PAGES));
    let rules = Arc::new(answer::Rules { timeout: options.request_timeout, paths: paths.clone() });
    let watch = Arc::new(observe::Watch { telemetry: telemetry.clone(), paths });
    let origins: Arc<BTreeSet<String>> = Arc::new(options.cors_origins.iter().cloned().collect());
    docs::add(Route::new(), spec, calls.swagger_ui_html(), &calls.redoc_html())
        .nest("/", calls)
        .with(CatchPanic::new())
        .around(move |next, request| answer::answer(next, request, rules.clone()))
        .around(compress::compress)
        .around(move |next, request| cors::share(next, request, origins.clone()))
        .around(headers::secure)
        .around(move |next, request| observe::observe(next, request, watch.clone()))
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
    calls(&store, &Telemetry::new().expect("valid buckets")).spec()
}
