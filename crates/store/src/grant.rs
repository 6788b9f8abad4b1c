//! The least rights of those who do not own the tables.

use sqlx::FromRow;

use crate::{Store, StoreError, error::Result, session::Session};

/// What a role may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Read everything that is published and said, now and in the future; for dashboards and exporters.
    Read,
    /// That, and what the API writes: feedback, the live version and the experiment.
    Api,
}

/// Who gets the rights, and where; the names as the server quotes them.
#[derive(FromRow)]
struct Names {
    role: String,
    database: String,
    owns_all: bool,
}

/// A role first loses whatever it had, so that in the end it has this and nothing else.
const READ: &str = "
    REVOKE ALL ON DATABASE {database} FROM {role};
    REVOKE ALL ON SCHEMA public, version_data FROM {role};
    REVOKE ALL ON ALL TABLES IN SCHEMA public, version_data FROM {role};
    REVOKE ALL ON ALL SEQUENCES IN SCHEMA public, version_data FROM {role};
    GRANT CONNECT ON DATABASE {database} TO {role};
    GRANT USAGE ON SCHEMA public, version_data TO {role};
    GRANT SELECT ON ALL TABLES IN SCHEMA public, version_data TO {role};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public, version_data GRANT SELECT ON TABLES TO {role};";

/// What a role may do just by being one.
const EVERYBODY: &str = "
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC;";

/// The writes of `Store::record_feedback`, `Store::set_experiment` and `Store::activate`. Deleting an experiment
/// deletes its variants by their key; the right to is what `LOCK TABLE` asks for.
const API: &str = "
    GRANT INSERT ON feedback TO {role};
    GRANT INSERT, DELETE ON experiment, experiment_variants TO {role};
    GRANT UPDATE (version, activated_at) ON serving TO {role};
    GRANT UPDATE (published_at) ON versions TO {role};";

impl Store {
    /// Gives a role the rights of one kind of access and takes all others in this database from it, in one
    /// transaction. Everything that the owner makes later can be read, too. Waits for a publish to end, at most
    /// `publish_wait`.
    ///
    /// Must be called by the owner of the tables, who publishes.
    ///
    /// # Errors
    /// [`StoreError::RoleMissing`], [`StoreError::RoleOwnsAll`], [`StoreError::PublishInProgress`], a schema that
    /// does not fit, or why the database failed.
    pub async fn grant(&self, role: &str, access: Access) -> Result<()> {
        let mut session = Session::open(self).await?;
        let granted = grant(&mut session, role, access).await;
        session.close().await;
        granted
    }
}

async fn grant(session: &mut Session, role: &str, access: Access) -> Result<()> {
    let names = names(session, role).await?;
    if names.owns_all {
        return Err(StoreError::RoleOwnsAll { role: role.to_owned() });
    }
    let writes = match access {
        Access::Read => "",
        Access::Api => API,
    };
    let statements = format!("BEGIN; {EVERYBODY} {READ} {writes} COMMIT");
    // One after the other: a role may be called `{database}`.
    let (before, after) = (statements.split("{role}"), names.role);
    let statements: Vec<String> = before.map(|part| part.replace("{database}", &names.database)).collect();
    session.run("grant rights", statements.join(&after)).await
}

/// Looks the role up by its exact name, so nothing that was given reaches a statement as it is.
async fn names(session: &mut Session, role: &str) -> Result<Names> {
    let names: Option<Names> = sqlx::query_as(
        "SELECT quote_ident(rolname) AS role, quote_ident(current_database()) AS database,
                (SELECT pg_has_role(r.oid, relowner, 'USAGE') FROM pg_class WHERE oid = 'versions'::regclass)
                AS owns_all
         FROM pg_roles AS r WHERE rolname = $1",
    )
    .bind(role)
    .fetch_optional(&mut session.connection)
    .await
    .map_err(session.faults.on("look the role up"))?;
    let address = session.faults.address.clone();
    names.ok_or_else(|| StoreError::RoleMissing { address, role: role.to_owned() })
}
