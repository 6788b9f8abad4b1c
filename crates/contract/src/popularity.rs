//! What is popular: the movies with most ratings, whatever their stars; of equals the lower one.
//!
//! `recommend` serves it to users whose taste is not known, `evaluate` measures models against it, the API filters it.

use std::cmp::Reverse;

/// Movies with their numbers of ratings, the most popular first. A movie without ratings is not popular.
#[must_use]
pub fn order<M: Copy + Ord>(counts: impl IntoIterator<Item = (M, u64)>) -> Vec<(M, u64)> {
    let mut order: Vec<_> = counts.into_iter().filter(|(_, ratings)| *ratings > 0).collect();
    order.sort_unstable_by_key(|&(movie, ratings)| rank(movie, ratings));
    order
}

/// What orders movies by popularity, the most popular first.
pub fn rank<M: Ord>(movie: M, ratings: u64) -> impl Ord {
    (Reverse(ratings), movie)
}

/// The movies of such an order that are not in `seen`, which must ascend.
pub fn unseen<'a, M: Copy + Ord>(order: &'a [(M, u64)], seen: &'a [M]) -> impl Iterator<Item = M> + 'a {
    order.iter().map(|(movie, _)| *movie).filter(|movie| seen.binary_search(movie).is_err())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_ratings_come_first_and_of_equals_the_lower_movie() {
        let order = order([(4, 0), (3, 2), (1, 2), (2, 9)]);
        assert_eq!(order, [(2, 9), (1, 2), (3, 2)]);
        assert_eq!(unseen(&order, &[1, 4]).collect::<Vec<_>>(), [2, 3]);
    }
}
