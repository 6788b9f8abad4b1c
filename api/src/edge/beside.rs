//! Two routers side by side.

use poem::{Endpoint, Request, Response, Result};

/// A few pages beside the calls. Nesting the calls in the pages' router would match, cut and rebuild every path twice.
pub(crate) struct Beside<P, C> {
    is_page: fn(&str) -> bool,
    pages: P,
    calls: C,
}

impl<P, C> Beside<P, C> {
    /// `pages` answer on these paths and `calls` on all others.
    pub(crate) fn new(is_page: fn(&str) -> bool, pages: P, calls: C) -> Self {
        Self { is_page, pages, calls }
    }
}

impl<P, C> Endpoint for Beside<P, C>
where
    P: Endpoint<Output = Response>,
    C: Endpoint<Output = Response>,
{
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        if (self.is_page)(request.uri().path()) {
            self.pages.call(request).await
        } else {
            self.calls.call(request).await
        }
    }
}
