//! From ratings in any order to histories, in two passes over them: a tally, then the histories themselves.
//!
//! Only after the first pass is it known which index an id has, and so in which order ratings of the same moment lie; and how
//! long each history is. So in the second pass a history is put in order as soon as its last rating has come, and only its
//! movies and stars are kept, 5 bytes a rating, and the times where they are wanted, 8 more.

use std::collections::HashMap;

use als::{AlsError, Index, Memory, MovieIdx, UserIdx, Values, scattered};

use crate::by_id::ById;
use crate::error::HistoriesError;
use crate::histories::{Event, Histories};
use crate::ids::Ids;

/// Whether histories keep when each rating was given: only weights that fade need it. Without, a history is in the order of
/// time all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// 8 bytes a rating.
    Keep,
    /// Nothing.
    Drop,
}

impl Times {
    /// What learning by these hyper-parameters needs.
    #[must_use]
    pub fn for_learning(made_by: &contract::Hyperparameters) -> Self {
        if made_by.half_life_days.is_some() { Self::Keep } else { Self::Drop }
    }
}

/// The first pass: who rated how often, and which movies there are.
#[derive(Debug, Default)]
pub struct Tally {
    users: Interner,
    movies: Interner,
    /// How many ratings there are of each user's number.
    ratings: Vec<usize>,
}

impl Tally {
    /// Counts one rating by outside ids.
    pub fn add(&mut self, user_id: i64, movie_id: i64) {
        let user = self.users.intern(user_id) as usize;
        if user == self.ratings.len() {
            self.ratings.push(0);
        }
        self.ratings[user] += 1;
        self.movies.intern(movie_id);
    }

    /// How many users were counted.
    #[must_use]
    pub fn users(&self) -> usize {
        self.users.ids.len()
    }

    /// How many movies were counted.
    #[must_use]
    pub fn movies(&self) -> usize {
        self.movies.ids.len()
    }

    /// How many ratings were counted.
    #[must_use]
    pub fn ratings(&self) -> usize {
        self.ratings.iter().sum()
    }

    /// Ends the first pass: from here on users and movies have the order of their ids. Histories will lie in `memory`.
    ///
    /// # Errors
    /// There is no room for them.
    pub fn into_builder(self, times: Times, memory: &Memory) -> Result<HistoriesBuilder, HistoriesError> {
        let Self { users, movies, ratings } = self;
        let (user_ids, numbers) = users.into_ids();
        let (movie_ids, _) = movies.into_ids();
        let mut offsets = vec![0];
        let mut total = 0;
        for number in numbers {
            total += ratings[number as usize];
            offsets.push(total);
        }
        let kept = (times == Times::Keep).then(|| memory.zeros(total)).transpose()?;
        Ok(HistoriesBuilder {
            user_of: ById::places(user_ids.as_slice().iter().copied()),
            movie_of: ById::places(movie_ids.as_slice().iter().copied()),
            histories: Histories {
                users: user_ids,
                movies: movie_ids,
                offsets,
                rated: memory.zeros(total)?,
                stars: Values::zeros(total, memory)?,
                times: kept,
            },
            last: None,
            under_way: Vec::new(),
            waiting: HashMap::new(),
            pushed: 0,
            placed: 0,
            failed: None,
        })
    }
}

/// The second pass.
///
/// Ratings may come in any order. Where those of a user follow each other, as `silver/ratings` has them, one history is under
/// way at a time; else all that have begun and not ended are, at 16 bytes a rating.
#[derive(Debug)]
pub struct HistoriesBuilder {
    user_of: ById,
    movie_of: ById,
    histories: Histories,
    /// Whose rating came last.
    last: Option<(i64, UserIdx)>,
    /// The history of that user as far as it has come.
    under_way: Vec<Event>,
    /// The other histories that have begun and not ended.
    waiting: HashMap<UserIdx, Vec<Event>>,
    pushed: usize,
    placed: usize,
    /// Why the rest cannot be kept.
    failed: Option<AlsError>,
}

impl HistoriesBuilder {
    /// Adds one rating by outside ids; `rated_at` in microseconds since 1970.
    pub fn push(&mut self, user_id: i64, movie_id: i64, rating: f32, rated_at: i64) {
        self.pushed += 1;
        // An id that the tally does not know is an error, which `build` tells.
        let Some(user) = self.turn_to(user_id) else { return };
        let Some(movie) = self.movie_of.get(movie_id).map(MovieIdx) else { return };
        self.under_way.push(Event { movie, rating, rated_at });
        if self.under_way.len() == self.histories.of(user).len() {
            self.end(user);
        }
    }

    /// Makes the history of a user the one that is under way.
    fn turn_to(&mut self, user_id: i64) -> Option<UserIdx> {
        if let Some((last_id, last)) = self.last {
            if last_id == user_id {
                return Some(last);
            }
            if !self.under_way.is_empty() {
                self.waiting.insert(last, std::mem::take(&mut self.under_way));
            }
        }
        let user = UserIdx(self.user_of.get(user_id)?);
        self.last = Some((user_id, user));
        if let Some(begun) = self.waiting.remove(&user) {
            self.under_way = begun;
        }
        Some(user)
    }

