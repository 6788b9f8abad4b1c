//! From outside ids to dense indices: what users have rated, in the order of time.

use std::collections::HashMap;

use crate::error::AlsError;
use crate::fading::Evidence;
use crate::index::{Index, MovieIdx, UserIdx};
use crate::ratings::Ratings;

/// The outside ids of one side, ascending: index `i` stands for the `i`-th id.
///
/// So an index does not depend on the order in which ratings arrive, and neither does a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ids<I> {
    ids: Vec<i64>,
    index: std::marker::PhantomData<I>,
}

impl<I: Index> Ids<I> {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The outside id of an index.
    ///
    /// # Panics
    /// If the index is of another data set.
    #[must_use]
    pub fn id(&self, index: I) -> i64 {
        self.ids[index.position()]
    }

    /// The index of an outside id, if it has one.
    #[must_use]
    pub fn index(&self, id: i64) -> Option<I> {
        self.ids.binary_search(&id).ok().and_then(|position| u32::try_from(position).ok()).map(I::new)
    }

    /// All ids, ascending.
    #[must_use]
    pub fn as_slice(&self) -> &[i64] {
        &self.ids
    }
}

/// One rating of a user's history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event {
    /// The movie.
    pub movie: MovieIdx,
    /// The rating as given.
    pub rating: f32,
    /// When, in microseconds since 1970.
    pub rated_at: i64,
}

/// What every user has rated, oldest first.
#[derive(Debug, Clone)]
pub struct Histories {
    users: Ids<UserIdx>,
    movies: Ids<MovieIdx>,
    offsets: Vec<usize>,
    events: Vec<Event>,
}

impl Histories {
    /// Users, by outside id.
    #[must_use]
    pub fn users(&self) -> &Ids<UserIdx> {
        &self.users
    }

    /// Movies that were rated, by outside id.
    #[must_use]
    pub fn movies(&self) -> &Ids<MovieIdx> {
        &self.movies
    }

    /// The number of ratings.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether nothing was rated.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The whole history of a user, oldest first; of the same moment the lower movie comes first.
    #[must_use]
    pub fn of(&self, user: UserIdx) -> &[Event] {
        &self.events[self.offsets[user.position()]..self.offsets[user.position() + 1]]
    }

    /// The history without and of the holdout: the latest `holdout` share of a user's ratings, rounded down, so
    /// that a user with few ratings keeps them all for training.
    #[must_use]
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of a count is between 0 and the count"
    )]
    pub fn split(&self, user: UserIdx, holdout: f64) -> (&[Event], &[Event]) {
        let history = self.of(user);
        // 0.2 * 5 is 1.0000000000000002 or 0.9999999999999999 elsewhere: the nudge makes whole numbers whole.
        let held_out = (history.len() as f64 * holdout + 1e-9).floor() as usize;
        history.split_at(history.len() - held_out.min(history.len()))
    }

    /// The same users and movies with their histories before the holdout alone.
    ///
    /// What is held out of the result lies within the part that a model may learn from: to choose hyper-parameters by.
    #[must_use]
    pub fn without_holdout(mut self, holdout: f64) -> Self {
        let mut offsets = vec![0];
        let mut kept = 0;
        for user in (0..).map(UserIdx).take(self.users.len()) {
            let start = self.offsets[user.position()];
            let training = self.split(user, holdout).0.len();
            self.events.copy_within(start..start + training, kept);
            kept += training;
            offsets.push(kept);
        }
        self.events.truncate(kept);
        Self { offsets, ..self }
    }

    /// The ratings of at least `min_rating` without the holdout, as the solver takes them. All users and movies
    /// keep their index, those whose row is empty included.
    ///
    /// # Errors
    /// As [`Ratings::from_rows`]: a pair that was rated twice, or a rating that is not finite.
    pub fn training(&self, holdout: f64, min_rating: f32) -> Result<Ratings, AlsError> {
        self.training_by(holdout, &Evidence::of_at_least(min_rating))
    }

    /// As [`Histories::training`], by other evidence.
    pub(crate) fn training_by(&self, holdout: f64, evidence: &Evidence) -> Result<Ratings, AlsError> {
        let mut offsets = Vec::with_capacity(self.offsets.len());
        let (mut movies, mut values) = (Vec::new(), Vec::new());
        offsets.push(0);
        for user in (0..).map(UserIdx).take(self.users.len()) {
            let (training, _) = self.split(user, holdout);
            for (event, value) in training.iter().filter_map(|event| Some((event, evidence.value(event)?))) {
                movies.push(event.movie);
                values.push(value);
            }
            offsets.push(movies.len());
        }
        Ratings::from_rows(self.movies.len(), offsets, movies, values)
    }
}

/// Collects ratings in any order.
#[derive(Debug, Default)]
pub struct HistoriesBuilder {
    users: Interner,
    movies: Interner,
    events: Vec<(u32, Event)>,
}

impl HistoriesBuilder {
    /// Room for this many ratings.
    #[must_use]
    pub fn with_capacity(ratings: usize) -> Self {
        Self { events: Vec::with_capacity(ratings), ..Self::default() }
    }

    /// Adds one rating by outside ids; `rated_at` in microseconds since 1970.
    pub fn push(&mut self, user_id: i64, movie_id: i64, rating: f32, rated_at: i64) {
        let user = self.users.intern(user_id);
        let movie = MovieIdx(self.movies.intern(movie_id));
        self.events.push((user, Event { movie, rating, rated_at }));
    }

