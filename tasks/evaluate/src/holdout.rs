//! The ratings of a run, split into training and holdout exactly as `train` split them.

use std::ops::Range;

use als::{MovieIdx, Ratings, UserIdx};
use histories::{Histories, HistoriesError, History};

/// Users who are measured at once: bounds the lists that are in memory to a few megabytes.
const BLOCK: u32 = 4096;

/// What users rated, and which part of it the model has not seen.
pub(crate) struct Holdout {
    histories: Histories,
    share: f64,
    min_rating: f32,
}

impl Holdout {
    /// Holds out the latest `share` of each user's ratings. The model is trained on the rest, as far as it has at
    /// least `min_rating` stars.
    pub(crate) fn new(histories: Histories, share: f64, min_rating: f32) -> Self {
        Self { histories, share, min_rating }
    }

    /// The ratings before the split.
    pub(crate) fn histories(&self) -> &Histories {
        &self.histories
    }

    /// Everything users rated in the training part, whatever the stars: what is not recommended again.
    pub(crate) fn seen(&self) -> Result<Ratings, HistoriesError> {
        self.histories.training(self.share, f32::NEG_INFINITY)
    }

    /// What users rated in the training part, whatever the stars.
    pub(crate) fn training(&self, user: UserIdx) -> History<'_> {
        self.histories.split(user, self.share).0
    }

    /// Whether the model has learnt anything about a user.
    pub(crate) fn is_known(&self, user: UserIdx) -> bool {
        self.training(user).ratings().any(|(_, stars)| stars >= self.min_rating)
    }

    /// All held-out ratings of a user.
    pub(crate) fn held_out(&self, user: UserIdx) -> History<'_> {
        self.histories.split(user, self.share).1
    }

    /// The held-out movies, which a recommendation should find, ascending. All of them, whatever the model was
    /// trained on: so the figures of models with different minimum ratings can be compared.
    pub(crate) fn relevant(&self, user: UserIdx) -> Vec<MovieIdx> {
        let mut movies = self.held_out(user).movies().to_vec();
        movies.sort_unstable();
        movies
    }

    /// The number of users who have relevant movies, which is the number of users who are measured.
    pub(crate) fn measured_users(&self) -> usize {
        self.users().filter(|user| !self.held_out(*user).is_empty()).count()
    }

    /// All users.
    pub(crate) fn users(&self) -> impl Iterator<Item = UserIdx> + use<> {
        users_of(UserIdx(0)..UserIdx(self.end()))
    }

    /// All users, in blocks that do not depend on the number of threads.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = Range<UserIdx>> + use<> {
        let end = self.end();
        let block = move |start: u32| UserIdx(start)..UserIdx(start.saturating_add(BLOCK).min(end));
        (0..end).step_by(BLOCK as usize).map(block)
    }

    fn end(&self) -> u32 {
        // `Ratings` has refused more users than an index can name.
        u32::try_from(self.histories.users().len()).unwrap_or(u32::MAX)
    }
}

/// The users of a block.
pub(crate) fn users_of(block: Range<UserIdx>) -> impl DoubleEndedIterator<Item = UserIdx> {
    (block.start.0..block.end.0).map(UserIdx)
}

#[cfg(test)]
mod tests {
    use histories::Times;

    use super::*;

    fn holdout(users: i64, min_rating: f32) -> Holdout {
        let of_user = |user| {
            [(1, 2.0, 1), (2, 5.0, 2), (3, 4.0, 4), (4, 3.0, 3)]
                .map(|(movie, stars, at)| (user, movie, stars, at))
        };
        let histories = Histories::collect(Times::Drop, (0..users).flat_map(of_user)).unwrap();
        Holdout::new(histories, 0.5, min_rating)
    }

    #[test]
    fn low_ratings_are_seen_and_relevant_but_say_nothing_about_a_user() {
        let user = UserIdx(0);
        let known = holdout(1, 5.0);
        assert_eq!(known.seen().unwrap().by_user().row(user).0, [MovieIdx(0), MovieIdx(1)]);
        assert_eq!(known.relevant(user), [MovieIdx(2), MovieIdx(3)]);
        assert_eq!(known.measured_users(), 1);
        assert!(known.is_known(user) && !holdout(1, 5.5).is_known(user));
    }

    #[test]
    fn relevant_movies_ascend_whatever_the_order_of_time() {
        assert_eq!(holdout(1, 0.0).relevant(UserIdx(0)), [MovieIdx(2), MovieIdx(3)]);
    }

    #[test]
    fn the_blocks_hold_every_user_once() {
        let holdout = holdout(i64::from(BLOCK) + 3, 0.0);
        let users: Vec<_> = holdout.blocks().flat_map(users_of).collect();
        assert_eq!(users, holdout.users().collect::<Vec<_>>());
        assert_eq!(holdout.blocks().map(|block| block.end.0 - block.start.0).collect::<Vec<_>>(), [BLOCK, 3]);
    }
}
