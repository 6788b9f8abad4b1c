//! What users have rated, in the order of time.

use std::ops::Range;

use als::{AlsError, Array, Config, Index, Memory, MovieIdx, Ratings, UserIdx, Values};
use contract::Hyperparameters;

use crate::builder::{Tally, Times};
use crate::error::HistoriesError;
use crate::evidence::Evidence;
use crate::ids::Ids;

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

/// What every user has rated, oldest first: 5 bytes a rating while there are at most 256 different stars (see [`Values`]), and
/// 8 more where times are kept.
#[derive(Debug, PartialEq)]
pub struct Histories {
    pub(crate) users: Ids<UserIdx>,
    pub(crate) movies: Ids<MovieIdx>,
    pub(crate) offsets: Vec<usize>,
    pub(crate) rated: Array<MovieIdx>,
    pub(crate) stars: Values,
    pub(crate) times: Option<Array<i64>>,
}

/// A user's history or a part of it, oldest first; of the same moment in an order that has nothing to do with ids.
#[derive(Debug, Clone, Copy)]
pub struct History<'a> {
    movies: &'a [MovieIdx],
    stars: &'a Values,
    first: usize,
}

impl<'a> History<'a> {
    /// How many ratings it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.movies.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.movies.is_empty()
    }

    /// The movies.
    #[must_use]
    pub fn movies(&self) -> &'a [MovieIdx] {
        self.movies
    }

    /// The movies with their stars.
    pub fn ratings(&self) -> impl Iterator<Item = (MovieIdx, f32)> + Clone + use<'a> {
        self.movies.iter().copied().zip(self.stars.range(self.first..self.first + self.len()))
    }
}

