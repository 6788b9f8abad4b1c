//! What the integration tests share.

use std::ops::ControlFlow;

use als::{
    AlsError, Config, Index, Iteration, Model, MovieIdx, Objective, Ratings, Solver, TrainingSet, UserIdx,
    fit,
};

use crate::oracle::{Dense, Random, Row};

pub(crate) type Triple = (UserIdx, MovieIdx, f32);

/// Ratings in half steps from 0.5 to 5, about `share` in ten of all pairs. The last movie is never rated.
pub(crate) fn triples(users: u32, movies: u32, share: u32, seed: u64) -> Vec<Triple> {
    let mut random = Random(seed);
    let mut triples = Vec::new();
    for user in 0..users {
        for movie in 0..movies - 1 {
            if random.below(10) < share {
                let halves = u16::try_from(1 + random.below(10)).unwrap();
                triples.push((UserIdx(user), MovieIdx(movie), 0.5 * f32::from(halves)));
            }
        }
    }
    triples
}

pub(crate) fn random_ratings(users: u32, movies: u32, share: u32, seed: u64) -> Ratings {
    ratings_of(users, movies as usize, &triples(users, movies, share, seed)).unwrap()
}

/// These ratings as the crate takes them, each user's in the given order.
pub(crate) fn ratings_of(users: u32, movies: usize, triples: &[Triple]) -> Result<Ratings, AlsError> {
    let mut rows = vec![Vec::new(); users as usize];
    for &(user, movie, rating) in triples {
        rows[user.position()].push((movie, rating));
    }
    Ratings::from_users(movies, rows)
}

pub(crate) fn implicit() -> Config {
    Config {
        objective: Objective::Implicit { unobserved_weight: 0.2, confidence_alpha: 0.0 },
        rank: 6,
        iterations: 8,
        regularization: 0.05,
        regularization_exponent: 0.7,
        seed: 7,
        solver: Solver::Cholesky,
    }
}

pub(crate) fn confident() -> Config {
    Config { objective: Objective::Implicit { unobserved_weight: 0.2, confidence_alpha: 1.5 }, ..implicit() }
}

pub(crate) fn explicit(biases: bool) -> Config {
    Config { objective: Objective::Explicit { biases }, regularization_exponent: 1.0, ..implicit() }
}

pub(crate) fn every_config() -> [Config; 4] {
    [implicit(), confident(), explicit(false), explicit(true)]
}

/// Fits to the end and gives the losses beside the model.
pub(crate) fn fit_all(ratings: &Ratings, config: &Config) -> (Model, Vec<f64>) {
    fit_in_chunks(ratings, config, None)
}

/// The same in so many chunks.
pub(crate) fn fit_in_chunks(ratings: &Ratings, config: &Config, chunks: Option<usize>) -> (Model, Vec<f64>) {
    let mut losses = Vec::new();
    let mut observer = |iteration: &Iteration<'_>| {
        losses.push(iteration.loss);
        ControlFlow::Continue(())
    };
    let set = TrainingSet::new(ratings, chunks).unwrap();
    let model = fit(&set, config, &mut observer).unwrap();
    (model, losses)
}

/// The same problem for the oracle.
pub(crate) fn dense(ratings: &Ratings, config: &Config, model: &Model) -> Dense {
    let mut table = vec![vec![None; ratings.movies()]; ratings.users()];
    for (user, row) in (0..).map(UserIdx).zip(&mut table) {
        let (movies, values) = ratings.by_user().row(user);
        for (movie, value) in movies.iter().zip(values) {
            row[movie.position()] = Some(f64::from(value));
        }
    }
    let (implicit, biases, alpha0, alpha) = match config.objective {
        Objective::Implicit { unobserved_weight, confidence_alpha } => {
            (true, false, unobserved_weight, confidence_alpha)
        }
        Objective::Explicit { biases } => (false, biases, 0.0, 0.0),
    };
    let (lambda, nu, mean) =
        (config.regularization, config.regularization_exponent, f64::from(model.global_mean()));
    Dense { ratings: table, implicit, biases, alpha0, alpha, lambda, nu, mean }
}

pub(crate) fn rows<I: Index>(side: &als::Factors<I>) -> Vec<Row> {
    let indices = (0..).map(I::new).take(side.rows());
    indices.map(|row| Row::of(side.row(row), side.bias(row))).collect()
}

/// The history of a user as fold-in takes it.
pub(crate) fn history(ratings: &Ratings, user: UserIdx) -> Vec<(MovieIdx, f32)> {
    let (movies, values) = ratings.by_user().row(user);
    movies.iter().copied().zip(values).collect()
}

/// Runs on a pool of this many threads.
pub(crate) fn on_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

pub(crate) fn assert_close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance * (1.0 + expected.abs()), "{found} is not {expected}");
}
