//! From keys, which are ids that are texts, to the numbers that everything else goes by, and back.

use crate::{Store, error::Result};

impl Store {
    /// The user of a version who has a key.
    pub async fn user_by_key(&self, version: i64, key: &str) -> Result<Option<i64>> {
        sqlx::query_scalar("SELECT user_id FROM user_keys WHERE version = $1 AND key = $2")
            .bind(version)
            .bind(key)
            .fetch_optional(&self.pool)
            .await
            .map_err(self.faults.on("look a key up"))
    }

    /// The key of a user of a version, if they have one.
    pub async fn key_of_user(&self, version: i64, user_id: i64) -> Result<Option<String>> {
        sqlx::query_scalar("SELECT key FROM user_keys WHERE version = $1 AND user_id = $2")
            .bind(version)
            .bind(user_id)
            .fetch_optional(&self.pool)
            .await
            .map_err(self.faults.on("read the key of a user"))
    }
}
