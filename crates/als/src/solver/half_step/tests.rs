//! Both half steps against dense normal equations.

use super::{Losses, half_step};
use crate::config::{Config, Objective};
use crate::csr::Csr;
use crate::error::AlsError;
use crate::factors::Factors;
use crate::index::{Index, MovieIdx, UserIdx};
use crate::ratings::Ratings;
use crate::real::single;
use crate::solver::gramian::{Background, Gramian};
use crate::solver::row::{Fixed, Summing};
use crate::training_set::TrainingSet;

#[path = "../../../tests/facts/oracle.rs"]
mod oracle;
use oracle::{Dense, Random, Row};

const USERS: u32 = 23;
const MOVIES: u32 = 17;
const RANK: usize = 5;

fn problem(implicit: bool, biases: bool, seed: u64) -> Dense {
    let mut random = Random(seed);
    let mut rating = |share: u32| (random.below(10) < share).then(|| 0.5 * f64::from(1 + random.below(10)));
    // User 3 has rated nothing, user 4 everything.
    let mut row = |user: u32| {
        (0..MOVIES).map(|_| rating([3, 0, 10][usize::from(user == 3) + 2 * usize::from(user == 4)])).collect()
    };
    let ratings = (0..USERS).map(&mut row).collect();
    let mean = if biases { 3.25 } else { 0.0 };
    Dense { ratings, implicit, biases, alpha0: 0.3, alpha: 0.7, lambda: 0.2, nu: 0.6, mean }
}

fn config(dense: &Dense) -> Config {
    let objective = if dense.implicit {
        Objective::Implicit { unobserved_weight: dense.alpha0, confidence_alpha: dense.alpha }
    } else {
        Objective::Explicit { biases: dense.biases }
    };
    let (regularization, regularization_exponent) = (dense.lambda, dense.nu);
    let solver = crate::config::Solver::Cholesky;
    Config { objective, rank: RANK, iterations: 1, regularization, regularization_exponent, seed: 0, solver }
}

fn ratings(dense: &Dense) -> Ratings {
    let rated = |(movie, rating): (MovieIdx, &Option<f64>)| Some((movie, single((*rating)?)));
    let user =
        |row: &Vec<Option<f64>>| -> Vec<_> { (0..).map(MovieIdx).zip(row).filter_map(rated).collect() };
    Ratings::from_users(dense.ratings[0].len(), dense.ratings.iter().map(user)).unwrap()
}

fn factors<I: Index>(rows: &[Row]) -> Factors<I> {
    let values = rows.iter().flat_map(|row| row.factor.iter().map(|&number| single(number))).collect();
    Factors::from_parts(RANK, values, rows.iter().map(|row| single(row.bias)).collect()).unwrap()
}

/// Solves one side by the crate and row by row by the oracle.
fn compare<A: Index, B: Index>(dense: &Dense, chunks: &[&Csr<A, B>], summing: Summing, seed: u64) {
    let mut random = Random(seed);
    let columns: Vec<_> =
        dense.ratings[0].iter().map(|_| Row::random(RANK, dense.biases, &mut random)).collect();
    let side = factors::<B>(&columns);
    let config = config(dense);
    let weight = config.unobserved_weight();
    let background = (weight > 0.0).then(|| Background::new(&Gramian::of(&side, 0..side.rows()), weight));
    let fixed = Fixed {
        config: &config,
        mean: single(dense.mean),
        side: &side,
        opposite: side.rows(),
        background: background.as_ref(),
    };
    let mut solved = Factors::<A>::zeros(dense.ratings.len(), RANK);
    half_step(chunks, fixed, summing, &mut solved, Losses::Skip).unwrap();

    let rows: Vec<Row> =
        (0..solved.rows()).map(|row| Row::of(solved.row_at(row), solved.biases()[row])).collect();
    for (index, row) in rows.iter().enumerate() {
        let expected = dense.minimum(index, &columns).unknowns(dense.biases);
        for (found, expected) in row.unknowns(dense.biases).iter().zip(&expected) {
            assert!(
                (found - expected).abs() < 2e-5 * (1.0 + expected.abs()),
                "row {index}: {found} {expected}"
            );
        }
        assert_gradient_vanishes(dense, &rows, &columns, index);
    }
}

/// The loss is quadratic in a row, so central differences are its gradient.
fn assert_gradient_vanishes(dense: &Dense, rows: &[Row], columns: &[Row], index: usize) {
    let slope = |unknown: usize| {
        let moved = |step: f64| {
            let mut rows = rows.to_vec();
            match rows[index].factor.get_mut(unknown) {
                Some(entry) => *entry += step,
                None => rows[index].bias += step,
            }
            dense.loss(&rows, columns)
        };
        (moved(0.5) - moved(-0.5)).abs()
    };
    for unknown in 0..RANK + usize::from(dense.biases) {
        assert!(slope(unknown) < 2e-3, "row {index}, unknown {unknown}: the slope is {}", slope(unknown));
    }
}