impl Histories {
    /// Histories of ratings that can be gone through twice, each a user's id, a movie's id, stars, and microseconds since 1970.
    ///
    /// # Errors
    /// [`HistoriesError::PassesDiffer`] if they are not the same the second time.
    pub fn collect(
        times: Times,
        ratings: impl IntoIterator<Item = (i64, i64, f32, i64), IntoIter: Clone>,
    ) -> Result<Self, HistoriesError> {
        let ratings = ratings.into_iter();
        let mut tally = Tally::default();
        ratings.clone().for_each(|(user, movie, _, _)| tally.add(user, movie));
        let mut builder = tally.into_builder(times, &Memory::default())?;
        ratings.for_each(|(user, movie, stars, rated_at)| builder.push(user, movie, stars, rated_at));
        builder.build()
    }

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
        self.rated.len()
    }

    /// Whether nothing was rated.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rated.is_empty()
    }

    /// The whole history of a user.
    #[must_use]
    pub fn of(&self, user: UserIdx) -> History<'_> {
        self.history(self.span(user))
    }

    /// The history without and of the holdout: the latest `holdout` share of a user's ratings, rounded down, so
    /// that a user with few ratings keeps them all for training.
    #[must_use]
    pub fn split(&self, user: UserIdx, holdout: f64) -> (History<'_>, History<'_>) {
        let (whole, training) = (self.span(user), self.training_span(user, holdout));
        let held_out = training.end..whole.end;
        (self.history(training), self.history(held_out))
    }

    /// The same users and movies with their histories before the holdout alone.
    ///
    /// What is held out of the result lies within the part that a model may learn from: to choose hyper-parameters by.
    #[must_use]
    pub fn without_holdout(mut self, holdout: f64) -> Self {
        let mut offsets = vec![0];
        let mut kept = 0;
        for user in self.users.indices() {
            let training = self.training_span(user, holdout);
            self.rated.copy_within(training.clone(), kept);
            self.stars.copy_within(training.clone(), kept);
            if let Some(times) = &mut self.times {
                times.copy_within(training.clone(), kept);
            }
            kept += training.len();
            offsets.push(kept);
        }
        self.rated.truncate(kept);
        self.stars.truncate(kept);
        if let Some(times) = &mut self.times {
            times.truncate(kept);
        }
        Self { offsets, ..self }
    }

    /// The same once more, where the first lies.
    fn copied(&self) -> Result<Self, HistoriesError> {
        let memory = self.stars.memory();
        let mut rated = memory.zeros(self.rated.len())?;
        rated.copy_from_slice(&self.rated);
        let times = self.times.as_ref().map(|times| {
            let mut copy = memory.zeros(times.len())?;
            copy.copy_from_slice(times);
            Ok::<_, AlsError>(copy)
        });
        Ok(Self {
            users: self.users.clone(),
            movies: self.movies.clone(),
            offsets: self.offsets.clone(),
            rated,
            stars: self.stars.copied()?,
            times: times.transpose()?,
        })
    }

    /// The ratings of at least `min_rating` without the holdout, as the solver takes them. All users and movies
    /// keep their index, those whose row is empty included.
    ///
    /// # Errors
    /// As [`Ratings::from_users`]: a pair that was rated twice, or a rating that is not finite.
    pub fn training(&self, holdout: f64, min_rating: f32) -> Result<Ratings, HistoriesError> {
        self.copied()?.learnt(holdout, &Evidence::of_at_least(min_rating))
    }

    /// What the solver takes to learn from [`Histories::training`] by these hyper-parameters: ratings and configuration,
    /// which belong together. The age of a rating is counted to the newest one of these histories outside the holdout.
    ///
    /// # Errors
    /// As [`Histories::training`] and [`Evidence::of`]; a half-life where times were dropped.
    pub fn training_of(
        &self,
        made_by: &Hyperparameters,
        holdout: f64,
    ) -> Result<(Ratings, Config), HistoriesError> {
        self.copied()?.into_training_of(made_by, holdout)
    }

    /// The same in the memory of the histories, of which nothing is left: there are never both.
    ///
    /// # Errors
    /// As [`Histories::training_of`].
    pub fn into_training_of(
        self,
        made_by: &Hyperparameters,
        holdout: f64,
    ) -> Result<(Ratings, Config), HistoriesError> {
        if made_by.half_life_days.is_some() && self.times.is_none() {
            return Err(HistoriesError::TimesDropped);
        }
        let (evidence, config) = Evidence::of(made_by, self.newest(holdout))?;
        Ok((self.learnt(holdout, &evidence)?, config))
    }

    /// All that users have rated, in the memory of the histories; and whose rows and columns these are.
    ///
    /// # Errors
    /// As [`Histories::training`].
    pub fn into_ratings(self) -> Result<(Ids<UserIdx>, Ids<MovieIdx>, Ratings), HistoriesError> {
        let Self { users, movies, offsets, rated, stars, times, .. } = self;
        drop(times);
        let ratings = Ratings::from_csr(movies.len(), offsets, rated, stars)?;
        Ok((users, movies, ratings))
    }

    /// What is learnt from the histories before the holdout.
    fn learnt(mut self, holdout: f64, evidence: &Evidence) -> Result<Ratings, HistoriesError> {
        let (mut offsets, mut kept) = (vec![0], 0);
        for user in self.users.indices() {
            for place in self.training_span(user, holdout) {
                if let Some(value) = evidence.value(&self.event(place)) {
                    self.rated[kept] = self.rated[place];
                    self.stars.set(kept, value)?;
                    kept += 1;
                }
            }
            offsets.push(kept);
        }
        self.rated.truncate(kept);
        self.stars.truncate(kept);
        let Self { movies, rated, stars, times, .. } = self;
        drop(times);
        Ok(Ratings::from_csr(movies.len(), offsets, rated, stars)?)
    }

    /// The time of the newest rating outside the holdout, 0 where no times are kept or there are no ratings.
    fn newest(&self, holdout: f64) -> i64 {
        let last = |user| self.training_span(user, holdout).next_back();
        let latest = self.users.indices().filter_map(last);
        latest.map(|place| self.event(place).rated_at).max().unwrap_or_default()
    }

    fn history(&self, places: Range<usize>) -> History<'_> {
        History { movies: &self.rated[places.clone()], stars: &self.stars, first: places.start }
    }

    fn event(&self, place: usize) -> Event {
        let rated_at = self.times.as_ref().map_or(0, |times| times[place]);
        Event { movie: self.rated[place], rating: self.stars.get(place), rated_at }
    }

    fn span(&self, user: UserIdx) -> Range<usize> {
        self.offsets[user.position()]..self.offsets[user.position() + 1]
    }

    /// Where the history of a user lies as far as it is no holdout.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of a count is between 0 and the count"
    )]
    fn training_span(&self, user: UserIdx, holdout: f64) -> Range<usize> {
        let Range { start, end } = self.span(user);
        // 0.2 * 5 is 1.0000000000000002 or 0.9999999999999999 elsewhere: the nudge makes whole numbers whole.
        let held_out = ((end - start) as f64 * holdout + 1e-9).floor() as usize;
        start..end - held_out.min(end - start)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn histories(ratings: &[(i64, i64, f32, i64)]) -> Histories {
        Histories::collect(Times::Keep, ratings.iter().copied()).unwrap()
    }

    fn row(ratings: &Ratings, user: u32) -> Vec<(u32, f32)> {
        let (movies, values) = ratings.by_user().row(UserIdx(user));
        movies.iter().map(|movie| movie.0).zip(values).collect()
    }

    fn times(history: History<'_>, histories: &Histories) -> Vec<i64> {
        histories.times.as_ref().unwrap()[history.first..][..history.len()].to_vec()
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
        let mut ties = BTreeSet::new();
        for ratings in [RATINGS, reversed] {
            let histories = histories(&ratings);
            assert_eq!(histories.users().as_slice(), [2, 9]);
            assert_eq!(histories.movies().as_slice(), [10, 50, 70, 90]);
            assert_eq!(histories.movies().index(70), Some(MovieIdx(2)));
            assert_eq!(histories.movies().index(71), None);
            let movies: Vec<_> = histories.of(UserIdx(1)).movies().iter().map(|movie| movie.0).collect();
            assert_eq!(movies[..2], [0, 2], "oldest first");
            ties.insert(movies[2..].to_vec());
        }
        assert_eq!(ties.len(), 1, "of the same moment always in the same order");
    }

    #[test]
    fn of_the_same_moment_no_movie_is_later_more_often_than_another() {
        let ratings: Vec<_> = (0..2000).flat_map(|user| [(user, 1, 4.0, 7), (user, 2, 4.0, 7)]).collect();
        let histories = histories(&ratings);
        let last = |user: u32| histories.of(UserIdx(user)).movies()[1].0;
        let second: u32 = (0..2000).map(last).sum();
        assert!((900..1100).contains(&second), "{second} of 2000");
    }

    #[test]
    fn the_holdout_is_the_latest_share_rounded_down() {
        let histories = histories(&RATINGS);
        let (training, held_out) = histories.split(UserIdx(1), 0.5);
        assert_eq!((training.len(), held_out.len()), (2, 2));
        assert!(times(training, &histories).last() <= times(held_out, &histories).first());
        assert_eq!(histories.split(UserIdx(0), 0.4).1.len(), 0);
        assert_eq!(histories.split(UserIdx(1), 0.0).1.len(), 0);
    }

    #[test]
    fn training_keeps_every_index_and_drops_low_and_late_ratings() {
        let histories = histories(&RATINGS);
        let ratings = histories.training(0.25, 2.5).unwrap();
        assert_eq!((ratings.users(), ratings.movies()), (2, 4));
        assert_eq!(row(&ratings, 0), [(0, 3.0)]);
        assert_eq!(row(&ratings, 1), [(0, 5.0), (1, 4.0)]);
    }

    #[test]
    fn the_part_before_the_holdout_trains_the_same_and_has_a_holdout_of_its_own() {
        let whole = histories(&RATINGS);
        let part = whole.copied().unwrap().without_holdout(0.25);
        assert_eq!((part.users(), part.movies(), part.len()), (whole.users(), whole.movies(), 5));
        assert_eq!(part.training(0.0, 2.5), whole.training(0.25, 2.5));
        let (training, validation) = part.split(UserIdx(1), 0.4);
        assert_eq!((training.len(), validation.len()), (2, 1));
        assert_eq!(
            validation.ratings().next(),
            whole.of(UserIdx(1)).ratings().nth(2),
            "the latest but for the holdout"
        );
    }

    #[test]
    fn a_rating_of_nan_is_not_lost_but_refused() {
        assert!(histories(&[(1, 1, f32::NAN, 0)]).training(0.0, 1.0).is_err());
    }
}
