//! Lists and tastes in memory, bounded by their size.
//!
//! The key of an entry says all that its content depends on: the version, the user, and the revision of their feedback. So
//! nothing has to be taken out when a version or a user changes: what is out of date is never asked for again and makes room.

use std::sync::Arc;

use moka::sync::Cache;

use super::people::Solved;
use crate::telemetry::{CacheMeter, Outcome};

/// What an entry depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// The number of the version.
    pub version: i64,
    /// The user.
    pub user_id: i64,
    /// The revision of their feedback, 0 without any.
    pub revision: i64,
}

/// How a list came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// By the factors of the model.
    Als,
    /// By factors solved anew from ratings that the model has not seen.
    FoldIn,
    /// Popular movies: nothing is known of the user's taste.
    Popular,
}

/// A user's list, best movie first.
#[derive(Debug, PartialEq)]
pub struct List {
    /// How it came about.
    pub strategy: Strategy,
    /// Movies and scores.
    pub movies: Box<[super::version::Scored]>,
    /// Whether no further movie could follow.
    pub complete: bool,
}

/// What one entry costs besides its content: the key, the list's own fields and the cache's own memory, measured.
const OVERHEAD: usize = 320;

/// Memory for lists and tastes.
#[derive(Debug)]
pub(crate) struct Memory {
    meter: CacheMeter,
    lists: Cache<Key, Arc<List>>,
    tastes: Cache<Key, Arc<Solved>>,
}

impl Memory {
    /// Three quarters of `bytes` for lists, the rest for tastes; 0 keeps nothing.
    pub(crate) fn new(bytes: u64, meter: CacheMeter) -> Self {
        let lists = Cache::builder()
            .max_capacity(bytes / 4 * 3)
            .weigher(|_, list: &Arc<List>| weight(size_of_val(&*list.movies)))
            .build();
        let tastes = Cache::builder()
            .max_capacity(bytes / 4)
            .weigher(|_, solved: &Arc<Solved>| weight(solved.taste.bytes()))
            .build();
        Self { meter, lists, tastes }
    }

    pub(crate) fn list(&self, key: &Key) -> Option<Arc<List>> {
        let list = self.lists.get(key);
        self.meter.count(if list.is_some() { Outcome::Hit } else { Outcome::Miss });
        list
    }

    pub(crate) fn taste(&self, key: &Key) -> Option<Arc<Solved>> {
        self.tastes.get(key)
    }

    pub(crate) fn keep_list(&self, key: Key, list: Arc<List>) {
        self.lists.insert(key, list);
    }

    pub(crate) fn keep_taste(&self, key: Key, solved: Arc<Solved>) {
        self.tastes.insert(key, solved);
    }

    /// Forgets what belongs to versions that are not served any more, to make room at once.
    pub(crate) fn clear(&self) {
        self.lists.invalidate_all();
        self.tastes.invalidate_all();
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
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Als => "als",
            Self::FoldIn => "fold_in",
            Self::Popular => "popular",
        }
    }
}
