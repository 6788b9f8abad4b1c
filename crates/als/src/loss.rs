//! The loss, exactly, without ever forming the dense matrix of scores.

use rayon::prelude::*;

use crate::config::Config;
use crate::csr::Csr;
use crate::factors::Factors;
use crate::gramian::Gramian;
use crate::index::{Index, MovieIdx, UserIdx};
use crate::ratings::Ratings;
use crate::real::squared_norm;
use crate::row::Fixed;

/// Rows are summed in blocks of this size and the blocks in order, whatever the number of threads.
const ROWS: usize = 512;

/// The loss of a model. `gramians` are those of the users and the movies, `None` if only observed ratings count.
pub(crate) fn loss(
    ratings: &Ratings,
    movies: Fixed<'_, MovieIdx>,
    users: &Factors<UserIdx>,
    gramians: Option<(&Gramian, &Gramian)>,
) -> f64 {
    let observed = sum_rows(users.rows(), |user| {
        movies.row_loss(ratings.by_user().row_at(user), users.row_at(user), users.biases()[user])
    });
    let all_pairs = gramians.map_or(0.0, |(users, movies)| users.squared_scores(movies));
    observed
        + movies.config.unobserved_weight() * all_pairs
        + ridges(movies.config, ratings.by_user(), users, ratings.movies())
        + ridges(movies.config, ratings.by_movie(), movies.side, ratings.users())
}

fn ridges<Row: Index, Col: Index>(
    config: &Config,
    ratings: &Csr<Row, Col>,
    side: &Factors<Row>,
    opposite: usize,
) -> f64 {
    sum_rows(side.rows(), |row| {
        let bias = f64::from(side.biases()[row]);
        let ridge = config.ridge(ratings.row_at(row).0.len(), opposite);
        ridge * (squared_norm(side.row_at(row)) + bias * bias)
    })
}

fn sum_rows(rows: usize, term: impl Fn(usize) -> f64 + Sync) -> f64 {
    let blocks = (0..rows.div_ceil(ROWS)).into_par_iter();
    let sums: Vec<f64> =
        blocks.map(|block| (block * ROWS..rows.min((block + 1) * ROWS)).map(&term).sum()).collect();
    sums.iter().sum()
}
