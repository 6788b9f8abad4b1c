//! What a fit returns.

use crate::config::Config;
use crate::error::AlsError;
use crate::factors::Factors;
use crate::index::{Index, MovieIdx, UserIdx};
use crate::real::dot;

/// The factors of both sides and how they were fitted. Ranks and sizes agree.
///
/// The user factors are solved for the movie factors. With [`Solver::Cholesky`](crate::Solver) they are exact: each equals
/// what [`FoldIn`](crate::FoldIn) gives for the same history.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    config: Config,
    global_mean: f32,
    users: Factors<UserIdx>,
    movies: Factors<MovieIdx>,
}

impl Model {
    /// Puts a model together from its parts, as they were stored.
    ///
    /// # Errors
    /// A configuration out of range, a global mean that is not finite, or factors of another rank.
    pub fn from_parts(
        config: Config,
        global_mean: f32,
        users: Factors<UserIdx>,
        movies: Factors<MovieIdx>,
    ) -> Result<Self, AlsError> {
        check_movies(&config, global_mean, &movies)?;
        same_rank(config.rank, &users)?;
        Ok(Self { config, global_mean, users, movies })
    }

    /// How the model was fitted.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The mean rating, 0 for an objective without one.
    #[must_use]
    pub fn global_mean(&self) -> f32 {
        self.global_mean
    }

    /// The factors of the users.
    #[must_use]
    pub fn users(&self) -> &Factors<UserIdx> {
        &self.users
    }

    /// The factors of the movies.
    #[must_use]
    pub fn movies(&self) -> &Factors<MovieIdx> {
        &self.movies
    }

    /// The factors of both sides, given away.
    #[must_use]
    pub fn into_factors(self) -> (Factors<UserIdx>, Factors<MovieIdx>) {
        (self.users, self.movies)
    }

    /// Both sides, for a fit to go on with. It must leave their sizes as they are.
    pub(crate) fn sides_mut(&mut self) -> (&mut Factors<UserIdx>, &mut Factors<MovieIdx>) {
        (&mut self.users, &mut self.movies)
    }

    /// The score of a movie for a user: an affinity near 0 to 1 for implicit, a rating for explicit.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn score(&self, user: UserIdx, movie: MovieIdx) -> f32 {
        let inner = dot(self.users.row(user), self.movies.row(movie));
        (inner + self.movies.bias(movie)) + (self.global_mean + self.users.bias(user))
    }
}

/// Whether movie factors, a mean and a configuration can belong to one model.
pub(crate) fn check_movies(
    config: &Config,
    global_mean: f32,
    movies: &Factors<MovieIdx>,
) -> Result<(), AlsError> {
    config.validate()?;
    if !global_mean.is_finite() {
        let (field, value) = ("global mean", f64::from(global_mean));
        return Err(AlsError::InvalidParameter { field, value, lowest: -1e9, highest: 1e9 });
    }
    same_rank(config.rank, movies)
}

fn same_rank<Row: Index>(expected: usize, side: &Factors<Row>) -> Result<(), AlsError> {
    if side.rank() == expected {
        return Ok(());
    }
    Err(AlsError::RankMismatch { side: Row::NAME, expected, found: side.rank() })
}
