//! The ratings, user by user.

use rayon::prelude::*;

use crate::array::Array;
use crate::csr::Csr;
use crate::error::AlsError;
use crate::index::{Index, MovieIdx, UserIdx, fits_index, in_range};
use crate::values::Values;

/// Who rated what: at most one finite rating of each (user, movie). Enough to know what users have seen; to fit a model takes a
/// [`TrainingSet`](crate::TrainingSet).
#[derive(Debug, PartialEq)]
pub struct Ratings {
    by_user: Csr<UserIdx, MovieIdx>,
    /// How many each movie has.
    movie_counts: Vec<usize>,
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
        let (mut offsets, mut columns, mut values) = (vec![0], Vec::new(), Vec::new());
        for user in users {
            for (movie, rating) in user {
                columns.push(movie);
                values.push(rating);
            }
            offsets.push(columns.len());
        }
        Self::from_csr(movies, offsets, columns, Values::of(&values)?)
    }

    /// Takes ratings that already lie user by user, without copying them: user `u` has the entries
    /// `offsets[u]..offsets[u + 1]`, in any order of movies.
    ///
    /// # Errors
    /// As [`Ratings::from_users`], and offsets that do not ascend or do not fit the arrays.
    pub fn from_csr(
        movies: usize,
        offsets: Vec<usize>,
        columns: impl Into<Array<MovieIdx>>,
        values: Values,
    ) -> Result<Self, AlsError> {
        let columns = columns.into();
        check_offsets(&offsets, columns.len(), values.len())?;
        fits_index::<UserIdx>(offsets.len() - 1)?;
        fits_index::<MovieIdx>(movies)?;
        let mut by_user = Csr::<UserIdx, MovieIdx>::from_raw(offsets, columns, values);
        check_entries(&by_user, movies)?;
        by_user.sort_rows();
        let twice = |user: usize| {
            let pair = by_user.columns_at(user).windows(2).find(|pair| pair[0] == pair[1])?;
            Some(AlsError::DuplicateRating { user: UserIdx::at(user).number(), movie: pair[0].number() })
        };
        if let Some(error) = (0..by_user.rows()).into_par_iter().find_map_first(twice) {
            return Err(error);
        }
        let movie_counts = by_user.count_columns(0..by_user.rows(), movies);
        Ok(Self { by_user, movie_counts })
    }

    /// How many users there are, those without ratings included.
    #[must_use]
    pub fn users(&self) -> usize {
        self.by_user.rows()
    }

    /// How many movies there are, those without ratings included.
    #[must_use]
    pub fn movies(&self) -> usize {
        self.movie_counts.len()
    }

    /// How many ratings there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_user.len()
    }

    /// Whether there are no ratings.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_user.len() == 0
    }

    /// One row for each user.
    #[must_use]
    pub fn by_user(&self) -> &Csr<UserIdx, MovieIdx> {
        &self.by_user
    }

    /// How many ratings each movie has.
    #[must_use]
    pub fn movie_counts(&self) -> &[usize] {
        &self.movie_counts
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

/// The first movie that is out of range, or rating that is not finite.
fn check_entries(by_user: &Csr<UserIdx, MovieIdx>, movies: usize) -> Result<(), AlsError> {
    let of_user = |user: usize| {
        let (columns, values) = by_user.row(UserIdx::at(user));
        columns.iter().zip(values).find_map(|(&movie, rating)| {
            if !rating.is_finite() {
                let user = UserIdx::at(user).number();
                return Some(AlsError::RatingNotFinite { user, movie: movie.number(), rating });
            }
            in_range(movie, movies).err()
        })
    };
    (0..by_user.rows()).into_par_iter().find_map_first(of_user).map_or(Ok(()), Err)
}
