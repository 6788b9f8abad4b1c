//! Recommendations for a block of a model's users.

use std::ops::Range;

use crate::error::AlsError;
use crate::index::{MovieIdx, UserIdx, positions, same_rows};
use crate::kernel::Kernel;
use crate::model::Model;
use crate::ranking::scoring::{Catalogue, Query, Scorer};
use crate::ranking::top_n::ScoredMovie;
use crate::ratings::Ratings;

/// A model made ready to rank for its users, on the threads of the current rayon pool. Takes as much memory as the
/// factors of the movies.
///
/// Left out are the movies that the user has rated in `seen`, and those that nobody has rated there: the model knows
/// nothing of them. Scores are those of [`Model::score`] up to rounding.
pub struct BlockRanker<'a> {
    model: &'a Model,
    seen: &'a Ratings,
    scorer: Scorer,
}

impl<'a> BlockRanker<'a> {
    /// Makes a model ready.
    ///
    /// # Errors
    /// `seen` has other rows than the model.
    pub fn new(model: &'a Model, seen: &'a Ratings) -> Result<Self, AlsError> {
        let movies = model.movies();
        same_rows::<UserIdx>(model.users().rows(), seen.users())?;
        same_rows::<MovieIdx>(movies.rows(), seen.movies())?;
        let offset = |(&bias, &ratings): (&f32, &usize)| if ratings > 0 { bias } else { f32::NEG_INFINITY };
        let offsets: Vec<f32> = movies.biases().iter().zip(seen.movie_counts()).map(offset).collect();
        let catalogue = Catalogue { rank: movies.rank(), factors: movies.values(), offsets: &offsets };
        Ok(Self { model, seen, scorer: Scorer::new(Kernel::best(), &catalogue) })
    }

    /// The `n` best movies for each user of a range, in the order of [`best_first`](crate::best_first). A list
    /// is shorter where fewer are left.
    ///
    /// Memory is bounded by the lists themselves, so ask for a block of users at a time. A user without ratings has a
    /// zero factor, for whom implicit scores are all equal: recommend what is popular instead.
    ///
    /// # Errors
    /// The range does not lie within the users.
    pub fn top_n(&self, users: Range<UserIdx>, n: usize) -> Result<Vec<Vec<ScoredMovie>>, AlsError> {
        let users = positions(users, self.model.users().rows())?;
        let query = |index: usize| {
            let user = users.start + index;
            Query {
                factor: self.model.users().row_at(user),
                constant: self.model.global_mean() + self.model.users().biases()[user],
                excluded: self.seen.by_user().columns_at(user),
                allowed: None,
            }
        };
        Ok(self.scorer.best(users.len(), query, n))
    }
}
