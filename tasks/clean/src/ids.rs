//! Ids: whole numbers, which stay as they are, or keys, which get numbers that they keep for ever.
//!
//! `silver/keys` has every key that any run took in. Those that are new to a run get the next numbers, in the order in which
//! the run meets them, and are committed before the rows that name them.

use anyhow::ensure;
use contract::clean;
use contract::description::{self, IdKind};
use indexmap::IndexSet;
use lakehouse::tables::{SilverKeys, silver_keys};
use lakehouse::{Snapshot, Table, TableWriter, Version};
use task::Run;

/// The kinds, as `silver/keys` names them.
const USER: &str = "user";
const MOVIE: &str = "movie";

/// Keys written at a time.
const BATCH_ROWS: usize = 8_192;

/// The ids of users and movies.
#[derive(Debug)]
pub(crate) struct Ids {
    pub(crate) users: Numbers,
    pub(crate) movies: Numbers,
    /// The version of `silver/keys` that the numbers go on from.
    after: Version,
}

/// What the ids of one kind stand for.
#[derive(Debug)]
pub(crate) enum Numbers {
    /// Themselves.
    Given,
    /// The place of each key among all, from 1.
    Kept(Keys),
}

/// Keys in the order of their numbers. A key costs some 60 bytes besides its text.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    texts: IndexSet<Box<str>>,
    /// How many of them `silver/keys` has.
    held: usize,
}

/// An id that may be one, whether anything has it or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Id<'a> {
    Number(i64),
    Key(&'a str),
}

impl Id<'_> {
    /// The title of a movie that has no other.
    pub(crate) fn title(self) -> String {
        match self {
            Self::Number(id) => format!("Movie {id}"),
            Self::Key(key) => key.to_owned(),
        }
    }
}

impl Ids {
    /// The ids as they are described. The newest keys will do for every attempt of a run: none is ever taken away, so what an
    /// earlier attempt committed is among them.
    pub(crate) async fn of(run: &Run, described: description::Ids) -> anyhow::Result<Self> {
        let mut ids =
            Self { users: Numbers::of(described.user), movies: Numbers::of(described.movie), after: 0 };
        if let Some(keys) = run.lake().newest().await? {
            ids.after = keys.version();
            ids.users.read_held(&keys, USER).await?;
            ids.movies.read_held(&keys, MOVIE).await?;
        }
        Ok(ids)
    }

    /// Writes the keys that are new; committed by the caller, and refused if another run added keys meanwhile, which may have
    /// the same numbers.
    pub(crate) async fn write_new(&self, run: &Run) -> anyhow::Result<TableWriter<SilverKeys>> {
        let mut writer = run.write::<SilverKeys>().await?;
        let new = [(USER, &self.users), (MOVIE, &self.movies)];
        let mut rows = silver_keys::Rows::default();
        for (kind, (id, key)) in
            new.into_iter().flat_map(|(kind, numbers)| numbers.added().map(move |added| (kind, added)))
        {
            writer.only_after(self.after);
            rows.push(silver_keys::Row { kind, key, id });
            if rows.len() == BATCH_ROWS {
                writer.write(&rows.take()?).await?;
            }
        }
        if !rows.is_empty() {
            writer.write(&rows.take()?).await?;
        }
        Ok(writer)
    }
}

impl Numbers {
    fn of(kind: IdKind) -> Self {
        match kind {
            IdKind::Number => Self::Given,
            IdKind::Text => Self::Kept(Keys::default()),
        }
    }

