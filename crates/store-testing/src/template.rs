//! The database that every database with the current schema is a copy of: copying takes a fraction of migrating.

use std::path::Path;

use sqlx::{Connection, PgConnection, migrate::Migrator, query, query_scalar};
use store::{ConnectOptions, Store};
use tokio::sync::OnceCell;

use crate::database::{run, url_of};

const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../store/migrations");

/// "TEMPLATE" in ASCII. Whoever looks for the template holds this lock in the database of `TEST_DATABASE_URL`, so of
/// several test processes one makes it and the others wait.
const LOCK: i64 = 0x5445_4D50_4C41_5445;

/// The template's name. The first call of a process makes the template, unless the server has it already.
pub(crate) async fn name(server: &str) -> &'static str {
    static NAME: OnceCell<String> = OnceCell::const_new();
    NAME.get_or_init(|| async { find_or_make(server).await.expect("a template for the tests' databases") })
        .await
}

async fn find_or_make(server: &str) -> sqlx::Result<String> {
    let name = format!("cinelake_template_{:016x}", fingerprint().await?);
    let mut connection = PgConnection::connect(server).await?;
    query("SELECT pg_advisory_lock($1)").bind(LOCK).execute(&mut connection).await?;
    let exists: bool = query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
        .bind(&name)
        .fetch_one(&mut connection)
        .await?;
    if !exists {
        // Named at the end, so that a process that dies here leaves no half of a template.
        let unfinished = format!("{name}_unfinished");
        run(&mut connection, format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)")).await?;
        run(&mut connection, format!("CREATE DATABASE {unfinished}")).await?;
        migrate(&url_of(server, &unfinished))
            .await
            .map_err(|error| sqlx::Error::Configuration(error.into()))?;
        // A database that somebody is connected to cannot be copied.
        run(&mut connection, format!("ALTER DATABASE {unfinished} ALLOW_CONNECTIONS false")).await?;
        run(&mut connection, format!("ALTER DATABASE {unfinished} RENAME TO {name}")).await?;
    }
    connection.close().await?;
    Ok(name)
}

async fn migrate(url: &str) -> store::Result<()> {
    Store::connect(&ConnectOptions::new(url)).await?.migrate().await
}

/// Differs as soon as a migration does: a server may outlive the schema of its templates.
async fn fingerprint() -> sqlx::Result<u64> {
    let migrations = Migrator::new(Path::new(MIGRATIONS)).await?;
    // FNV-1a
    let bytes = migrations.iter().flat_map(|migration| migration.checksum.iter());
    Ok(bytes
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)))
}
