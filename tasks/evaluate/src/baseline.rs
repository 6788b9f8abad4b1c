//! The popularity baseline: what one would recommend, and predict, without knowing the user.

use std::cmp::Reverse;

use als::{Index, MovieIdx, Ratings};

use crate::holdout::Holdout;
use crate::metrics::count;

/// What the ratings of the training part say about movies alone.
pub(crate) struct Baseline {
    /// The movies that were seen in training, those with most ratings first.
    order: Vec<MovieIdx>,
    /// The mean rating of each movie, the global mean where it has no rating.
    means: Vec<f64>,
}

impl Baseline {
    /// Counts the ratings of the training part; of equally popular movies the lower one comes first.
    pub(crate) fn new(holdout: &Holdout, seen: &Ratings) -> Self {
        let mut ratings = vec![0_usize; seen.movies()];
        let mut stars = vec![0.0_f64; seen.movies()];
        for event in holdout.users().flat_map(|user| holdout.training(user)) {
            ratings[event.movie.position()] += 1;
            stars[event.movie.position()] += f64::from(event.rating);
        }
        let global_mean = stars.iter().sum::<f64>() / count(ratings.iter().sum::<usize>().max(1));
        let mean = |(&stars, &ratings): (&f64, &usize)| match ratings {
            0 => global_mean,
            ratings => stars / count(ratings),
        };
        let means = stars.iter().zip(&ratings).map(mean).collect();
        let candidates = (0..).map(MovieIdx).take(seen.movies());
        let mut order: Vec<_> =
            candidates.filter(|&movie| !seen.by_movie().row(movie).0.is_empty()).collect();
        order.sort_unstable_by_key(|movie| (Reverse(ratings[movie.position()]), *movie));
        Self { order, means }
    }

    /// The `n` most popular movies without the seen ones, which must ascend.
    pub(crate) fn list(&self, seen: &[MovieIdx], n: usize) -> Vec<MovieIdx> {
        self.order.iter().copied().filter(|movie| seen.binary_search(movie).is_err()).take(n).collect()
    }

    /// The stars that anybody would give to a movie.
    pub(crate) fn prediction(&self, movie: MovieIdx) -> f64 {
        self.means[movie.position()]
    }
}

#[cfg(test)]
mod tests {
    use als::HistoriesBuilder;

    use super::*;

    /// Movies 10 to 14. Each user's last rating of two is held out.
    fn holdout() -> Holdout {
        let mut builder = HistoriesBuilder::default();
        let training = [(1, 12, 4.0), (2, 12, 2.0), (3, 11, 5.0), (4, 10, 1.0), (5, 10, 1.5)];
        for (user, movie, rating) in training {
            builder.push(user, movie, rating, 1);
            builder.push(user, 14, 3.0, 2);
        }
        builder.push(6, 13, 5.0, 1);
        Holdout::new(builder.build(), 0.5, 0.0)
    }

    fn baseline() -> Baseline {
        let holdout = holdout();
        Baseline::new(&holdout, &holdout.seen().unwrap())
    }

    #[test]
    fn the_most_rated_movie_comes_first_and_of_equals_the_lower() {
        let movies = [0, 2, 1, 3].map(MovieIdx);
        assert_eq!(baseline().list(&[], 9), movies, "and never one that is only held out");
        assert_eq!(baseline().list(&[], 2), movies[..2]);
    }

    #[test]
    fn the_seen_is_left_out() {
        assert_eq!(baseline().list(&[MovieIdx(0), MovieIdx(1)], 2), [2, 3].map(MovieIdx));
    }

    #[test]
    fn the_prediction_is_the_mean_of_the_movie_or_else_of_everything() {
        assert_eq!(baseline().prediction(MovieIdx(2)).to_bits(), 3.0_f64.to_bits());
        assert!((baseline().prediction(MovieIdx(4)) - 18.5 / 6.0).abs() < 1e-12);
    }
}