    /// Puts a whole history into its place, in the order of time.
    fn end(&mut self, user: UserIdx) {
        // Many ratings share their second. In the order of their ids the same movies would always be held out.
        let tie = |event: &Event| scattered(event.movie.0 ^ scattered(user.0));
        self.under_way.sort_unstable_by(|left, right| {
            left.rated_at.cmp(&right.rated_at).then_with(|| tie(left).cmp(&tie(right)))
        });
        self.placed += self.under_way.len();
        let first = self.histories.offsets[user.position()];
        for (place, event) in (first..).zip(self.under_way.drain(..)) {
            self.histories.rated[place] = event.movie;
            if let Err(error) = self.histories.stars.set(place, event.rating) {
                self.failed.get_or_insert(error);
            }
            if let Some(times) = &mut self.histories.times {
                times[place] = event.rated_at;
            }
        }
    }

    /// Ends the second pass.
    ///
    /// # Errors
    /// [`HistoriesError::PassesDiffer`] if it was not over the ratings of the first, or no room for them.
    pub fn build(self) -> Result<Histories, HistoriesError> {
        if let Some(error) = self.failed {
            return Err(error.into());
        }
        let tallied = self.histories.len();
        if [self.pushed, self.placed] != [tallied; 2] || !self.under_way.is_empty() {
            return Err(HistoriesError::PassesDiffer { tallied, pushed: self.pushed, placed: self.placed });
        }
        Ok(self.histories)
    }
}

/// Numbers ids in the order in which they first appear.
#[derive(Debug, Default)]
struct Interner {
    known: ById,
    ids: Vec<i64>,
    /// Ratings of one user mostly follow each other.
    last: Option<(i64, u32)>,
}

impl Interner {
    fn intern(&mut self, id: i64) -> u32 {
        if let Some((last, number)) = self.last
            && last == id
        {
            return number;
        }
        let number = self.known.get(id).unwrap_or_else(|| {
            // More than 2^32 ids cannot be told apart; `Ratings` refuses that many.
            let next = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
            self.known.insert(id, next);
            self.ids.push(id);
            next
        });
        self.last = Some((id, number));
        number
    }

    /// The ids ascending, and the number of each.
    fn into_ids<I: Index>(self) -> (Ids<I>, Vec<u32>) {
        let mut numbers: Vec<u32> = (0..).take(self.ids.len()).collect();
        numbers.sort_unstable_by_key(|&number| self.ids[number as usize]);
        let ids = numbers.iter().map(|&number| self.ids[number as usize]).collect();
        (Ids::new(ids), numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three users, whose ratings come one by one in turn.
    fn ratings() -> Vec<(i64, i64, f32, i64)> {
        let ratings = (0..30_u8).map(i64::from).zip((0..10_u8).map(f32::from).cycle());
        ratings.map(|(turn, stars)| (turn % 3, turn % 7, stars, 100 - turn)).collect()
    }

    fn built(ratings: &[(i64, i64, f32, i64)]) -> Histories {
        Histories::collect(Times::Keep, ratings.iter().copied()).unwrap()
    }

    #[test]
    fn histories_are_the_same_in_whatever_order_ratings_come() {
        let mut ratings = ratings();
        let mixed = built(&ratings);
        ratings.sort_by_key(|rating| rating.0);
        assert_eq!(built(&ratings), mixed);
        ratings.reverse();
        assert_eq!(built(&ratings), mixed);
    }

    fn tallied(ratings: &[(i64, i64, f32, i64)]) -> HistoriesBuilder {
        let mut tally = Tally::default();
        for rating in ratings {
            tally.add(rating.0, rating.1);
        }
        tally.into_builder(Times::Drop, &Memory::default()).unwrap()
    }

    #[test]
    fn a_user_whose_ratings_are_together_leaves_nothing_in_memory_but_the_history() {
        let mut ratings = ratings();
        ratings.sort_by_key(|rating| rating.0);
        let mut builder = tallied(&ratings);
        for (user, movie, stars, at) in ratings {
            builder.push(user, movie, stars, at);
            assert!(builder.waiting.is_empty());
            assert!(builder.under_way.len() < 10, "a history is put away with its last rating");
        }
    }

    #[test]
    fn a_second_pass_over_other_ratings_is_refused() {
        let ratings = ratings();
        let second_pass = |second: &[(i64, i64, f32, i64)]| {
            let mut builder = tallied(&ratings);
            for &(user, movie, stars, at) in second {
                builder.push(user, movie, stars, at);
            }
            builder.build()
        };
        assert!(second_pass(&ratings).is_ok());
        let unknown_user = [&ratings[1..], &[(9, 1, 1.0, 1)]].concat();
        let unknown_movie = [&ratings[1..], &[(0, 99, 1.0, 1)]].concat();
        let of_another = [&ratings[1..], &[(1, 1, 1.0, 1)]].concat();
        let more = [&ratings[..], &ratings[..1]].concat();
        for second in [&ratings[1..], &unknown_user, &unknown_movie, &of_another, &more] {
            let error = second_pass(second).unwrap_err();
            assert!(matches!(error, HistoriesError::PassesDiffer { tallied: 30, .. }), "{error}");
        }
    }
}
