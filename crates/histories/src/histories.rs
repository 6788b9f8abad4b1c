//! What users have rated, in the order of time.

use als::{AlsError, Config, Index, MovieIdx, Ratings, UserIdx};
use contract::Hyperparameters;

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

/// What every user has rated, oldest first.
#[derive(Debug, Clone)]
pub struct Histories {
    users: Ids<UserIdx>,
    movies: Ids<MovieIdx>,
    offsets: Vec<usize>,
    events: Vec<Event>,
}

impl Histories {
    pub(crate) fn new(
        users: Ids<UserIdx>,
        movies: Ids<MovieIdx>,
        offsets: Vec<usize>,
        events: Vec<Event>,
    ) -> Self {
        Self { users, movies, offsets, events }
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
        self.events.len()
    }

    /// Whether nothing was rated.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The whole history of a user, oldest first; of the same moment in an order that has nothing to do with ids.
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
        for user in self.users.indices() {
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
    /// As [`Ratings::from_users`]: a pair that was rated twice, or a rating that is not finite.
    pub fn training(&self, holdout: f64, min_rating: f32) -> Result<Ratings, AlsError> {
        self.training_by(holdout, &Evidence::of_at_least(min_rating))
    }

    /// What the solver takes to learn from [`Histories::training`] by these hyper-parameters: ratings and configuration,
    /// which belong together. The age of a rating is counted to the newest one of these histories outside the holdout.
    ///
    /// # Errors
    /// As [`Histories::training`] and [`Evidence::of`].
    pub fn training_of(
        &self,
        made_by: &Hyperparameters,
        holdout: f64,
    ) -> Result<(Ratings, Config), HistoriesError> {
        let (evidence, config) = Evidence::of(made_by, self.newest(holdout))?;
        Ok((self.training_by(holdout, &evidence)?, config))
    }

    fn training_by(&self, holdout: f64, evidence: &Evidence) -> Result<Ratings, AlsError> {
        let learnt = |event: &Event| Some((event.movie, evidence.value(event)?));
        let users = self.users.indices().map(|user| self.split(user, holdout).0.iter().filter_map(learnt));
        Ratings::from_users(self.movies.len(), users)
    }

    /// The time of the newest rating outside the holdout, 0 without ratings.
    fn newest(&self, holdout: f64) -> i64 {
        let latest = self.users.indices().filter_map(|user| self.split(user, holdout).0.last());
        latest.map(|event| event.rated_at).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::HistoriesBuilder;

    fn histories(ratings: &[(i64, i64, f32, i64)]) -> Histories {
        let mut builder = HistoriesBuilder::default();
        for &(user, movie, rating, at) in ratings {
            builder.push(user, movie, rating, at);
        }
        builder.build()
    }

    fn row(ratings: &Ratings, user: u32) -> Vec<(u32, f32)> {
        let (movies, values) = ratings.by_user().row(UserIdx(user));
        movies.iter().map(|movie| movie.0).zip(values).collect()
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
            let movies: Vec<_> = histories.of(UserIdx(1)).iter().map(|event| event.movie.0).collect();
            assert_eq!(movies[..2], [0, 2], "oldest first");
            ties.insert(movies[2..].to_vec());
        }
        assert_eq!(ties.len(), 1, "of the same moment always in the same order");
    }

    #[test]
    fn of_the_same_moment_no_movie_is_later_more_often_than_another() {
        let ratings: Vec<_> = (0..2000).flat_map(|user| [(user, 1, 4.0, 7), (user, 2, 4.0, 7)]).collect();
        let histories = histories(&ratings);
        let last = |user: u32| histories.of(UserIdx(user))[1].movie.0;
        let second: u32 = (0..2000).map(last).sum();
        assert!((900..1100).contains(&second), "{second} of 2000");
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
        assert_eq!(row(&ratings, 0), [(0, 3.0)]);
        assert_eq!(row(&ratings, 1), [(0, 5.0), (1, 4.0)]);
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
