//! Completing a version, and what can be done with one that is complete.

use std::sync::Arc;

use contract::Figure;
use futures::future::join_all;
use serde_json::Value;
use sqlx::{AssertSqlSafe, types::Json};

use crate::{
    Activation, Counts, StoreError, Table, activate,
    error::{self, Result},
    session::Session,
    stream::Stream,
    table::Partition,
};

/// A version that is complete and checked, but not live yet.
#[derive(Debug)]
pub struct LoadedVersion {
    session: Session,
    version: i64,
}

impl LoadedVersion {
    pub(crate) fn new(session: Session, version: i64) -> Self {
        Self { session, version }
    }

    /// The number of the version.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.version
    }

    /// Makes it live.
    ///
    /// # Errors
    /// Why the database failed. The version stays loaded: the next publish of its run only activates it.
    pub async fn activate(mut self) -> Result<Activation> {
        let activation = activate::switch(&mut self.session, self.version).await;
        self.session.close().await;
        activation
    }
}

/// What a version must turn out to be before it can go live.
#[derive(Debug)]
pub(crate) struct Complete {
    pub(crate) version: i64,
    pub(crate) expected: Counts,
    /// The rated movies, and how often each was.
    pub(crate) rated: (Vec<i64>, Vec<i64>),
    pub(crate) metrics: Vec<Figure>,
    /// What the rows told of the model.
    pub(crate) details: Option<Value>,
}

impl Complete {
    /// Completes and checks every table, each connection its own, and then makes them one version.
    ///
    /// The tables are committed before they are attached, because a transaction sees no other's. Nobody finds them in
    /// between: who reads goes by the parents.
    pub(crate) async fn make(self, main: &mut Session, streams: Vec<Stream>) -> Result<()> {
        let this = Arc::new(self);
        let sessions = join_all(streams.into_iter().enumerate().map(async |(stream, copied)| {
            let mut session = copied.end().await?;
            for table in Table::of_stream(stream) {
                this.complete(&mut session, table).await?;
            }
            Ok(session)
        }));
        // The first failure is the one to report, in the order of the tables and not of chance.
        let sessions = sessions.await.into_iter().collect::<Result<_>>()?;
        let attached = this.attach(main, sessions).await;
        if attached.is_err() {
            this.detach(main).await;
        }
        attached
    }

    async fn attach(&self, main: &mut Session, mut sessions: Vec<Session>) -> Result<()> {
        // The lock of publishers is still ours if this succeeds.
        main.run("begin to attach the partitions", "BEGIN".to_owned()).await?;
        insert_metrics(main, self.version, &self.metrics).await?;
        let committed =
            join_all(sessions.iter_mut().map(|session| session.run("commit the load", "COMMIT".to_owned())))
                .await;
        committed.into_iter().collect::<Result<()>>()?;
        for session in sessions {
            session.close().await;
        }
        // Last, because from here on the parents are locked against other changes of their partitions. Readers go on:
        // they take weaker locks.
        for table in Table::ALL {
            let attach = Partition { table, version: self.version }.attach();
            main.run("attach a partition", attach).await?;
        }
        self.set_ready(main).await?;
        main.run("commit the version", "COMMIT".to_owned()).await
    }

    /// Undoes a part of [`Complete::attach`]. If even that fails, the next publish or prune does it.
    async fn detach(&self, main: &mut Session) {
        let undone = match main.run("undo the load", "ROLLBACK".to_owned()).await {
            Ok(()) => main.drop_leftovers(self.version).await,
            Err(error) => Err(error),
        };
        if let Err(error) = undone {
            tracing::warn!(version = self.version, %error, "what was loaded of the version is dropped later");
        }
    }

    async fn complete(&self, session: &mut Session, table: Table) -> Result<()> {
        if table == Table::Movies {
            self.set_ratings(session).await?;
        }
        self.index(session, table).await?;
        self.count(session, table).await
    }

    /// Movies are sent before the histories that rate them, so they learn afterwards how often they were rated.
    async fn set_ratings(&self, session: &mut Session) -> Result<()> {
        let (movie_ids, ratings) = &self.rated;
        let partition = Partition { table: Table::Movies, version: self.version };
        sqlx::query(AssertSqlSafe(partition.set_ratings()))
            .bind(movie_ids)
            .bind(ratings)
            .execute(&mut session.connection)
            .await
            .map_err(session.faults.on("count the ratings of movies"))?;
        Ok(())
    }

    async fn index(&self, session: &mut Session, table: Table) -> Result<()> {
        let partition = Partition { table, version: self.version };
        if let Err(error) = session.try_run(partition.add_keys()).await {
            return Err(match error::duplicate_key(&error) {
                Some(detail) => StoreError::DuplicateRow { table, detail },
                None => session.faults.on("build the keys of a partition")(error),
            });
        }
        session.run("index a partition", partition.add_indexes()).await?;
        session.run("analyze a partition", partition.analyze()).await
    }

    async fn count(&self, session: &mut Session, table: Table) -> Result<()> {
        let partition = Partition { table, version: self.version };
        let found: i64 = sqlx::query_scalar(AssertSqlSafe(partition.count()))
            .fetch_one(&mut session.connection)
            .await
            .map_err(session.faults.on("count rows"))?;
        let (found, expected, version) = (found.unsigned_abs(), self.expected.get(table), self.version);
        if found != expected {
            return Err(StoreError::CountsDiffer { table, version, expected, found });
        }
        if found == 0 && matches!(table, Table::Movies | Table::Recommendations) {
            return Err(StoreError::EmptyTable { table, version });
        }
        Ok(())
    }

    async fn set_ready(&self, main: &mut Session) -> Result<()> {
        sqlx::query(
            "UPDATE versions SET state = 'ready', counts = $2, model = model || coalesce($3::jsonb, '{}') WHERE version = $1",
        )
        .bind(self.version)
        .bind(Json(&self.expected))
        .bind(self.details.as_ref().map(Json))
        .execute(&mut main.connection)
        .await
        .map_err(main.faults.on("mark the version ready"))?;
        Ok(())
    }
}

async fn insert_metrics(session: &mut Session, version: i64, metrics: &[Figure]) -> Result<()> {
    let on_failure = "store the metrics";
    sqlx::query("DELETE FROM version_metrics WHERE version = $1")
        .bind(version)
        .execute(&mut session.connection)
        .await
        .map_err(session.faults.on(on_failure))?;
    sqlx::query(
        "INSERT INTO version_metrics (version, baseline, metric, k, value)
         SELECT $1, * FROM unnest($2::boolean[], $3::text[], $4::integer[], $5::double precision[])",
    )
    .bind(version)
    .bind(metrics.iter().map(|metric| metric.baseline).collect::<Vec<_>>())
    .bind(metrics.iter().map(|metric| metric.metric.as_str()).collect::<Vec<_>>())
    .bind(metrics.iter().map(|metric| metric.k).collect::<Vec<_>>())
    .bind(metrics.iter().map(|metric| metric.value).collect::<Vec<_>>())
    .execute(&mut session.connection)
    .await
    .map_err(session.faults.on(on_failure))?;
    Ok(())
}
