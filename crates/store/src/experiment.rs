//! The experiment that shares the traffic between versions.
//!
//! It is independent of the live version: activating changes nothing of an experiment, and the other way round. A
//! version that it uses is never pruned.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection, PgExecutor};

use crate::{
    Store, StoreError, VersionState,
    announcements::{EXPERIMENT_CHANGED, SERVING_CHANNEL},
    error::{Faults, Result},
    version,
};

/// Which versions share the traffic, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Experiment {
    /// Decides, with the user id, who gets which variant.
    pub name: String,
    /// From 1 to 10, with distinct names. Their order matters: it says which users each one gets.
    pub variants: Vec<Variant>,
}

/// One side of an experiment.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Variant {
    /// Such as `control`.
    pub name: String,
    /// The version its users are answered from.
    pub version: i64,
    /// Its share of the users is this by the sum of all; positive.
    pub weight: i32,
}

/// The experiment that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningExperiment {
    pub experiment: Experiment,
    /// When an experiment of this name was started.
    pub started_at: DateTime<Utc>,
}

#[derive(FromRow)]
struct VariantRow {
    experiment: String,
    started_at: DateTime<Utc>,
    #[sqlx(flatten)]
    variant: Variant,
}

impl Store {
    /// The experiment that runs, if there is one.
    pub async fn experiment(&self) -> Result<Option<RunningExperiment>> {
        running(&self.pool, &self.faults).await
    }

    /// Replaces the experiment that runs, or ends it; under the same name it keeps its start. Announced as
    /// [`Announcement::Serving`](crate::Announcement::Serving).
    ///
    /// # Errors
    /// [`StoreError::UnservableVariant`], which lists the versions that can be used, or why the database failed, which
    /// it also does at an experiment that is against the rules of [`Experiment`]. Then nothing has changed.
    pub async fn set_experiment(&self, experiment: Option<&Experiment>) -> Result<()> {
        let mut transaction = self.pool.begin().await.map_err(self.faults.on("begin a transaction"))?;
        replace(&mut transaction, &self.faults, experiment).await?;
        transaction.commit().await.map_err(self.faults.on("commit the experiment"))
    }
}

/// The running experiment, asked on any connection.
pub(crate) async fn running(
    executor: impl PgExecutor<'_>,
    faults: &Faults,
) -> Result<Option<RunningExperiment>> {
    let rows: Vec<VariantRow> = sqlx::query_as(
        "SELECT e.name AS experiment, e.started_at, v.name, v.version, v.weight
         FROM experiment AS e JOIN experiment_variants AS v ON v.experiment = e.singleton
         ORDER BY v.place",
    )
    .fetch_all(executor)
    .await
    .map_err(faults.on("read the experiment"))?;
    Ok(rows.first().map(|first| RunningExperiment {
        started_at: first.started_at,
        experiment: Experiment {
            name: first.experiment.clone(),
            variants: rows.iter().map(|row| row.variant.clone()).collect(),
        },
    }))
}

async fn replace(
    connection: &mut PgConnection,
    faults: &Faults,
    experiment: Option<&Experiment>,
) -> Result<()> {
    let on_failure = "change the experiment";
    // Also keeps a prune from choosing versions until we are done: see `Session::give_up_old_versions`.
    sqlx::query("LOCK TABLE experiment_variants IN SHARE ROW EXCLUSIVE MODE")
        .execute(&mut *connection)
        .await
        .map_err(faults.on(on_failure))?;
    // Whatever is kept is inserted again.
    let started: Option<(String, DateTime<Utc>)> =
        sqlx::query_as("DELETE FROM experiment RETURNING name, started_at")
            .fetch_optional(&mut *connection)
            .await
            .map_err(faults.on(on_failure))?;
    if let Some(experiment) = experiment {
        check_versions(connection, faults, experiment).await?;
        let since = started.filter(|(name, _)| *name == experiment.name).map(|(_, at)| at);
        insert(connection, experiment, since).await.map_err(faults.on(on_failure))?;
    }
    sqlx::query("SELECT pg_notify($1, $2)")
        .bind(SERVING_CHANNEL)
        .bind(EXPERIMENT_CHANGED)
        .execute(&mut *connection)
        .await
        .map_err(faults.on("announce the experiment"))?;
    Ok(())
}

async fn check_versions(
    connection: &mut PgConnection,
    faults: &Faults,
    experiment: &Experiment,
) -> Result<()> {
    let versions = version::all(connection, faults).await?;
    let servable =
        |wanted: i64| versions.iter().any(|v| v.version == wanted && v.state == VersionState::Ready);
    match experiment.variants.iter().find(|variant| !servable(variant.version)) {
        Some(variant) => Err(StoreError::UnservableVariant {
            variant: variant.name.clone(),
            version: variant.version,
            known: version::describe(&versions),
        }),
        None => Ok(()),
    }
}

async fn insert(
    connection: &mut PgConnection,
    experiment: &Experiment,
    since: Option<DateTime<Utc>>,
) -> sqlx::Result<()> {
    let variants = &experiment.variants;
    sqlx::query("INSERT INTO experiment (name, started_at) VALUES ($1, coalesce($2, now()))")
        .bind(&experiment.name)
        .bind(since)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "INSERT INTO experiment_variants (place, name, version, weight)
         SELECT v.place, v.name, v.version, v.weight
         FROM unnest($1::text[], $2::bigint[], $3::integer[]) WITH ORDINALITY AS v (name, version, weight, place)",
    )
    .bind(variants.iter().map(|variant| variant.name.as_str()).collect::<Vec<_>>())
    .bind(variants.iter().map(|variant| variant.version).collect::<Vec<_>>())
    .bind(variants.iter().map(|variant| variant.weight).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}
