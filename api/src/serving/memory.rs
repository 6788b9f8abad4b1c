//! What is kept in memory of users: lists, profiles and the numbers of keys, bounded by their size, and the revisions of
//! their feedback.
//!
//! The key of an entry says all that its content depends on: the version, the user, and the revision of their feedback. So
//! nothing has to be taken out when a version or a user changes: what is out of date is never asked for again and makes room.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use moka::sync::Cache;

use super::people::Solved;
use crate::telemetry::{CacheMeter, Outcome};

/// What an entry depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) version: i64,
    pub(crate) user_id: i64,
    /// The revision of their feedback, 0 without any.
    pub(crate) revision: i64,
}

/// How a list came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Strategy {
    /// By the factors of the model.
    Als,
    /// By factors solved anew from ratings that the model has not seen.
    FoldIn,
    /// Popular movies: nothing is known of the user's profile.
    Popular,
}

/// A user's list, best movie first.
#[derive(Debug, PartialEq)]
pub(crate) struct List {
    /// The user's key, if they have one.
    pub(crate) user_key: Option<Arc<str>>,
    pub(crate) strategy: Strategy,
    pub(crate) movies: Box<[super::version::Scored]>,
    /// Whether no further movie could follow.
    pub(crate) complete: bool,
}

/// What one entry costs besides its content: the key, the list's own fields and the cache's own memory, measured.
const OVERHEAD: usize = 320;

/// Whose number is wanted: a version, and the key of a user.
pub(crate) type UserKey = (i64, Arc<str>);

/// Memory for lists, profiles and the numbers of keys.
#[derive(Debug)]
pub(crate) struct Memory {
    meter: CacheMeter,
    lists: Cache<Key, Arc<List>>,
    profiles: Cache<Key, Arc<Solved>>,
    /// For keys of users their numbers.
    users: Cache<UserKey, i64>,
}

impl Memory {
    /// Three quarters of `bytes` for lists, half of the rest for profiles, the other half for keys; 0 keeps nothing.
    pub(crate) fn new(bytes: u64, meter: CacheMeter) -> Self {
        let lists = Cache::builder()
            .max_capacity(bytes / 4 * 3)
            .weigher(|_, list: &Arc<List>| weight(list.bytes()))
            .build();
        let profiles = Cache::builder()
            .max_capacity(bytes / 8)
            .weigher(|_, solved: &Arc<Solved>| weight(solved.profile.bytes()))
            .build();
        let users = Cache::builder()
            .max_capacity(bytes / 8)
            .weigher(|(_, key): &UserKey, _| weight(key.len()))
            .build();
        Self { meter, lists, profiles, users }
    }

    pub(crate) fn list(&self, key: &Key) -> Option<Arc<List>> {
        let list = self.lists.get(key);
        self.meter.count(if list.is_some() { Outcome::Hit } else { Outcome::Miss });
        list
    }

    pub(crate) fn profile(&self, key: &Key) -> Option<Arc<Solved>> {
        self.profiles.get(key)
    }

    pub(crate) fn user(&self, key: &UserKey) -> Option<i64> {
        self.users.get(key)
    }

    pub(crate) fn keep_user(&self, key: UserKey, user_id: i64) {
        self.users.insert(key, user_id);
    }

    pub(crate) fn keep_list(&self, key: Key, list: Arc<List>) {
        self.lists.insert(key, list);
    }

    pub(crate) fn keep_profile(&self, key: Key, solved: Arc<Solved>) {
        self.profiles.insert(key, solved);
    }

    /// Forgets what belongs to versions that are not served any more, to make room at once.
    pub(crate) fn clear(&self) {
        self.lists.invalidate_all();
        self.profiles.invalidate_all();
        self.users.invalidate_all();
    }
}

impl List {
    /// The size of its content.
    fn bytes(&self) -> usize {
        size_of_val(&*self.movies) + self.user_key.as_ref().map_or(0, |key| key.len())
    }
}

fn weight(bytes: usize) -> u32 {
    u32::try_from(bytes + OVERHEAD).unwrap_or(u32::MAX)
}

impl Strategy {
    const ALL: [Self; 3] = [Self::Als, Self::FoldIn, Self::Popular];

    /// As shared lists write it.
    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    /// The inverse of [`Strategy::code`].
    pub(crate) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|strategy| strategy.code() == code)
    }

    /// As answers and metrics name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Als => "als",
            Self::FoldIn => "fold_in",
            Self::Popular => "popular",
        }
    }
}

/// The revision of every user who ever gave feedback: some 32 bytes each. A revision only grows.
#[derive(Debug, Default)]
pub(crate) struct Revisions(RwLock<HashMap<i64, i64>>);

impl Revisions {
    /// The user's revision, 0 without feedback.
    pub(crate) fn of(&self, user_id: i64) -> i64 {
        let revisions = self.0.read().unwrap_or_else(PoisonError::into_inner);
        revisions.get(&user_id).copied().unwrap_or_default()
    }

    /// Notes revisions; older ones than those known change nothing.
    pub(crate) fn note(&self, found: impl IntoIterator<Item = (i64, i64)>) {
        let mut revisions = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (user_id, revision) in found {
            let known = revisions.entry(user_id).or_default();
            *known = revision.max(*known);
        }
    }

    /// Forgets everybody.
    pub(crate) fn clear(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The greatest of all, 0 without any.
    pub(crate) fn greatest(&self) -> i64 {
        let revisions = self.0.read().unwrap_or_else(PoisonError::into_inner);
        revisions.values().copied().max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_only_grows() {
        let revisions = Revisions::default();
        assert_eq!((revisions.of(1), revisions.greatest()), (0, 0));
        revisions.note([(1, 5), (2, 9)]);
        revisions.note([(1, 3), (2, 11)]);
        assert_eq!((revisions.of(1), revisions.of(2), revisions.greatest()), (5, 11, 11));
    }
}
