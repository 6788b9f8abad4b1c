//! `GET /health`: whether requests can be answered.

use poem_openapi::{ApiResponse, Enum, Object, OpenApi, payload::Json, types::Example};
use serde::Serialize;
use store::{LiveVersion, Store, StoreError};

use super::{Answered, Operation, Tag};
use crate::{
    edge::{NO_MODEL, Problem},
    serving::Serving,
};

/// Status of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// Recommendations can be served.
    Ok,
    /// Recommendations cannot be served.
    Unavailable,
}

/// Status of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "lowercase")]
pub(crate) enum Database {
    /// It answers, and its schema fits this release.
    Connected,
    /// It answers, but its schema does not fit this release.
    Outdated,
    /// It does not answer.
    Unreachable,
}

/// A healthy service.
#[derive(Debug, Object)]
#[oai(example)]
pub(crate) struct Health {
    /// Always `ok`.
    pub(crate) status: Status,
    /// Always `connected`.
    pub(crate) database: Database,
    /// Release of the service.
    pub(crate) version: String,
    /// Version of the live model.
    #[oai(validator(minimum(value = "1"), maximum(value = "9007199254740991")))]
    pub(crate) model_version: i64,
    /// Id of the run that made it.
    pub(crate) model_run_id: String,
    /// When it first went live, in RFC 3339.
    pub(crate) model_published_at: String,
    /// Seconds since it first went live.
    #[oai(validator(minimum(value = "0"), maximum(value = "9007199254740991")))]
    pub(crate) model_age_seconds: u64,
    /// Number of users it can recommend to.
    #[oai(validator(minimum(value = "1"), maximum(value = "9007199254740991")))]
    pub(crate) users: u64,
    /// Number of movies in its catalogue.
    #[oai(validator(minimum(value = "1"), maximum(value = "9007199254740991")))]
    pub(crate) movies: u64,
}

/// A service that cannot answer requests now.
#[derive(Debug, Object)]
#[oai(example)]
pub(crate) struct HealthProblem {
    /// Always `unavailable`.
    pub(crate) status: Status,
    /// Status of the database.
    pub(crate) database: Database,
    /// Release of the service.
    pub(crate) version: String,
    /// What is wrong, and what to do about it.
    pub(crate) detail: String,
}

#[derive(ApiResponse)]
pub(crate) enum HealthResponse {
    /// Recommendations can be served
    #[oai(status = 200)]
    Ok(Json<Health>),
    /// Internal error
    #[oai(status = 500)]
    Internal(Json<Problem>),
    /// The database does not answer or is not migrated, or no model is live
    #[oai(status = 503, header(name = "Retry-After", ty = "u32", description = "Seconds to wait"))]
    Unavailable(Json<HealthProblem>),
}

#[derive(Debug)]
pub(crate) struct ProbesApi {
    pub(crate) serving: Serving,
}

#[derive(Debug)]
pub(crate) struct HealthApi {
    pub(crate) store: Store,
    pub(crate) serving: Serving,
}

/// A running process.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub(crate) struct Liveness {
    /// Always `ok`.
    pub(crate) status: Status,
}

impl Example for Liveness {
    fn example() -> Self {
        Self { status: Status::Ok }
    }
}

pub(crate) struct GetLiveness;

impl Operation for GetLiveness {
    const MEANS: &'static str = "The process answers";
    const PROBLEMS: &'static [(u16, &'static str)] = &[];
}

pub(crate) struct GetReadiness;

impl Operation for GetReadiness {
    const MEANS: &'static str = "Requests can be answered right now";
    const PROBLEMS: &'static [(u16, &'static str)] =
        &[(503, "The database does not answer, or no model is live")];
}

#[OpenApi(tag = "Tag::Service")]
impl HealthApi {
    /// Check whether recommendations can be served
    ///
    /// For people and monitors: 200 means that the database answers, its schema fits and a model is live.
    #[oai(path = "/health", method = "get", operation_id = "get_health")]
    async fn health(&self) -> HealthResponse {
        match self.examine().await {
            Ok(Some(_)) if self.serving.version().is_none() => unavailable(
                Database::Connected,
                "the live model could not be brought into memory; see the log",
            ),
            Ok(Some(live)) => HealthResponse::Ok(Json(Health::of(&live))),
            Ok(None) => unavailable(Database::Connected, NO_MODEL),
            Err(error) => explain(error),
        }
    }
}

#[OpenApi(prefix_path = "/health", tag = "Tag::Service")]
#[allow(clippy::unused_async, reason = "the macro awaits it")]
impl ProbesApi {
    /// Check whether the process answers
    ///
    /// For whatever restarts it: stays 200 while the database is down, because a restart would not help.
    #[oai(path = "/live", method = "get", operation_id = "get_liveness")]
    async fn live(&self) -> Answered<Liveness, GetLiveness> {
        Ok(Liveness { status: Status::Ok }.into())
    }

    /// Check whether requests can be answered right now
    ///
    /// For load balancers: asks no other service, so it is as fast as the process.
    #[oai(path = "/ready", method = "get", operation_id = "get_readiness")]
    async fn ready(&self) -> Answered<Liveness, GetReadiness> {
        if self.serving.is_ready() {
            Ok(Liveness { status: Status::Ok }.into())
        } else {
            let detail = "no model is in memory, or the database does not answer; see /health";
            Err(Problem::unavailable(detail))
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
            Some("the database has to be migrated: run `admin migrate`")
        }
        StoreError::SchemaTooNew { .. } => {
            Some("the database is newer than this service: use a newer release")
        }
        _ => None,
    };
    let is_unavailable = error.is_unavailable();
    let problem = Problem::from(error);
    match outdated {
        Some(detail) => unavailable(Database::Outdated, detail),
        None if is_unavailable => unavailable(Database::Unreachable, &problem.detail),
        None => HealthResponse::Internal(Json(problem)),
    }
}

fn unavailable(database: Database, detail: &str) -> HealthResponse {
    HealthResponse::Unavailable(Json(HealthProblem {
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

impl Example for HealthProblem {
    fn example() -> Self {
        Self {
            status: Status::Unavailable,
            database: Database::Connected,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            detail: NO_MODEL.to_owned(),
        }
    }
}
