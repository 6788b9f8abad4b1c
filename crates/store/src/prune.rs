//! Dropping old versions, and whatever a crash left behind.

use sqlx::{AssertSqlSafe, Connection, FromRow};

use crate::{Store, StoreError, error::Result, session::Session};

/// What a prune did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The versions that were given up, oldest first.
    pub versions: Vec<i64>,
    /// The partition at which dropping stopped, if a reader was in the way. The next prune goes on from there.
    pub postponed: Option<Postponed>,
}

/// A partition that could not be dropped in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Postponed {
    /// The partition, such as `recommendations_7`.
    pub partition: String,
    /// How many partitions wait, this one included.
    pub waiting: usize,
}

/// A partition whose version is not `ready`.
#[derive(FromRow)]
struct Stale {
    name: String,
    parent: Option<String>,
    /// An earlier `DETACH ... CONCURRENTLY` was interrupted between its two transactions.
    half_detached: bool,
}

impl Store {
    /// Drops all versions but the live one, those of the experiment and the `keep` newest others, and finishes what an earlier prune could
    /// not. Readers are never blocked: a partition that one still uses is left for the next time, after a wait of
    /// at most `lock_timeout`.
    ///
    /// # Errors
    /// [`StoreError::PublishInProgress`], or why the database failed.
    pub async fn prune(&self, keep: u32) -> Result<Pruned> {
        let mut session = Session::open(self).await?;
        let pruned = session.prune(keep).await;
        session.close().await;
        pruned
    }
}

impl Session {
    async fn prune(&mut self, keep: u32) -> Result<Pruned> {
        let versions = self.give_up_old_versions(keep).await?;
        Ok(Pruned { versions, postponed: self.drop_stale_partitions().await? })
    }

    /// Drops every partition that belongs to no ready version, until a lock is not granted in time.
    pub(crate) async fn drop_stale_partitions(&mut self) -> Result<Option<Postponed>> {
        let stale = self.stale_partitions().await?;
        for (done, partition) in stale.iter().enumerate() {
            match self.drop_partition(partition).await {
                Ok(()) => {}
                Err(StoreError::Locked { .. }) => {
                    let waiting = stale.len() - done;
                    return Ok(Some(Postponed { partition: partition.name.clone(), waiting }));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Drops what killed loads of any version left: tables that were never attached, which no reader can have found.
    /// One that is locked all the same, as by a backup, waits for the next time, unless the load of `version` needs
    /// its name.
    pub(crate) async fn drop_leftovers(&mut self, version: i64) -> Result<()> {
        let own = format!("_{version}");
        for leftover in self.stale_partitions().await?.iter().filter(|stale| stale.parent.is_none()) {
            match self.drop_partition(leftover).await {
                Err(StoreError::Locked { .. }) if !leftover.name.ends_with(&own) => {
                    tracing::warn!(
                        table = leftover.name,
                        "a leftover of a killed load is locked; it is dropped later"
                    );
                }
                dropped => dropped?,
            }
        }
        Ok(())
    }

    /// Marked before anything is dropped, so that half a version can never be activated.
    ///
    /// The lock keeps the experiment as it is: a change of it either came before, and its versions are seen here,
    /// or waits and then finds that they are pruned.
    async fn give_up_old_versions(&mut self, keep: u32) -> Result<Vec<i64>> {
        let mut transaction = self.connection.begin().await.map_err(self.faults.on("begin a transaction"))?;
        sqlx::query("LOCK TABLE experiment_variants IN SHARE MODE")
            .execute(&mut *transaction)
            .await
            .map_err(self.faults.on("wait for a change of the experiment"))?;
        let mut versions: Vec<i64> = sqlx::query_scalar(
            "UPDATE versions SET state = 'pruned' WHERE version IN (
                 SELECT v.version FROM versions AS v
                 WHERE v.state = 'ready' AND NOT EXISTS (SELECT FROM serving AS s WHERE s.version = v.version)
                   AND NOT EXISTS (SELECT FROM experiment_variants AS e WHERE e.version = v.version)
                 ORDER BY v.version DESC OFFSET $1
             ) RETURNING version",
        )
        .bind(i64::from(keep))
        .fetch_all(&mut *transaction)
        .await
        .map_err(self.faults.on("choose the versions to drop"))?;
        transaction.commit().await.map_err(self.faults.on("choose the versions to drop"))?;
        versions.sort_unstable();
        Ok(versions)
    }

    /// We hold the publish lock, so a partition of a version that is not ready belongs to nobody.
    async fn stale_partitions(&mut self) -> Result<Vec<Stale>> {
        sqlx::query_as(
            "SELECT c.relname::text AS name, p.oid::regclass::text AS parent,
                    coalesce(i.inhdetachpending, false) AS half_detached
             FROM pg_class AS c
             LEFT JOIN pg_inherits AS i ON i.inhrelid = c.oid
             LEFT JOIN pg_class AS p ON p.oid = i.inhparent
             WHERE c.relnamespace = 'version_data'::regnamespace AND c.relkind = 'r'
               AND NOT EXISTS (
                   SELECT FROM versions AS v
                   WHERE v.state = 'ready' AND v.version::text = substring(c.relname from '_([0-9]+)$'))
             ORDER BY half_detached DESC, c.oid",
        )
        .fetch_all(&mut self.connection)
        .await
        .map_err(self.faults.on("list the partitions to drop"))
    }

    /// Names come from the catalog, quoted by the server.
    async fn drop_partition(&mut self, stale: &Stale) -> Result<()> {
        let name: String = sqlx::query_scalar("SELECT format('version_data.%I', $1)")
            .bind(&stale.name)
            .fetch_one(&mut self.connection)
            .await
            .map_err(self.faults.on("quote a name"))?;
        if let Some(parent) = &stale.parent {
            let how = if stale.half_detached { "FINALIZE" } else { "CONCURRENTLY" };
            let detach = format!("ALTER TABLE {parent} DETACH PARTITION {name} {how}");
            self.run("detach a partition", detach).await?;
        }
        sqlx::query(AssertSqlSafe(format!("DROP TABLE {name}")))
            .execute(&mut self.connection)
            .await
            .map_err(self.faults.on("drop a partition"))?;
        Ok(())
    }
}
