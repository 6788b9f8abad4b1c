//! Migrations, and whether they were run.

use sqlx::{
    migrate::{MigrateError, Migrator},
    postgres::PgConnection,
};

use crate::error::{Faults, Result, StoreError};

static MIGRATIONS: Migrator = sqlx::migrate!();

/// The newest migration of this release.
fn wanted() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default()
}

/// Runs what was not run yet.
pub(crate) async fn migrate(connection: &mut PgConnection, faults: &Faults) -> Result<()> {
    match MIGRATIONS.run(&mut *connection).await {
        Ok(()) => Ok(()),
        Err(MigrateError::VersionMissing(_)) => check(connection, faults).await,
        Err(error) => Err(StoreError::Migrate { address: faults.address.clone(), source: Box::new(error) }),
    }
}

/// Compares the newest applied migration with the newest known one.
pub(crate) async fn check(connection: &mut PgConnection, faults: &Faults) -> Result<()> {
    let found: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
        .fetch_one(connection)
        .await
        .map_err(faults.on("read the schema's version"))?;
    let wanted = wanted();
    match found {
        None => Err(StoreError::SchemaMissing { address: faults.address.clone() }),
        Some(found) if found < wanted => Err(StoreError::SchemaTooOld { found, wanted }),
        Some(found) if found > wanted => Err(StoreError::SchemaTooNew { found, wanted }),
        Some(_) => Ok(()),
    }
}