    /// Sorts users and movies by id, and histories by time.
    #[must_use]
    pub fn build(self) -> Histories {
        let (users, user_of) = self.users.into_ids();
        let (movies, movie_of) = self.movies.into_ids();
        let mut offsets = vec![0; users.len() + 1];
        for (user, _) in &self.events {
            offsets[user_of[*user as usize] as usize + 1] += 1;
        }
        for user in 0..users.len() {
            offsets[user + 1] += offsets[user];
        }
        let mut next = offsets.clone();
        let mut events = vec![Event { movie: MovieIdx(0), rating: 0.0, rated_at: 0 }; self.events.len()];
        for (user, event) in self.events {
            let place = &mut next[user_of[user as usize] as usize];
            events[*place] = Event { movie: MovieIdx(movie_of[event.movie.position()]), ..event };
            *place += 1;
        }
        for user in offsets.windows(2) {
            events[user[0]..user[1]].sort_unstable_by_key(|event| (event.rated_at, event.movie));
        }
        Histories { users, movies, offsets, events }
    }
}

/// Numbers ids in the order in which they first appear.
#[derive(Debug, Default)]
struct Interner {
    known: HashMap<i64, u32>,
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
        // More than 2^32 ids cannot be told apart; `Ratings` refuses that many.
        let next = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        let number = *self.known.entry(id).or_insert(next);
        if number == next {
            self.ids.push(id);
        }
        self.last = Some((id, number));
        number
    }

    /// The ids ascending, and for each number its place among them.
    fn into_ids<I: Index>(self) -> (Ids<I>, Vec<u32>) {
        let mut order: Vec<u32> = (0..).take(self.ids.len()).collect();
        order.sort_unstable_by_key(|&number| self.ids[number as usize]);
        let mut place = vec![0; order.len()];
        for (index, &number) in (0..).zip(&order) {
            place[number as usize] = index;
        }
        let ids = order.into_iter().map(|number| self.ids[number as usize]).collect();
        (Ids { ids, index: std::marker::PhantomData }, place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histories(ratings: &[(i64, i64, f32, i64)]) -> Histories {
        let mut builder = HistoriesBuilder::default();
        for &(user, movie, rating, at) in ratings {
            builder.push(user, movie, rating, at);
        }
        builder.build()
    }

    const RATINGS: [(i64, i64, f32, i64); 6] = [
        (9, 50, 4.0, 3),
        (2, 70, 1.0, 1),
        (9, 10, 5.0, 1),
        (9, 70, 2.0, 2),
        (2, 10, 3.0, 5),
        (9, 90, 3.0, 3),
    ];

    #[test]
    fn indices_follow_the_ids_whatever_the_order_of_arrival() {
        let mut reversed = RATINGS;
        reversed.reverse();
        for ratings in [RATINGS, reversed] {
            let histories = histories(&ratings);
            assert_eq!(histories.users().as_slice(), [2, 9]);
            assert_eq!(histories.movies().as_slice(), [10, 50, 70, 90]);
            assert_eq!(histories.movies().index(70), Some(MovieIdx(2)));
            assert_eq!(histories.movies().index(71), None);
            let movies: Vec<_> = histories.of(UserIdx(1)).iter().map(|event| event.movie.0).collect();
            assert_eq!(movies, [0, 2, 1, 3], "oldest first, and of the same moment the lower movie");
        }
    }

    #[test]
    fn the_holdout_is_the_latest_share_rounded_down() {
        let histories = histories(&RATINGS);
        let (training, held_out) = histories.split(UserIdx(1), 0.5);
        assert_eq!((training.len(), held_out.len()), (2, 2));
        assert!(training.iter().all(|early| held_out.iter().all(|late| early.rated_at <= late.rated_at)));
        assert_eq!(histories.split(UserIdx(0), 0.4).1.len(), 0);
        assert_eq!(histories.split(UserIdx(1), 0.0).1.len(), 0);
    }

    #[test]
    fn training_keeps_every_index_and_drops_low_and_late_ratings() {
        let histories = histories(&RATINGS);
        let ratings = histories.training(0.25, 2.5).unwrap();
        assert_eq!((ratings.users(), ratings.movies()), (2, 4));
        assert_eq!(ratings.by_user().row(UserIdx(0)), (&[MovieIdx(0)][..], &[3.0][..]));
        assert_eq!(ratings.by_user().row(UserIdx(1)), (&[MovieIdx(0), MovieIdx(1)][..], &[5.0, 4.0][..]));
    }

    #[test]
    fn the_part_before_the_holdout_trains_the_same_and_has_a_holdout_of_its_own() {
        let whole = histories(&RATINGS);
        let part = whole.clone().without_holdout(0.25);
        assert_eq!((part.users(), part.movies(), part.len()), (whole.users(), whole.movies(), 5));
        assert_eq!(part.training(0.0, 2.5), whole.training(0.25, 2.5));
        let (training, validation) = part.split(UserIdx(1), 0.4);
        assert_eq!((training.len(), validation.len()), (2, 1));
        assert_eq!(validation[0], whole.of(UserIdx(1))[2], "the latest but for the holdout");
    }

    #[test]
    fn a_rating_of_nan_is_not_lost_but_refused() {
        assert!(histories(&[(1, 1, f32::NAN, 0)]).training(0.0, 1.0).is_err());
    }
}
