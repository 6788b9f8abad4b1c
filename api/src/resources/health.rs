//! `GET /health`: whether requests can be answered.

use poem::http::StatusCode;
use poem_openapi::{ApiResponse, Enum, Object, OpenApi, payload::Json, types::Example};
use store::{LiveVersion, Store, StoreError};

use super::Tag;
use crate::errors::{self, Fault, Problem};

/// Whether the service works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "lowercase")]
pub enum Status {
    /// Recommendations can be served.
    Ok,
    /// They cannot.
    Unavailable,
}

/// What is known of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "lowercase")]
pub enum Database {
    /// It answers, and its schema is the one this release needs.
    Connected,
    /// It answers, but has to be migrated.
    Outdated,
    /// It does not answer.
    Unreachable,
}

/// A healthy service.
#[derive(Debug, Object)]
#[oai(example)]
pub struct Health {
    /// Always `ok`.
    pub status: Status,
    /// Always `connected`.
    pub database: Database,
    /// The release of the service.
    pub version: String,
    /// The number of the live model.
    #[oai(validator(minimum(value = "1"), maximum(value = "9007199254740991")))]
    pub model_version: i64,
    /// The run that made it.
    pub model_run_id: String,
    /// When it first went live, in RFC 3339.
    pub model_published_at: String,
    /// Seconds since then.
    #[oai(validator(minimum(value = "0"), maximum(value = "9007199254740991")))]
    pub model_age_seconds: u64,
    /// Users it can recommend to.
    #[oai(validator(minimum(value = "1"), maximum(value = "9007199254740991")))]
    pub users: u64,
    /// Movies it knows.
    #[oai(validator(minimum(value = "1"), maximum(value = "9007199254740991")))]
    pub movies: u64,
}

/// A service that cannot answer requests now.
#[derive(Debug, Object)]
#[oai(example)]
pub struct Sickness {
    /// Always `unavailable`.
    pub status: Status,
    /// What is known of the database.
    pub database: Database,
    /// The release of the service.
    pub version: String,
    /// What is wrong, and what to do about it.
    pub detail: String,
}

/// What `GET /health` answers.
#[derive(ApiResponse)]
pub enum HealthResponse {
    /// Recommendations can be served
    #[oai(status = 200)]
    Ok(Json<Health>),
    /// Something is broken
    #[oai(status = 500)]
    Internal(Json<Problem>),
    /// The database does not answer or is not migrated, or no model is live
    #[oai(status = 503, header(name = "Retry-After", ty = "u32", description = "Seconds to wait"))]
    Unavailable(Json<Sickness>),
}

/// The calls of this module.
#[derive(Debug)]
pub struct HealthApi {
    /// What is served.
    pub store: Store,
}

#[OpenApi(tag = "Tag::Service")]
impl HealthApi {
    /// Tell whether recommendations can be served
    ///
    /// For load balancers and monitors: 200 means that the database answers, its schema fits and a model is live.
    #[oai(path = "/health", method = "get", operation_id = "get_health")]
    async fn health(&self) -> HealthResponse {
        match self.examine().await {
            Ok(Some(live)) => HealthResponse::Ok(Json(Health::of(&live))),
            Ok(None) => sick(Database::Connected, errors::NO_MODEL),
            Err(error) => explain(error),
        }
    }
}

impl HealthApi {
    async fn examine(&self) -> Result<Option<LiveVersion>, StoreError> {
        self.store.check_schema().await?;
        self.store.live().await
    }
}

fn explain(error: StoreError) -> HealthResponse {
    let outdated = match error {
        StoreError::SchemaMissing { .. } | StoreError::SchemaTooOld { .. } => {
            Some("the database has to be migrated: run `publish migrate`")
        }
        StoreError::SchemaTooNew { .. } => {
            Some("the database is newer than this service: use a newer release")
        }
        _ => None,
    };
    let fault = Fault::from(error);
    match outdated {
        Some(detail) => sick(Database::Outdated, detail),
        None if fault.status == StatusCode::SERVICE_UNAVAILABLE => sick(Database::Unreachable, &fault.detail),
        None => HealthResponse::Internal(Json(Problem { detail: fault.detail.into_owned() })),
    }
}

fn sick(database: Database, detail: &str) -> HealthResponse {
    HealthResponse::Unavailable(Json(Sickness {
        status: Status::Unavailable,
        database,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        detail: detail.to_owned(),
    }))
}

impl Health {
    fn of(live: &LiveVersion) -> Self {
        Self {
            status: Status::Ok,
            database: Database::Connected,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            model_version: live.version,
            model_run_id: live.run_id.clone(),
            model_published_at: live.published_at.to_rfc3339(),
            model_age_seconds: live.age().as_secs(),
            users: live.counts.recommendations,
            movies: live.counts.movies,
        }
    }
}

impl Example for Health {
    fn example() -> Self {
        Self {
            status: Status::Ok,
            database: Database::Connected,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            model_version: 12,
            model_run_id: "scheduled__2026-11-01T03:00:00+00:00".to_owned(),
            model_published_at: "2026-11-01T03:04:05+00:00".to_owned(),
            model_age_seconds: 43_200,
            users: 610,
            movies: 9_742,
        }
    }
}

impl Example for Sickness {
    fn example() -> Self {
        Self {
            status: Status::Unavailable,
            database: Database::Connected,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            detail: errors::NO_MODEL.to_owned(),
        }
    }
}
