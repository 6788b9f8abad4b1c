//! `GET /metrics`: for Prometheus.

use std::time::Duration;

use poem_openapi::{ApiResponse, OpenApi, payload::PlainText};
use store::Store;

use super::Tag;
use crate::telemetry::Telemetry;

/// A scrape must not wait for a database that is down.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(ApiResponse)]
pub(crate) enum MetricsResponse {
    /// All metrics, in the Prometheus text format
    #[oai(status = 200, content_type = "text/plain; version=0.0.4; charset=utf-8")]
    Ok(PlainText<String>),
}

#[derive(Debug)]
pub(crate) struct MetricsApi {
    pub(crate) store: Store,
    pub(crate) telemetry: Telemetry,
}

#[OpenApi(tag = "Tag::Service")]
impl MetricsApi {
    /// Get metrics for Prometheus
    #[oai(path = "/metrics", method = "get", operation_id = "get_metrics")]
    async fn metrics(&self) -> MetricsResponse {
        // The cause of a failure is logged by the calls that need the database.
        let live = tokio::time::timeout(PATIENCE, self.store.live()).await;
        self.telemetry.observe_database(matches!(live, Ok(Ok(_))));
        if let Ok(Ok(live)) = live {
            self.telemetry.observe_model(live.as_ref());
        }
        self.telemetry.observe_pool(self.store.pool_state());
        MetricsResponse::Ok(PlainText(self.telemetry.render()))
    }
}
