//! The description of the API, to read and to try out, without internet.

use poem::{Endpoint, Response, Route, endpoint::make_sync, get};

/// `ReDoc`'s page asks an outside host for fonts; everything else it needs is embedded.
const FONTS: &str = "<link href=\"https://fonts.googleapis.com/css?family=Montserrat:300,400,700|Roboto:300,400,700\" rel=\"stylesheet\">";

/// The pages run the scripts embedded in them, and may load and call nothing but this service.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
     img-src 'self' data:; font-src data:; connect-src 'self'; worker-src blob:; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'";

/// The paths of this module.
pub(crate) const PAGES: [&str; 3] = ["/openapi.json", "/docs", "/redoc"];

/// Whether the path is one of them.
pub(crate) fn is_page(path: &str) -> bool {
    PAGES.contains(&path)
}

/// Adds `/openapi.json`, `/docs` and `/redoc`.
pub(crate) fn add(route: Route, spec: String, swagger_ui: String, redoc: &str) -> Route {
    route
        .at(PAGES[0], get(page("application/json; charset=utf-8", spec)))
        .at(PAGES[1], get(page("text/html; charset=utf-8", swagger_ui)))
        .at(PAGES[2], get(page("text/html; charset=utf-8", redoc.replace(FONTS, ""))))
}

fn page(content_type: &'static str, body: String) -> impl Endpoint<Output = Response> {
    make_sync(move |_| {
        Response::builder()
            .content_type(content_type)
            .header("content-security-policy", POLICY)
            .body(body.clone())
    })
}
