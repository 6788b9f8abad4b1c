//! The popularity baseline: what one would recommend, and predict, without knowing the user.

use als::{Index, MovieIdx, Ratings, UserIdx};
use contract::popularity;

use crate::metrics::count;

/// What the ratings of the training part say about movies alone.
pub(crate) struct Baseline {
    /// The movies that were seen in training and their ratings, the most popular first.
    order: Vec<(MovieIdx, u64)>,
    /// How many ratings each movie has.
    ratings: Vec<usize>,
    /// The mean rating of each movie, the global mean where it has no rating.
    means: Vec<f64>,
}

impl Baseline {
    /// Counts the ratings of the training part.
    pub(crate) fn new(seen: &Ratings) -> Self {
        let ratings = seen.movie_counts().to_vec();
        let mut stars = vec![0.0; seen.movies()];
        for user in (0..).map(UserIdx).take(seen.users()) {
            let (movies, given) = seen.by_user().row(user);
            for (movie, given) in movies.iter().zip(given) {
                stars[movie.position()] += f64::from(given);
            }
        }
        let global_mean = stars.iter().sum::<f64>() / count(seen.len().max(1));
        let mean = |(&stars, &ratings): (&f64, &usize)| match ratings {
            0 => global_mean,
            ratings => stars / count(ratings),
        };
        let means = stars.iter().zip(&ratings).map(mean).collect();
        let order = popularity::order((0..).map(MovieIdx).zip(ratings.iter().map(|&count| count as u64)));
        Self { order, ratings, means }
    }

    /// The movies that were seen in training, the most popular first.
    pub(crate) fn movies(&self) -> impl Iterator<Item = MovieIdx> {
        self.order.iter().map(|(movie, _)| *movie)
    }

    /// Whether a movie was seen in training.
    pub(crate) fn knows(&self, movie: MovieIdx) -> bool {
        self.ratings[movie.position()] > 0
    }

    /// The `n` most popular of some movies.
    pub(crate) fn best_of(&self, movies: &[MovieIdx], n: usize) -> Vec<MovieIdx> {
        let mut movies = movies.to_vec();
        movies.sort_unstable_by_key(|&movie| popularity::rank(movie, self.ratings[movie.position()] as u64));
        movies.truncate(n);
        movies
    }

    /// The `n` most popular movies without the seen ones, which must ascend.
    pub(crate) fn list(&self, seen: &[MovieIdx], n: usize) -> Vec<MovieIdx> {
        popularity::unseen(&self.order, seen).take(n).collect()
    }

    /// The stars that anybody would give to a movie.
    pub(crate) fn prediction(&self, movie: MovieIdx) -> f64 {
        self.means[movie.position()]
    }
}

#[cfg(test)]
mod tests {
    use histories::{Histories, Times};

    use super::*;
    use crate::holdout::Holdout;

    /// Movies 10 to 14. Each user's last rating of two is held out.
    fn holdout() -> Holdout {
        let training = [(1, 12, 4.0), (2, 12, 2.0), (3, 11, 5.0), (4, 10, 1.0), (5, 10, 1.5)];
        let of_user = |(user, movie, stars)| [(user, movie, stars, 1), (user, 14, 3.0, 2)];
        let ratings = training.into_iter().flat_map(of_user).chain([(6, 13, 5.0, 1)]);
        Holdout::new(Histories::collect(Times::Drop, ratings).unwrap(), 0.5, 0.0)
    }

    fn baseline() -> Baseline {
        Baseline::new(&holdout().seen().unwrap())
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
    fn the_best_of_some_movies_are_the_most_popular_of_them() {
        assert_eq!(baseline().best_of(&[3, 1, 2].map(MovieIdx), 2), [2, 1].map(MovieIdx));
        assert!(baseline().knows(MovieIdx(3)) && !baseline().knows(MovieIdx(4)), "one that is only held out");
    }

    #[test]
    fn the_prediction_is_the_mean_of_the_movie_or_else_of_everything() {
        assert_eq!(baseline().prediction(MovieIdx(2)).to_bits(), 3.0_f64.to_bits());
        assert!((baseline().prediction(MovieIdx(4)) - 18.5 / 6.0).abs() < 1e-12);
    }
}
