//! Who gave feedback, and up to which event.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

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
