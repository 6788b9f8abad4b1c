//! What to recommend to whom.

use std::ops::Range;

use crate::error::AlsError;
use crate::index::{Index, MovieIdx, UserIdx};
use crate::kernel::Kernel;
use crate::model::{Model, same_rows};
use crate::rank::{Catalogue, Query, Shelves};
use crate::ratings::Ratings;
use crate::top::ScoredMovie;

/// A model made ready to recommend: its movies in the order in which they are scored. Takes as much memory as their
/// factors.
///
/// Left out are the movies the user has rated in `seen`, those that nobody has rated there (the model knows nothing
/// of them), and those for which `allowed` is false. Scores are those of [`Model::score`] up to rounding.
pub struct Recommender<'a> {
    model: &'a Model,
    seen: &'a Ratings,
    shelves: Shelves,
}

impl<'a> Recommender<'a> {
    /// Makes a model ready.
    ///
    /// # Errors
    /// `seen` or `allowed` have other rows than the model.
    pub fn new(model: &'a Model, seen: &'a Ratings, allowed: Option<&[bool]>) -> Result<Self, AlsError> {
        let movies = model.movies();
        same_rows::<UserIdx>(model.users().rows(), seen.users())?;
        same_rows::<MovieIdx>(movies.rows(), seen.movies())?;
        same_rows::<MovieIdx>(movies.rows(), allowed.map_or(movies.rows(), <[bool]>::len))?;
        let offset = |(movie, &bias): (usize, &f32)| {
            let rated = !seen.by_movie().row_at(movie).0.is_empty();
            let open = rated && allowed.is_none_or(|allowed| allowed[movie]);
            if open { bias } else { f32::NEG_INFINITY }
        };
        let offsets: Vec<f32> = movies.biases().iter().enumerate().map(offset).collect();
        let catalogue = Catalogue { rank: movies.rank(), factors: movies.values(), offsets: &offsets };
        Ok(Self { model, seen, shelves: Shelves::new(Kernel::best(), &catalogue) })
    }

    /// The `n` best movies for each user of a range, best first; of equal scores the lower movie comes first. A list
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
                excluded: self.seen.by_user().row_at(user).0,
                allowed: None,
            }
        };
        Ok(self.shelves.best(users.len(), query, n))
    }
}

/// The positions of a range of indices, which must lie within `rows`.
pub(crate) fn positions<I: Index>(range: Range<I>, rows: usize) -> Result<Range<usize>, AlsError> {
    let positions = range.start.position()..range.end.position();
    if positions.end > rows {
        return Err(AlsError::IndexOutOfRange { side: I::NAME, index: range.end.number(), rows });
    }
    Ok(positions)
}
