//! What a row must satisfy before it is sent.
//!
//! Rows are checked here, on their way out, rather than by queries afterwards: looking up 16 million movie ids in a
//! hash set costs a fraction of joining them in the database, and the first bad row ends the load.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::{BuildHasherDefault, Hasher},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};

use contract::clean::{CleanText, IDS, KEY_BYTES};

use crate::copy::is_timestamp;

/// Why a row must not be served. Ranks and places count from 1.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RowFault {
    /// The movie has no row in `movies`, which is written first.
    #[error("movie {movie_id} is not in movies")]
    UnknownMovie { movie_id: i64 },
    #[error("movie {movie_id} comes twice")]
    RepeatedMovie { movie_id: i64 },
    #[error("the list is empty")]
    EmptyList,
    #[error("{movies} movies but {values} {what}")]
    LengthsDiffer { movies: usize, values: usize, what: &'static str },
    #[error("the score at rank {rank} is above the one before it")]
    NotDescending { rank: usize },
    #[error("{what} {place} is not a finite number")]
    NotFinite { what: &'static str, place: usize },
    #[error("the factor has {found} numbers, those before it {expected}")]
    RankDiffers { found: usize, expected: usize },
    #[error("moment {place} is outside the years 1 to 9999")]
    ImpossibleTime { place: usize },
    #[error("the {what} is empty")]
    EmptyText { what: &'static str },
    /// `PostgreSQL` cannot store the character U+0000.
    #[error("the {what} contains a nul character")]
    NulInText { what: &'static str },
    /// What `clean` would have changed.
    #[error("the {what} is too long or has control characters: run clean of this release under a new run id")]
    UncleanText { what: &'static str },
    #[error("the id {id} is not from 0 to 2^53 - 1")]
    IdOutOfRange { id: i64 },
    #[error("the key has {found} bytes, more than {KEY_BYTES}")]
    LongKey { found: usize },
    #[error("the row is longer than 64 MiB")]
    TooLong,
}

type Check = Result<(), RowFault>;

/// Ids are numbers of the data set, not what a stranger chose, so the hash may be a quick one.
#[derive(Debug, Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write_i64(&mut self, id: i64) {
        // Fibonacci hashing; the table takes its buckets from the low bits, which are the poor ones.
        let spread = id.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = spread ^ (spread >> 32);
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only ids are hashed")
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The movies of a version.
#[derive(Debug, Default)]
struct Movies {
    ids: Vec<i64>,
    /// Where in `ids` each one is.
    places: HashMap<i64, usize, BuildHasherDefault<IdHasher>>,
}

/// What the rows so far tell about the next ones of a table.
#[derive(Debug, Default)]
pub struct Checker {
    /// Those of the version: the checkers of its tables share them.
    movies: Arc<RwLock<Movies>>,
    rank: Option<usize>,
    /// The number of the last list that named the movie at each place.
    named: Vec<u32>,
    lists: u32,
    /// The places of the movies of that list.
    list: Vec<usize>,
    /// How often the movie at each place was rated.
    rated: Vec<i64>,
}

impl Checker {
    /// A checker for another table of the same version.
    pub(crate) fn beside(&self) -> Self {
        Self { movies: Arc::clone(&self.movies), ..Self::default() }
    }

    /// Remembers a movie; each may come once.
    pub(crate) fn add_movie(&mut self, movie_id: i64) -> Check {
        let mut movies = self.movies.write().unwrap_or_else(PoisonError::into_inner);
        let place = movies.ids.len();
        match movies.places.entry(movie_id) {
            Entry::Vacant(movie) => movie.insert(place),
            Entry::Occupied(_) => return Err(RowFault::RepeatedMovie { movie_id }),
        };
        movies.ids.push(movie_id);
        Ok(())
    }

    pub(crate) fn known(&self, movie_id: i64) -> Check {
        let movies = self.movies();
        if movies.places.contains_key(&movie_id) { Ok(()) } else { Err(RowFault::UnknownMovie { movie_id }) }
    }

    /// A user's ratings, which count for their movies.
    pub(crate) fn history(&mut self, movie_ids: &[i64], ratings: &[f32]) -> Check {
        self.list(movie_ids, "ratings", ratings)?;
        self.rated.resize(self.named.len(), 0);
        for &place in &self.list {
            self.rated[place] += 1;
        }
        Ok(())
    }

    /// The rated movies, and how often each was.
    pub(crate) fn ratings(&self) -> (Vec<i64>, Vec<i64>) {
        let counted = self.movies().ids.clone().into_iter().zip(self.rated.iter().copied());
        counted.filter(|(_, rated)| *rated > 0).unzip()
    }

    /// A list of distinct, known movies with a value for each.
    pub(crate) fn list(&mut self, movie_ids: &[i64], what: &'static str, values: &[f32]) -> Check {
        if movie_ids.is_empty() {
            return Err(RowFault::EmptyList);
        }
        same_length(movie_ids, what, values.len())?;
        finite(what, values)?;
        let movies = self.movies.read().unwrap_or_else(PoisonError::into_inner);
        self.named.resize(movies.ids.len(), 0);
        self.lists += 1;
        self.list.clear();
        for &movie_id in movie_ids {
            let Some(&place) = movies.places.get(&movie_id) else {
                return Err(RowFault::UnknownMovie { movie_id });
            };
            if std::mem::replace(&mut self.named[place], self.lists) == self.lists {
                return Err(RowFault::RepeatedMovie { movie_id });
            }
            self.list.push(place);
        }
        Ok(())
    }

    fn movies(&self) -> RwLockReadGuard<'_, Movies> {
        self.movies.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// A list with the best movie first.
    pub(crate) fn ranking(&mut self, movie_ids: &[i64], scores: &[f32]) -> Check {
        self.list(movie_ids, "scores", scores)?;
        match scores.windows(2).position(|pair| pair[0] < pair[1]) {
            Some(place) => Err(RowFault::NotDescending { rank: place + 2 }),
            None => Ok(()),
        }
    }

    /// A factor as long as those before it.
    pub(crate) fn factor(&mut self, factor: &[f32]) -> Check {
        if factor.is_empty() {
            return Err(RowFault::EmptyList);
        }
        let expected = *self.rank.get_or_insert(factor.len());
        if factor.len() != expected {
            return Err(RowFault::RankDiffers { found: factor.len(), expected });
        }
        finite("factor", factor)
    }
}

pub(crate) fn same_length(movie_ids: &[i64], what: &'static str, values: usize) -> Check {
    if movie_ids.len() == values {
        Ok(())
    } else {
        Err(RowFault::LengthsDiffer { movies: movie_ids.len(), values, what })
    }
}

pub(crate) fn finite(what: &'static str, values: &[f32]) -> Check {
    match values.iter().position(|value| !value.is_finite()) {
        Some(place) => Err(RowFault::NotFinite { what, place: place + 1 }),
        None => Ok(()),
    }
}

pub(crate) fn moments(micros: &[i64]) -> Check {
    match micros.iter().position(|&moment| !is_timestamp(moment)) {
        Some(place) => Err(RowFault::ImpossibleTime { place: place + 1 }),
        None => Ok(()),
    }
}

pub(crate) fn text(what: &'static str, text: &str) -> Check {
    if text.contains('\0') { Err(RowFault::NulInText { what }) } else { Ok(()) }
}

/// A text that [`contract::clean`] leaves as it is.
pub(crate) fn clean_text<'a>(
    what: &'static str,
    dirty: &'a str,
    clean: impl Fn(&'a str) -> CleanText<'a>,
) -> Check {
    text(what, dirty)?;
    if clean(dirty).is_whole() { Ok(()) } else { Err(RowFault::UncleanText { what }) }
}

/// An id of a user or a movie.
pub(crate) fn id(id: i64) -> Check {
    if IDS.contains(&id) { Ok(()) } else { Err(RowFault::IdOutOfRange { id }) }
}

/// An id that is a text: see [`contract::clean::key`].
pub(crate) fn key(key: &str) -> Check {
    if key.is_empty() {
        return Err(RowFault::EmptyText { what: "key" });
    }
    if key.len() > KEY_BYTES {
        return Err(RowFault::LongKey { found: key.len() });
    }
    text("key", key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three_movies() -> Checker {
        let mut checker = Checker::default();
        for movie_id in [1, 2, 3] {
            checker.add_movie(movie_id).unwrap();
        }
        checker
    }

    #[test]
    fn equal_scores_are_a_ranking() {
        assert_eq!(three_movies().ranking(&[3, 1], &[0.5, 0.5]), Ok(()));
    }

    #[test]
    fn each_fault_of_a_ranking_is_named() {
        let mut checker = three_movies();
        let mut fault = |movies: &[i64], scores: &[f32]| checker.ranking(movies, scores).unwrap_err();
        assert_eq!(fault(&[], &[]), RowFault::EmptyList);
        assert_eq!(fault(&[1, 9], &[2.0, 1.0]), RowFault::UnknownMovie { movie_id: 9 });
        assert_eq!(fault(&[1, 2, 1], &[3.0, 2.0, 1.0]), RowFault::RepeatedMovie { movie_id: 1 });
        assert_eq!(fault(&[1, 2], &[1.0, 2.0]), RowFault::NotDescending { rank: 2 });
        assert_eq!(fault(&[1, 2], &[1.0, f32::NAN]), RowFault::NotFinite { what: "scores", place: 2 });
        assert_eq!(
            fault(&[1], &[1.0, 0.5]),
            RowFault::LengthsDiffer { movies: 1, values: 2, what: "scores" }
        );
    }

    #[test]
    fn every_factor_has_the_rank_of_the_first() {
        let mut checker = three_movies();
        assert_eq!(checker.factor(&[0.1, 0.2]), Ok(()));
        assert_eq!(checker.factor(&[0.1]), Err(RowFault::RankDiffers { found: 1, expected: 2 }));
    }

    #[test]
    fn a_moment_the_database_cannot_hold_is_refused() {
        assert_eq!(moments(&[0, i64::MIN]), Err(RowFault::ImpossibleTime { place: 2 }));
    }

    #[test]
    fn a_key_is_a_text_of_one_to_256_bytes() {
        for good in ["A1B2", "ключ", &"é".repeat(128)] {
            assert_eq!(key(good), Ok(()), "{good}");
        }
        assert_eq!(key(""), Err(RowFault::EmptyText { what: "key" }));
        assert_eq!(key("a\0b"), Err(RowFault::NulInText { what: "key" }));
        let long = RowFault::LongKey { found: 258 };
        assert_eq!(long.to_string(), "the key has 258 bytes, more than 256");
        assert_eq!(key(&"é".repeat(129)), Err(long));
    }
}