    /// An id from its text: a whole number among [`clean::IDS`] (`"7"` and `"7.0"` are the same one), or a [`clean::key`].
    pub(crate) fn read<'a>(&self, text: Option<&'a str>) -> Option<Id<'a>> {
        match self {
            Self::Given => text.and_then(clean::id).map(Id::Number),
            Self::Kept(_) => text.and_then(clean::key).map(Id::Key),
        }
    }

    /// The number of an id, `None` for a key that has none yet.
    pub(crate) fn find(&self, id: Id<'_>) -> Option<i64> {
        match (id, self) {
            (Id::Number(number), _) => Some(number),
            (Id::Key(key), Self::Kept(keys)) => keys.texts.get_index_of(key).and_then(number),
            (Id::Key(_), Self::Given) => None,
        }
    }

    /// The number of an id; a key that has none gets the next one.
    pub(crate) fn find_or_add(&mut self, id: Id<'_>) -> Option<i64> {
        let found = self.find(id);
        match (id, self) {
            (Id::Key(key), Self::Kept(keys)) if found.is_none() => {
                number(keys.texts.insert_full(key.into()).0)
            }
            _ => found,
        }
    }

    /// The key that has a number.
    pub(crate) fn key_of(&self, number: i64) -> Option<&str> {
        let Self::Kept(keys) = self else { return None };
        let place = usize::try_from(number.checked_sub(1)?).ok()?;
        keys.texts.get_index(place).map(|key| &**key)
    }

    /// Whether a number may be an id: where ids are keys, only those that were given to one.
    pub(crate) fn may_be(&self, number: i64) -> bool {
        matches!(self, Self::Given) || self.key_of(number).is_some()
    }

    /// The keys that `silver/keys` does not have yet.
    fn added(&self) -> impl Iterator<Item = (i64, &str)> {
        let keys = match self {
            Self::Given => None,
            Self::Kept(keys) => Some(keys),
        };
        let new = keys.into_iter().flat_map(|keys| keys.texts.iter().enumerate().skip(keys.held));
        new.filter_map(|(place, key)| Some((number(place)?, &**key)))
    }

    async fn read_held(&mut self, table: &Snapshot<SilverKeys>, kind: &str) -> anyhow::Result<()> {
        let Self::Kept(keys) = self else { return Ok(()) };
        let mut held = Vec::new();
        let mut batches = table.read(&<SilverKeys as Table>::columns()).await?;
        while let Some(batch) = batches.next().await? {
            let (kinds, texts) = (silver_keys::KIND.of(&batch)?, silver_keys::KEY.of(&batch)?);
            let ids = silver_keys::ID.of(&batch)?.values();
            let rows = kinds.iter().zip(texts).zip(ids).filter(|((found, _), _)| *found == Some(kind));
            held.extend(rows.filter_map(|((_, key), id)| Some((*id, Box::<str>::from(key?)))));
        }
        held.sort_unstable();
        for (wanted, (id, key)) in (1..).zip(held) {
            let damaged = || format!("{} is damaged at the {kind} with the number {id}", SilverKeys::NAME);
            ensure!(id == wanted && keys.texts.insert(key), damaged());
        }
        keys.held = keys.texts.len();
        Ok(())
    }
}

/// The number of a key at a place.
fn number(place: usize) -> Option<i64> {
    i64::try_from(place).ok()?.checked_add(1).filter(|number| clean::IDS.contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_for_themselves() {
        let mut given = Numbers::of(IdKind::Number);
        assert_eq!(given.read(Some(" 7.0 ")), Some(Id::Number(7)));
        assert_eq!(given.read(Some("tt007")), None);
        assert_eq!(given.find_or_add(Id::Number(7)), Some(7));
        assert!(given.may_be(7) && given.key_of(7).is_none());
    }

    #[test]
    fn keys_are_numbered_in_the_order_in_which_they_come() {
        let mut kept = Numbers::of(IdKind::Text);
        let [first, second] = ["tt007", "7"].map(|text| kept.read(Some(text)).unwrap());
        assert_eq!(kept.find(first), None);
        assert_eq!([first, second, first].map(|id| kept.find_or_add(id)), [Some(1), Some(2), Some(1)]);
        assert_eq!((kept.key_of(2), kept.key_of(0), kept.key_of(3)), (Some("7"), None, None));
        assert!(kept.may_be(2) && !kept.may_be(3));
        assert!(kept.added().eq([(1, "tt007"), (2, "7")]));
    }
}
