//! Facts about what counts, and small data for the facts about each protocol.

use als::{MovieIdx, Objective, Solver};
use histories::Times;

use super::*;

/// Histories of (user, movie, stars, time).
pub(super) fn histories(ratings: impl IntoIterator<Item = (i64, i64, f32, i64)>) -> Histories {
    let ratings: Vec<_> = ratings.into_iter().collect();
    Histories::collect(Times::Drop, ratings).unwrap()
}

/// Users of even number like the movies of even number and the others the others: each the `liked` that follow the
/// user's number, out of 2 times 20. Movie 0 is everybody's first, so that it is the most popular.
pub(super) fn two_tastes(users: i64, liked: i64) -> Histories {
    let own =
        |user| (0..liked).map(move |turn| (user, 2 * ((user + turn) % 20 + 1) + user % 2, 5.0, turn + 1));
    histories((0..users).flat_map(|user| std::iter::once((user, 0, 4.0, 0)).chain(own(user))))
}

pub(super) fn config() -> Config {
    let objective = Objective::Implicit { unobserved_weight: 0.1, confidence_alpha: 0.0 };
    let (regularization, regularization_exponent) = (0.02, 1.0);
    Config {
        objective,
        rank: 4,
        iterations: 10,
        regularization,
        regularization_exponent,
        seed: 1,
        solver: Solver::Cholesky,
    }
}

#[test]
fn a_rating_below_the_threshold_is_as_if_it_had_never_been_given() {
    let histories = histories([(1, 10, 4.0, 3), (1, 11, 3.5, 2), (1, 12, 5.0, 1), (2, 11, 1.0, 1)]);
    let positives = Positives { histories: &histories, min_rating: 4.0 };
    let movies: Vec<_> = positives.of(UserIdx(0)).iter().map(|&(movie, _)| movie).collect();
    assert_eq!(movies, [MovieIdx(2), MovieIdx(0)], "oldest first");
    assert!(positives.of(UserIdx(1)).is_empty());
}

#[test]
fn rows_of_positives_are_the_rows_of_the_solver() {
    let histories = histories([(1, 10, 4.0, 3), (1, 12, 5.0, 1), (2, 11, 1.0, 1)]);
    let positives = Positives { histories: &histories, min_rating: 4.0 };
    let ratings = Ratings::from_users(3, positives.users().map(|user| positives.of(user))).unwrap();
    assert_eq!((ratings.users(), ratings.movies(), ratings.len()), (2, 3, 2));
    let (movies, stars) = ratings.by_user().row(UserIdx(0));
    assert_eq!(movies, [MovieIdx(0), MovieIdx(2)]);
    assert!(stars.eq([4.0, 5.0]));
}
