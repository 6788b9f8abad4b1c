//! Ids that are texts, which are called keys: from the key of a user to their number, and back.
//!
//! All else goes by numbers. A key keeps its number for ever, so whichever version has it says the same.

use std::sync::Arc;

use super::{Current, Serving, ServingError, people::Person};

impl Serving {
    /// The user with a key as they are now, looked up in the live version and then in those of the experiment.
    pub(crate) async fn person_by_key(&self, key: &Arc<str>) -> Result<Person, ServingError> {
        let user_id = self.once_more(|| self.number_of(key)).await?;
        Ok(Person { key: Some(key.clone()), ..self.person(user_id).await? })
    }

    /// A user who may give ratings. Where users have keys, that is only who has one.
    pub(crate) async fn rater(&self, user_id: i64) -> Result<Person, ServingError> {
        self.once_more(|| self.who_has_a_key(user_id)).await
    }

    async fn who_has_a_key(&self, user_id: i64) -> Result<Person, ServingError> {
        let person = self.person(user_id).await?;
        let key = self.key_of(&person).await?;
        if person.version().has_user_keys && key.is_none() {
            return Err(ServingError::NoSuchNumber { user_id });
        }
        Ok(Person { key, ..person })
    }

    /// A user's key, if they have one.
    pub(super) async fn key_of(&self, person: &Person) -> Result<Option<Arc<str>>, ServingError> {
        let version = person.version();
        if !version.has_user_keys || person.key.is_some() {
            return Ok(person.key.clone());
        }
        let key = self.inner.store.key_of_user(version.version, person.user_id).await?;
        if key.is_none() {
            self.check_rows(version.version).await?;
        }
        Ok(key.map(Arc::from))
    }

    /// Asks once more of the version that is live then, if the rows of the one before are gone.
    async fn once_more<T, F: Future<Output = Result<T, ServingError>>>(
        &self,
        ask: impl Fn() -> F,
    ) -> Result<T, ServingError> {
        match ask().await {
            Err(ServingError::VersionGone) => {
                self.refresh().await;
                ask().await
            }
            outcome => outcome,
        }
    }

    /// A version whose rows are gone has no keys either, which says nothing of its users.
    async fn check_rows(&self, version: i64) -> Result<(), ServingError> {
        if self.inner.store.is_ready(version).await? { Ok(()) } else { Err(ServingError::VersionGone) }
    }

    async fn number_of(&self, key: &Arc<str>) -> Result<i64, ServingError> {
        // Waits for a database that has just gone.
        self.is_stale().await?;
        let versions = self.inner.current.load().with_user_keys();
        if versions.is_empty() {
            self.view().await?;
            return Err(ServingError::NoUserKeys { key: key.clone() });
        }
        for version in versions {
            let place = (version, key.clone());
            if let Some(user_id) = self.inner.memory.user(&place) {
                return Ok(user_id);
            }
            if let Some(user_id) = self.inner.store.user_by_key(version, key).await? {
                self.inner.memory.keep_user(place, user_id);
                return Ok(user_id);
            }
            self.check_rows(version).await?;
        }
        Err(ServingError::UnknownUserKey { key: key.clone() })
    }
}

impl Current {
    /// The versions whose users have keys, the live one first.
    fn with_user_keys(&self) -> Vec<i64> {
        let mut found = Vec::new();
        for version in self.versions().filter(|version| version.has_user_keys) {
            if !found.contains(&version.version) {
                found.push(version.version);
            }
        }
        found
    }
}
