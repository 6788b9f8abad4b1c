//! The ratings as a fit needs them: by user, and by movie in chunks of users.

use std::ops::Range;

use rayon::prelude::*;

use crate::csr::Csr;
use crate::error::AlsError;
use crate::index::{MovieIdx, UserIdx};
use crate::ratings::Ratings;

/// Ratings of a chunk, unless another number of chunks is asked for.
const CHUNK: usize = 1 << 24;

/// Ratings in both orientations, the one by movie in chunks of neighbouring users.
///
/// A chunk is what one machine of a cluster would hold. The equations of a movie are summed chunk by chunk, each chunk's sum made
/// apart, in the order of the chunks: so a model depends on their number, and on nothing else of how the work was shared out.
#[derive(Debug, PartialEq)]
pub struct TrainingSet<'a> {
    ratings: &'a Ratings,
    chunks: Vec<Chunk>,
}

/// Some neighbouring users and their ratings.
#[derive(Debug, PartialEq)]
pub(crate) struct Chunk {
    pub(crate) users: Range<usize>,
    pub(crate) by_movie: Csr<MovieIdx, UserIdx>,
}

impl<'a> TrainingSet<'a> {
    /// Adds the orientation by movie, in `chunks` chunks of about as many ratings; without a number there is one for every
    /// 16,777,216 ratings. Takes once more the memory of the ratings.
    ///
    /// # Errors
    /// No chunks, or no room for them.
    pub fn new(ratings: &'a Ratings, chunks: Option<usize>) -> Result<Self, AlsError> {
        let count = chunks.unwrap_or_else(|| ratings.len().div_ceil(CHUNK).max(1));
        if count == 0 {
            return Err(AlsError::NoChunks);
        }
        let (by_user, movies) = (ratings.by_user(), ratings.movies());
        let transposed = |users: Range<usize>| {
            let by_movie = by_user.transpose(users.clone(), movies)?;
            Ok(Chunk { users, by_movie })
        };
        let bounds = chunks_of(by_user.offsets(), count).into_par_iter().with_max_len(1);
        let chunks = bounds.map(transposed).collect::<Result<_, AlsError>>()?;
        Ok(Self { ratings, chunks })
    }

    /// The ratings by user.
    #[must_use]
    pub fn ratings(&self) -> &'a Ratings {
        self.ratings
    }

    /// How many chunks there are.
    #[must_use]
    pub fn chunks(&self) -> usize {
        self.chunks.len()
    }

    pub(crate) fn parts(&self) -> &[Chunk] {
        &self.chunks
    }
}

/// Users in so many chunks of about as many ratings: a chunk ends with the user whose ratings reach its share. User `u` has the
/// ratings `offsets[u]..offsets[u + 1]`.
#[must_use]
pub fn chunks_of(offsets: &[usize], count: usize) -> Vec<Range<usize>> {
    let (users, ratings) = (offsets.len().saturating_sub(1), offsets.last().copied().unwrap_or_default());
    let mut start = 0;
    let range_of = |number: usize| {
        let end = if number == count {
            users
        } else {
            let least = share(ratings, number, count);
            offsets.partition_point(|&offset| offset < least)
        };
        let range = start..end.max(start);
        start = range.end;
        range
    };
    (1..=count).map(range_of).collect()
}

/// `total * number / count`, which may not fit a machine word before it is divided.
fn share(total: usize, number: usize, count: usize) -> usize {
    let share = total as u128 * number as u128 / count as u128;
    usize::try_from(share).unwrap_or(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratings(of_users: &[u32]) -> Ratings {
        let of_user = |&count: &u32| (0..count).map(|movie| (MovieIdx(movie), 1.0));
        Ratings::from_users(100, of_users.iter().map(of_user)).unwrap()
    }

    fn users(set: &TrainingSet<'_>) -> Vec<Range<usize>> {
        set.parts().iter().map(|chunk| chunk.users.clone()).collect()
    }

    #[test]
    fn chunks_hold_all_users_once_and_about_as_many_ratings() {
        let of_users: Vec<u32> = (0..60).map(|user| user % 7).collect();
        let ratings = ratings(&of_users);
        for count in [1, 2, 7, 60, 200] {
            let set = TrainingSet::new(&ratings, Some(count)).unwrap();
            let users = users(&set);
            assert_eq!((users[0].start, users[count - 1].end, users.len()), (0, 60, count));
            assert!(users.windows(2).all(|pair| pair[0].end == pair[1].start));
            let share = set.ratings().len().div_ceil(count);
            assert!(set.parts().iter().all(|chunk| chunk.by_movie.len() <= share + 6), "{count}");
            assert_eq!(
                set.parts().iter().map(|chunk| chunk.by_movie.len()).sum::<usize>(),
                set.ratings().len()
            );
        }
    }

    #[test]
    fn a_chunk_has_the_ratings_of_its_users_by_movie() {
        let ratings = ratings(&[3, 1, 2, 2]);
        let set = TrainingSet::new(&ratings, Some(2)).unwrap();
        assert_eq!(users(&set), [0..2, 2..4]);
        let of_movie = |chunk: usize, movie| set.parts()[chunk].by_movie.columns_at(movie).to_vec();
        assert_eq!(of_movie(0, 0), [0, 1].map(UserIdx));
        assert_eq!(of_movie(0, 2), [UserIdx(0)]);
        assert_eq!(of_movie(1, 1), [2, 3].map(UserIdx));
        assert_eq!(of_movie(1, 99), []);
    }

    #[test]
    fn there_are_as_many_chunks_as_ratings_need_and_never_none() {
        let (some, none) = (ratings(&[1, 1]), ratings(&[]));
        assert_eq!(TrainingSet::new(&some, None).unwrap().chunks(), 1);
        assert_eq!(TrainingSet::new(&some, Some(0)), Err(AlsError::NoChunks));
        assert_eq!(TrainingSet::new(&none, Some(3)).unwrap().chunks(), 3);
    }
}
