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
    let encoding: String = sqlx::query_scalar("SHOW server_encoding")
        .fetch_one(&mut *connection)
        .await
        .map_err(faults.on("read the encoding of the database"))?;
    if encoding != "UTF8" {
        return Err(StoreError::NotUtf8 { address: faults.address.clone(), encoding });
    }
    match MIGRATIONS.run(&mut *connection).await {
        Ok(()) => Ok(()),
        Err(MigrateError::VersionMissing(_)) => check(connection, faults).await,
        Err(error) => Err(explain(faults.address.clone(), error)),
    }
}

fn explain(address: String, error: MigrateError) -> StoreError {
    match missing_extension(&error) {
        Some(reason) => StoreError::ExtensionMissing { address, reason },
        None => StoreError::Migrate { address, source: Box::new(error) },
    }
}

/// What the server says when `CREATE EXTENSION` does not find the extension's files: `feature_not_supported`, or
/// `undefined_file` from older servers.
fn missing_extension(error: &MigrateError) -> Option<String> {
    let MigrateError::ExecuteMigration(sqlx::Error::Database(answer), _) = error else { return None };
    let code = answer.code()?;
    let concerns_files = matches!(code.as_ref(), "0A000" | "58P01") && answer.message().contains("extension");
    concerns_files.then(|| answer.message().to_owned())
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

#[cfg(test)]
mod tests {
    use sqlx::{Connection, Executor};
    use store_testing::TestDatabase;

    use super::*;

    #[tokio::test]
    async fn an_extension_that_the_server_lacks_is_named_with_the_remedy() {
        let database = TestDatabase::empty().await;
        let mut connection = PgConnection::connect(&database.url()).await.unwrap();
        let error = connection.execute("CREATE EXTENSION not_installed_here").await.unwrap_err();
        let error = explain("here".to_owned(), MigrateError::ExecuteMigration(error, 3));
        assert!(matches!(error, StoreError::ExtensionMissing { .. }), "{error:?}");
        let message = error.to_string();
        assert!(
            message.contains("\"not_installed_here\"") && message.contains("postgresql-contrib"),
            "{message}"
        );
    }
}
