//! A user the model has never seen, and why a movie is recommended.

use crate::config::{Config, Solver};
use crate::error::AlsError;
use crate::factors::{Factors, UserFactor};
use crate::index::in_range;
use crate::index::{Index, MovieIdx};
use crate::kernel::Kernel;
use crate::model::check_movies;
use crate::real::dot;
use crate::solver::gramian::{Background, Gramian};
use crate::solver::row::{Fixed, Observations, RowSolver, Summing};

/// Turns histories into user factors, by the same equations as a fit. Needs the movie side alone.
#[derive(Debug, Clone)]
pub struct FoldIn {
    config: Config,
    global_mean: f32,
    movies: Factors<MovieIdx>,
    background: Option<Background>,
}

/// The part that one rating of the history has in a score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contribution {
    /// The movie that was rated.
    pub movie: MovieIdx,
    /// What its rating adds to the score.
    pub contribution: f32,
}

/// A score, taken apart: it is the base plus all contributions.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// What the movie scores for everyone: the global mean and its bias; 0 for implicit.
    pub base: f32,
    /// One entry for each rating of the history, greatest first; the user's bias is part of them.
    pub contributions: Vec<Contribution>,
}

impl FoldIn {
    /// Prepares a movie side: computes its Gramian, once. Whatever `config` says, histories are solved exactly.
    ///
    /// # Errors
    /// A configuration out of range, or factors of another rank.
    pub fn new(config: Config, global_mean: f32, movies: Factors<MovieIdx>) -> Result<Self, AlsError> {
        check_movies(&config, global_mean, &movies)?;
        let config = Config { solver: Solver::Cholesky, ..config };
        let weight = config.unobserved_weight();
        let background =
            (weight > 0.0).then(|| Background::new(&Gramian::of(&movies, 0..movies.rows()), weight));
        Ok(Self { config, global_mean, movies, background })
    }

    /// The movie side.
    #[must_use]
    pub fn movies(&self) -> &Factors<MovieIdx> {
        &self.movies
    }

    /// The exact factor of a user with this history; an empty history gives zero.
    ///
    /// # Errors
    /// A movie out of range or named twice, a rating that is not finite (both name the user as row 0), or
    /// equations without a unique solution.
    pub fn fold_in(&self, history: &[(MovieIdx, f32)]) -> Result<UserFactor, AlsError> {
        let (movies, ratings) = self.check(history)?;
        let mut factor = vec![0.0; self.config.rank];
        let mut bias = 0.0;
        RowSolver::new(Kernel::best(), self.fixed(), Summing::Straight)
            .solve(&[observations(&movies, &ratings)], &mut factor, &mut bias)
            .map_err(|_| self.unsolvable(history))?;
        Ok(UserFactor { factor, bias })
    }

    /// The score of a movie for a folded-in user, as [`Model::score`](crate::Model::score).
    ///
    /// # Panics
    /// If there is no such movie or the factor has another rank.
    #[must_use]
    pub fn score(&self, user: &UserFactor, movie: MovieIdx) -> f32 {
        assert_eq!(user.factor.len(), self.config.rank, "a factor of another model");
        let inner = dot(&user.factor, self.movies.row(movie));
        (inner + self.movies.bias(movie)) + (self.global_mean + user.bias)
    }

    /// Takes the scores of some movies apart into what each rating of the history adds (Hu et al. 2008, section 5).
    ///
    /// # Errors
    /// As [`FoldIn::fold_in`].
    pub fn explain(
        &self,
        history: &[(MovieIdx, f32)],
        movies: &[MovieIdx],
    ) -> Result<Vec<Explanation>, AlsError> {
        movies.iter().try_for_each(|&movie| in_range(movie, self.movies.rows()))?;
        let (rated, ratings) = self.check(history)?;
        let parts = if rated.is_empty() {
            vec![Vec::new(); movies.len()]
        } else {
            self.fixed()
                .contributions(observations(&rated, &ratings), movies)
                .map_err(|_| self.unsolvable(history))?
        };
        Ok(movies.iter().zip(parts).map(|(&movie, parts)| self.explanation(movie, &rated, &parts)).collect())
    }

    fn explanation(&self, movie: MovieIdx, rated: &[MovieIdx], parts: &[f32]) -> Explanation {
        let contribution = |(&movie, &contribution)| Contribution { movie, contribution };
        let mut contributions: Vec<_> = rated.iter().zip(parts).map(contribution).collect();
        contributions.sort_by(|left, right| right.contribution.total_cmp(&left.contribution));
        Explanation { base: self.global_mean + self.movies.bias(movie), contributions }
    }

    /// The history in ascending order of movies, as a row of [`Ratings`](crate::Ratings) has it.
    fn check(&self, history: &[(MovieIdx, f32)]) -> Result<(Vec<MovieIdx>, Vec<f32>), AlsError> {
        for &(movie, rating) in history {
            in_range(movie, self.movies.rows())?;
            if !rating.is_finite() {
                return Err(AlsError::RatingNotFinite { user: 0, movie: movie.number(), rating });
            }
            if !self.config.is_confident(rating) {
                return Err(self.config.not_confident(0, movie.number(), rating));
            }
        }
        let mut sorted = history.to_vec();
        sorted.sort_by_key(|&(movie, _)| movie);
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(AlsError::DuplicateRating { user: 0, movie: pair[0].0.number() });
        }
        Ok(sorted.into_iter().unzip())
    }

    fn fixed(&self) -> Fixed<'_, MovieIdx> {
        Fixed {
            config: &self.config,
            mean: self.global_mean,
            side: &self.movies,
            opposite: self.movies.rows(),
            background: self.background.as_ref(),
        }
    }

    fn unsolvable(&self, history: &[(MovieIdx, f32)]) -> AlsError {
        let regularization = self.config.regularization;
        AlsError::FoldInNotPositiveDefinite { ratings: history.len(), regularization }
    }
}

fn observations<'a>(columns: &'a [MovieIdx], ratings: &'a [f32]) -> Observations<'a, MovieIdx> {
    Observations { columns, ratings, upcoming: &[] }
}