#[test]
fn both_half_steps_reach_the_minimum_of_dense_normal_equations() {
    for seed in 1..4 {
        for (implicit, biases) in [(true, false), (false, false), (false, true)] {
            let dense = problem(implicit, biases, seed);
            let ratings = ratings(&dense);
            compare(&dense, &[ratings.by_user()], Summing::Straight, seed + 10);
            for chunks in [1, 2, 5, 40] {
                let set = TrainingSet::new(&ratings, Some(chunks)).unwrap();
                let chunks: Vec<_> = set.parts().iter().map(|chunk| &chunk.by_movie).collect();
                compare(&dense.transposed(), &chunks, Summing::ByChunk, seed + 20);
            }
        }
    }
}

#[test]
fn a_row_without_ratings_becomes_zero() {
    let dense = problem(false, true, 1);
    let ratings = ratings(&dense);
    let config = config(&dense);
    let mut random = Random(5);
    let movies: Vec<_> = (0..MOVIES).map(|_| Row::random(RANK, true, &mut random)).collect();
    let side = factors::<MovieIdx>(&movies);
    let users: Vec<_> = (0..USERS).map(|_| Row::random(RANK, true, &mut random)).collect();
    let mut solved = factors::<UserIdx>(&users);
    half_step(
        &[ratings.by_user()],
        Fixed { config: &config, mean: 3.25, side: &side, opposite: side.rows(), background: None },
        Summing::Straight,
        &mut solved,
        Losses::Skip,
    )
    .unwrap();
    assert_eq!(solved.row(UserIdx(3)).to_vec(), vec![0.0; RANK]);
    assert_eq!(solved.biases()[3].to_bits(), 0);
    assert_ne!(solved.row(UserIdx(2)).to_vec(), vec![0.0; RANK]);
}

#[test]
fn more_ratings_than_a_panel_holds_are_all_counted() {
    let mut random = Random(9);
    let ratings = vec![(0..1000).map(|_| Some(f64::from(random.below(5)))).collect()];
    let dense = Dense { ratings, ..problem(false, true, 1) };
    compare(&dense, &[self::ratings(&dense).by_user()], Summing::Straight, 3);
}

#[test]
fn a_nearly_singular_row_is_solved_in_double_precision() {
    // The second pivot is 2e-6 of its diagonal: single precision gives it a digit or two, and no error.
    let rows = [
        Row { factor: vec![1.0, 1.0], bias: 0.0 },
        Row { factor: vec![1.0, 1.0 + 2_f64.powi(-9)], bias: 0.0 },
    ];
    let dense = Dense {
        ratings: vec![vec![Some(3.0), Some(4.0)]],
        lambda: 1e-9,
        nu: 0.0,
        ..problem(false, false, 1)
    };
    let config = Config { rank: 2, ..config(&dense) };
    let values = rows.iter().flat_map(|row| row.factor.iter().map(|&number| single(number))).collect();
    let side = Factors::<MovieIdx>::from_parts(2, values, vec![0.0; 2]).unwrap();
    let mut solved = Factors::<UserIdx>::zeros(1, 2);
    let fixed = Fixed { config: &config, mean: 0.0, side: &side, opposite: side.rows(), background: None };
    half_step(&[ratings(&dense).by_user()], fixed, Summing::Straight, &mut solved, Losses::Skip).unwrap();
    let expected = dense.minimum(0, &rows);
    let found = Row::of(solved.row_at(0), 0.0);
    for (found, expected) in found.factor.iter().zip(&expected.factor) {
        assert!((found - expected).abs() < 1e-3 * expected.abs(), "{found} {expected}");
    }
}

#[test]
fn unsolvable_rows_are_named_by_the_first() {
    let dense = Dense { lambda: 0.0, ..problem(false, false, 1) };
    let config = config(&dense);
    let side = Factors::<MovieIdx>::zeros(dense.ratings[0].len(), RANK);
    let mut solved = Factors::<UserIdx>::zeros(dense.ratings.len(), RANK);
    let fixed = Fixed { config: &config, mean: 0.0, side: &side, opposite: side.rows(), background: None };
    let error = half_step(&[ratings(&dense).by_user()], fixed, Summing::Straight, &mut solved, Losses::Skip)
        .unwrap_err();
    assert_eq!(error, AlsError::NotPositiveDefinite { side: "user", row: 0, regularization: 0.0 });
    assert!(error.to_string().contains("--regularization"), "{error}");
}
