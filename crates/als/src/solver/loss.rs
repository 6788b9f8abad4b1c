//! The loss, exactly, without ever forming the dense matrix of scores.
//!
//! The squared errors of the observations and the ridges of the users are summed as the users are solved (see
//! [`half_step`](crate::solver::half_step)); here comes what is left.

use rayon::prelude::*;

use crate::config::Config;
use crate::factors::Factors;
use crate::index::MovieIdx;
use crate::real::squared_norm;
use crate::solver::gramian::Gramian;

/// Rows are summed in blocks of this size and the blocks in order, whatever the number of threads.
const ROWS: usize = 512;

/// `alpha0 sum_(u, i) <x_u, y_i>^2`, from the Gramians of both sides, 0 without them.
pub(crate) fn all_pairs(config: &Config, gramians: Option<(&Gramian, &Gramian)>) -> f64 {
    config.unobserved_weight() * gramians.map_or(0.0, |(users, movies)| users.squared_scores(movies))
}

/// The ridges of the movies, which have so many ratings each, by so many users.
pub(crate) fn movie_ridges(
    config: &Config,
    ratings: &[usize],
    users: usize,
    movies: &Factors<MovieIdx>,
) -> f64 {
    let term = |movie: usize| {
        let bias = f64::from(movies.biases()[movie]);
        let ridge = config.ridge(ratings[movie], users);
        ridge * (squared_norm(movies.row_at(movie)) + bias * bias)
    };
    let rows = movies.rows();
    let blocks = (0..rows.div_ceil(ROWS)).into_par_iter();
    let sums: Vec<f64> =
        blocks.map(|block| (block * ROWS..rows.min((block + 1) * ROWS)).map(term).sum()).collect();
    sums.iter().sum()
}
