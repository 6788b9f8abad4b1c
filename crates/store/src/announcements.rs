//! Notifications of what changes.

use sqlx::postgres::{PgListener, PgPoolOptions};

use crate::{RunningExperiment, Store, error::Result, experiment};

/// The channel on which an activation is announced, with the version number as its payload, and a change of the
/// experiment, as [`EXPERIMENT_CHANGED`].
pub(crate) const SERVING_CHANNEL: &str = "cinelake_serving";

/// The payload on [`SERVING_CHANNEL`] of a change of the experiment.
pub(crate) const EXPERIMENT_CHANGED: &str = "experiment";

/// The channel on which recorded feedback is announced, with the user and their revision as its payload:
/// `USER_ID:FEEDBACK_ID`.
pub(crate) const FEEDBACK_CHANNEL: &str = "cinelake_feedback";

/// Something that changed in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announcement {
    /// Another version is live, or the experiment changed: look it up.
    Serving,
    /// A user gave feedback.
    Feedback {
        user_id: i64,
        /// The greatest id of their events.
        revision: i64,
    },
}

/// A connection of its own on which changes are announced.
#[derive(Debug)]
pub struct Announcements {
    listener: PgListener,
    store: Store,
}

impl Store {
    /// Begins to listen. What changed before that is not announced: look it up afterwards.
    pub async fn listen(&self) -> Result<Announcements> {
        let failed = self.faults.on("listen to the database");
        // Not of the pool: a service too busy for its connections must not take its database for dead.
        let own = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(self.faults.acquire_timeout)
            .connect_lazy_with(self.session.clone());
        let mut listener = PgListener::connect_with(&own).await.map_err(&failed)?;
        // A gap in the announcements must be seen, to look up what was missed.
        listener.eager_reconnect(false);
        listener.listen_all([SERVING_CHANNEL, FEEDBACK_CHANNEL]).await.map_err(&failed)?;
        Ok(Announcements { listener, store: self.clone() })
    }
}

impl Announcements {
    /// Waits for the next change; `None` when the connection ended.
    pub async fn next(&mut self) -> Result<Option<Announcement>> {
        loop {
            let received = self.listener.try_recv().await;
            let Some(notification) = received.map_err(self.store.faults.on("listen to the database"))? else {
                return Ok(None);
            };
            if let Some(announcement) = parse(notification.channel(), notification.payload()) {
                return Ok(Some(announcement));
            }
            tracing::warn!(payload = notification.payload(), "an announcement cannot be read");
        }
    }

    /// The number of the live version, if anything was published: asked on this connection, so it also tells whether the
    /// database answers.
    pub async fn live(&mut self) -> Result<Option<i64>> {
        sqlx::query_scalar("SELECT version FROM serving")
            .fetch_one(&mut self.listener)
            .await
            .map_err(self.store.faults.on("read the live version"))
    }

    /// Which database this is: two that were created apart differ, whatever their version numbers.
    pub async fn identity(&mut self) -> Result<String> {
        sqlx::query_scalar("SELECT identity::text FROM installation")
            .fetch_one(&mut self.listener)
            .await
            .map_err(self.store.faults.on("read the identity of the database"))
    }

    /// The running experiment, if there is one, asked on this connection.
    pub async fn experiment(&mut self) -> Result<Option<RunningExperiment>> {
        experiment::running(&mut self.listener, &self.store.faults).await
    }

    /// The revision of each user who gave feedback with an id above this one.
    pub async fn revisions_after(&mut self, feedback_id: i64) -> Result<Vec<(i64, i64)>> {
        sqlx::query_as(
            "SELECT user_id, max(feedback_id) FROM feedback WHERE feedback_id > $1
             GROUP BY user_id ORDER BY user_id",
        )
        .bind(feedback_id)
        .fetch_all(&mut self.listener)
        .await
        .map_err(self.store.faults.on("read the revisions of feedback"))
    }
}

fn parse(channel: &str, payload: &str) -> Option<Announcement> {
    if channel == SERVING_CHANNEL {
        return Some(Announcement::Serving);
    }
    let (user_id, revision) = payload.split_once(':')?;
    Some(Announcement::Feedback { user_id: user_id.parse().ok()?, revision: revision.parse().ok()? })
}
