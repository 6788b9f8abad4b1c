//! The ratings, by user and by movie.

use crate::csr::Csr;
use crate::error::AlsError;
use crate::index::{Index, MovieIdx, UserIdx, fits_index, in_range};
use crate::values::Values;

/// Who rated what, in both orientations: at most one finite rating of each (user, movie).
#[derive(Debug, Clone, PartialEq)]
pub struct Ratings {
    by_user: Csr<UserIdx, MovieIdx>,
    by_movie: Csr<MovieIdx, UserIdx>,
}

impl Ratings {
    /// Puts ratings together user by user, each user's in any order.
    ///
    /// `movies` counts all movies, those without ratings included.
    ///
    /// # Errors
    /// An index out of range, a rating that is not finite, or a pair rated twice.
    pub fn from_users<User>(movies: usize, users: impl IntoIterator<Item = User>) -> Result<Self, AlsError>
    where
        User: IntoIterator<Item = (MovieIdx, f32)>,
    {
        let (mut offsets, mut columns, mut values) = (vec![0], Vec::new(), Values::default());
        for user in users {
            for (movie, rating) in user {
                columns.push(movie);
                values.push(rating);
            }
            offsets.push(columns.len());
        }
        Self::from_csr(movies, offsets, columns, values)
    }

    /// Takes ratings that already lie user by user, without copying them: user `u` has the entries
    /// `offsets[u]..offsets[u + 1]`, in any order of movies.
    ///
    /// # Errors
    /// As [`Ratings::from_users`], and offsets that do not ascend or do not fit the arrays.
    pub fn from_csr(
        movies: usize,
        offsets: Vec<usize>,
        columns: Vec<MovieIdx>,
        values: Values,
    ) -> Result<Self, AlsError> {
        check_offsets(&offsets, columns.len(), values.len())?;
        fits_index::<UserIdx>(offsets.len() - 1)?;
        fits_index::<MovieIdx>(movies)?;
        let by_user = Csr::<UserIdx, MovieIdx>::from_raw(offsets, columns, values);
        for (user, movie, rating) in by_user.entries() {
            in_range(movie, movies)?;
            if !rating.is_finite() {
                return Err(AlsError::RatingNotFinite { user: user.0, movie: movie.0, rating });
            }
        }
        let (users, by_movie) = (by_user.rows(), by_user.transpose(movies));
        let is_sorted = (0..users).all(|user| by_user.columns_at(user).is_sorted());
        let by_user = if is_sorted {
            by_user
        } else {
            // Transposing sorts: each row of the result ascends. There are never three orientations in memory.
            drop(by_user);
            by_movie.transpose(users)
        };
        for user in (0..).map(UserIdx).take(users) {
            if let Some(pair) = by_user.row(user).0.windows(2).find(|pair| pair[0] == pair[1]) {
                return Err(AlsError::DuplicateRating { user: user.0, movie: pair[0].number() });
            }
        }
        Ok(Self { by_user, by_movie })
    }

    /// How many users there are, those without ratings included.
    #[must_use]
    pub fn users(&self) -> usize {
        self.by_user.rows()
    }

    /// How many movies there are, those without ratings included.
    #[must_use]
    pub fn movies(&self) -> usize {
        self.by_movie.rows()
    }

    /// How many ratings there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_user.len()
    }

    /// Whether there are no ratings.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One row for each user.
    #[must_use]
    pub fn by_user(&self) -> &Csr<UserIdx, MovieIdx> {
        &self.by_user
    }

    /// One row for each movie.
    #[must_use]
    pub fn by_movie(&self) -> &Csr<MovieIdx, UserIdx> {
        &self.by_movie
    }

    /// The mean rating, 0 if there are none.
    pub(crate) fn mean(&self) -> f64 {
        let sum: f64 = self.by_user.values().map(f64::from).sum();
        sum / crate::real::count(self.len().max(1))
    }
}

fn check_offsets(offsets: &[usize], movies: usize, values: usize) -> Result<(), AlsError> {
    if offsets.first() != Some(&0) {
        return Err(AlsError::OffsetsNotAscending { row: 0 });
    }
    if let Some(row) = offsets.windows(2).position(|pair| pair[0] > pair[1]) {
        return Err(AlsError::OffsetsNotAscending { row });
    }
    let expected = offsets[offsets.len() - 1];
    for (what, found) in [("the array of movie indices", movies), ("the array of ratings", values)] {
        if found != expected {
            return Err(AlsError::LengthMismatch { what, expected, found });
        }
    }
    Ok(())
}
