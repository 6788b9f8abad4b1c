//! Recommendations for one user outside of the model.

use crate::error::AlsError;
use crate::factors::{Factors, UserFactor};
use crate::index::{Index, MovieIdx, UserIdx, same_rows};
use crate::kernel::Kernel;
use crate::ranking::scoring::{Catalogue, Query, Scorer};
use crate::ranking::top_n::ScoredMovie;

/// Movies made ready to be ranked for one user at a time, on the calling thread. Takes as much memory as their factors.
pub struct UserRanker {
    rank: usize,
    movies: usize,
    global_mean: f32,
    scorer: Scorer,
}

/// What may be recommended to one user; by default all movies.
#[derive(Debug, Clone, Copy, Default)]
pub struct Candidates<'a> {
    /// Movies to leave out, ascending.
    pub excluded: &'a [MovieIdx],
    /// One for each movie: whether it may be recommended. `None` allows all.
    pub allowed: Option<&'a [bool]>,
}

impl UserRanker {
    /// Makes the movies of a model ready.
    #[must_use]
    pub fn new(global_mean: f32, movies: &Factors<MovieIdx>) -> Self {
        let catalogue = Catalogue { rank: movies.rank(), factors: movies.values(), offsets: movies.biases() };
        let scorer = Scorer::new(Kernel::best(), &catalogue);
        Self { rank: movies.rank(), movies: movies.rows(), global_mean, scorer }
    }

    /// The `n` best movies for a user, in the order of [`best_first`](crate::best_first). The list is shorter only
    /// where fewer are allowed. The same list, bit for bit, as [`BlockRanker`](crate::BlockRanker) makes for a user of the
    /// model with this factor.
    ///
    /// # Errors
    /// A factor of another rank, or `allowed` has not one entry for each movie.
    pub fn top_n(
        &self,
        user: &UserFactor,
        candidates: Candidates<'_>,
        n: usize,
    ) -> Result<Vec<ScoredMovie>, AlsError> {
        let Candidates { excluded, allowed } = candidates;
        same_rows::<MovieIdx>(self.movies, allowed.map_or(self.movies, <[bool]>::len))?;
        if user.factor.len() != self.rank {
            let (side, expected, found) = (UserIdx::NAME, self.rank, user.factor.len());
            return Err(AlsError::RankMismatch { side, expected, found });
        }
        let constant = self.global_mean + user.bias;
        Ok(self.scorer.best_for(&Query { factor: &user.factor, constant, excluded, allowed }, n))
    }
}

impl std::fmt::Debug for UserRanker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserRanker")
            .field("rank", &self.rank)
            .field("movies", &self.movies)
            .finish_non_exhaustive()
    }
}
