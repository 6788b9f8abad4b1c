//! `GET /health`: whether requests can be answered.

use poem::http::StatusCode;
use poem_openapi::{ApiResponse, Enum, Object, OpenApi, payload::Json, types::Example};
use serde::Serialize;
use store::{LiveVersion, Store, StoreError};

use super::Tag;
use crate::{
    answer::{Answer, Operation},
    errors::{self, Fault, Problem},
    serving::Serving,
};

/// Whether the service works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
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
pub struct ProbesApi {
    /// What is served.
    pub serving: Serving,
}

/// The call for people and monitors.
#[derive(Debug)]
pub struct HealthApi {
    /// The database.
    pub store: Store,
    /// What is served.
    pub serving: Serving,
}

/// That the process answers.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub struct Liveness {
    /// Always `ok`.
    pub status: Status,
}

impl Example for Liveness {
    fn example() -> Self {
        Self { status: Status::Ok }
    }
}

/// `GET /health/live`.
#[derive(Debug)]
pub struct GetLiveness;

impl Operation for GetLiveness {
    const MEANS: &'static str = "The process answers";
    const FAULTS: &'static [(u16, &'static str)] = &[];
}

/// `GET /health/ready`.
#[derive(Debug)]
pub struct GetReadiness;

impl Operation for GetReadiness {
    const MEANS: &'static str = "Requests can be answered this moment";
    const FAULTS: &'static [(u16, &'static str)] =
        &[(503, "The database does not answer, or no model is live")];
}

#[OpenApi(tag = "Tag::Service")]
impl HealthApi {
    /// Tell whether recommendations can be served
    ///
    /// For load balancers and monitors: 200 means that the database answers, its schema fits and a model is live.
    #[oai(path = "/health", method = "get", operation_id = "get_health")]
    async fn health(&self) -> HealthResponse {
        match self.examine().await {
            Ok(Some(_)) if self.serving.version().is_none() => {
                sick(Database::Connected, "the live model could not be brought into memory; see the log")
            }
            Ok(Some(live)) => HealthResponse::Ok(Json(Health::of(&live))),
            Ok(None) => sick(Database::Connected, errors::NO_MODEL),
            Err(error) => explain(error),
        }
    }
}

#[OpenApi(prefix_path = "/health", tag = "Tag::Service")]
#[allow(clippy::unused_async, reason = "the macro awaits it")]
impl ProbesApi {
    /// Tell whether the process answers
    ///
    /// For whoever restarts it: it stays 200 while the database is away, because a restart would not help.
    #[oai(path = "/live", method = "get", operation_id = "get_liveness")]
    async fn live(&self) -> Answer<Liveness, GetLiveness> {
        Ok::<_, Fault>(Liveness { status: Status::Ok }).into()
    }

    /// Tell whether requests can be answered this moment
    ///
    /// For load balancers: asks nobody, so it is as fast as the process.
    #[oai(path = "/ready", method = "get", operation_id = "get_readiness")]
    async fn ready(&self) -> Answer<Liveness, GetReadiness> {
        if self.serving.is_ready() {
            Ok::<_, Fault>(Liveness { status: Status::Ok }).into()
        } else {
            Err::<Liveness, _>(Fault::unavailable(
                "no model is in memory, or the database does not answer; see /health",
            ))
            .into()
        }
    }
}

impl HealthApi {
    async fn examine(&self) -> Result<Option<LiveVersion>, StoreError> {
        self.store.check_schema().await?;
        let live = self.store.live().await?;
        if live.as_ref().map(|live| live.version) != self.serving.version() {
            // It has just gone live.
            self.serving.refresh().await;
        }
        Ok(live)
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
