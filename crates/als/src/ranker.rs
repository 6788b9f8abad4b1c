//! What to recommend to somebody outside the model.

use crate::error::AlsError;
use crate::factors::Factors;
use crate::fold_in::UserFactor;
use crate::index::{Index, MovieIdx, UserIdx};
use crate::kernel::Kernel;
use crate::model::same_rows;
use crate::rank::{Catalogue, Query, Shelves};
use crate::top::ScoredMovie;

/// Movies made ready to be ranked for one user at a time, on the calling thread. Takes as much memory as their factors.
pub struct Ranker {
    rank: usize,
    movies: usize,
    global_mean: f32,
    shelves: Shelves,
}

/// What may be recommended to one user.
#[derive(Debug, Clone, Copy, Default)]
pub struct Choice<'a> {
    /// Movies to leave out, ascending.
    pub excluded: &'a [MovieIdx],
    /// One for each movie: whether it may be recommended. `None` allows all.
    pub allowed: Option<&'a [bool]>,
}

impl Ranker {
    /// Makes a movie side ready.
    #[must_use]
    pub fn new(global_mean: f32, movies: &Factors<MovieIdx>) -> Self {
        let catalogue = Catalogue { rank: movies.rank(), factors: movies.values(), offsets: movies.biases() };
        let shelves = Shelves::new(Kernel::best(), &catalogue);
        Self { rank: movies.rank(), movies: movies.rows(), global_mean, shelves }
    }

    /// The `n` best movies for a user, best first; of equal scores the lower movie comes first. The list is shorter only
    /// where fewer are allowed. The same list, bit for bit, as [`Recommender`](crate::Recommender) makes for a user of the
    /// model with this factor.
    ///
    /// # Errors
    /// A factor of another rank, or as many marks of what is allowed as there are no movies.
    pub fn top_n(
        &self,
        user: &UserFactor,
        choice: Choice<'_>,
        n: usize,
    ) -> Result<Vec<ScoredMovie>, AlsError> {
        same_rows::<MovieIdx>(self.movies, choice.allowed.map_or(self.movies, <[bool]>::len))?;
        if user.factor.len() != self.rank {
            return Err(AlsError::RankMismatch {
                side: UserIdx::NAME,
                expected: self.rank,
                found: user.factor.len(),
            });
        }
        let constant = self.global_mean + user.bias;
        let Choice { excluded, allowed } = choice;
        Ok(self.shelves.best_for(&Query { factor: &user.factor, constant, excluded, allowed }, n))
    }
}

impl std::fmt::Debug for Ranker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ranker")
            .field("rank", &self.rank)
            .field("movies", &self.movies)
            .finish_non_exhaustive()
    }
}
