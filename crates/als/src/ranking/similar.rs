//! Similar movies.

use std::ops::Range;

use rayon::prelude::*;

use crate::error::AlsError;
use crate::factors::Factors;
use crate::index::{Index, MovieIdx, positions};
use crate::kernel::Kernel;
use crate::ranking::scoring::{Catalogue, Query, Scorer};
use crate::ranking::top_n::ScoredMovie;
use crate::real::{single, squared_norm};

/// The `n` movies most similar to each of a range, by the cosine of their factors, in the order of
/// [`best_first`](crate::best_first).
///
/// A movie is not similar to itself. One whose factor is zero resembles nothing: its list is empty and it is in no other.
/// Rounding may carry a similarity past 1 by some 1e-7.
///
/// # Errors
/// The range does not lie within the movies.
pub fn similar_movies(
    movies: &Factors<MovieIdx>,
    range: Range<MovieIdx>,
    n: usize,
) -> Result<Vec<Vec<ScoredMovie>>, AlsError> {
    let rank = movies.rank();
    let range = positions(range, movies.rows())?;
    let mut directions = movies.values().to_vec();
    let offsets: Vec<f32> = directions.par_chunks_mut(rank).map(normalize).collect();
    let itself: Vec<MovieIdx> = (0..).map(MovieIdx::new).take(movies.rows()).collect();
    let catalogue = Catalogue { rank, factors: &directions, offsets: &offsets };
    let query = |index: usize| {
        let movie = range.start + index;
        Query {
            factor: &directions[movie * rank..][..rank],
            // A movie without a direction is barred from the others' lists by its offset, and has no list by the same.
            constant: offsets[movie],
            excluded: &itself[movie..=movie],
            allowed: None,
        }
    };
    Ok(Scorer::new(Kernel::best(), &catalogue).best(range.len(), query, n))
}

/// Scales a factor to length 1. Returns 0, or minus infinity for a factor that has no length.
fn normalize(factor: &mut [f32]) -> f32 {
    let length = squared_norm(factor).sqrt();
    if length <= 0.0 {
        return f32::NEG_INFINITY;
    }
    for number in factor {
        *number = single(f64::from(*number) / length);
    }
    0.0
}
