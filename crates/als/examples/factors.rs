//! Fits a model to ratings in flat files, for `bench/quality.py`:
//! `factors FOLDER OBJECTIVE MOVIES RANK ITERATIONS REGULARIZATION EXPONENT UNOBSERVED_WEIGHT CONFIDENCE_ALPHA SEED`
//!
//! Reads `offsets.u64`, `columns.u32` and `values.f32` (rows of users, little-endian) from the folder, writes
//! `users.f32`, `movies.f32`, `user_biases.f32` and `movie_biases.f32` into it, and prints the global mean and the loss.
#![allow(clippy::expect_used, clippy::print_stdout, reason = "a measurement for people")]

use std::ops::ControlFlow;
use std::path::Path;
use std::str::FromStr;

use als::{Config, Factors, Index, MovieIdx, Objective, Ratings, fit};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, objective, movies, rest @ ..] = arguments.as_slice() else {
        panic!("needs the arguments that the first lines of this file list")
    };
    let folder = Path::new(folder);
    let ratings = read_ratings(folder, number(movies));
    let mut last_loss = f64::NAN;
    let model = fit(&ratings, &config(objective, rest), &mut |iteration| {
        last_loss = iteration.loss;
        ControlFlow::Continue(())
    })
    .expect("a fit");
    write_side(folder, "users.f32", "user_biases.f32", model.users());
    write_side(folder, "movies.f32", "movie_biases.f32", model.movies());
    println!("{{\"global_mean\":{},\"loss\":{last_loss}}}", model.global_mean());
}

fn config(objective: &str, numbers: &[String]) -> Config {
    let [rank, iterations, regularization, exponent, unobserved_weight, confidence_alpha, seed] = numbers
    else {
        panic!("needs seven numbers after the objective and the movies")
    };
    let objective = match objective {
        "implicit" => Objective::Implicit {
            unobserved_weight: number(unobserved_weight),
            confidence_alpha: number(confidence_alpha),
        },
        "explicit" => Objective::Explicit { biases: true },
        other => panic!("no objective {other}: use implicit or explicit"),
    };
    Config {
        objective,
        rank: number(rank),
        iterations: number(iterations),
        regularization: number(regularization),
        regularization_exponent: number(exponent),
        seed: number(seed),
    }
}

fn number<T: FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is not a number of the kind that stands here"))
}

fn read_ratings(folder: &Path, movies: usize) -> Ratings {
    let offsets = words(folder, "offsets.u64", |word| u64::from_le_bytes(word).try_into().expect("a usize"));
    let columns = words(folder, "columns.u32", |word| MovieIdx(u32::from_le_bytes(word)));
    let values = words(folder, "values.f32", f32::from_le_bytes);
    Ratings::from_rows(movies, offsets, columns, values).expect("ratings")
}

fn words<const N: usize, T>(folder: &Path, name: &str, decode: impl Fn([u8; N]) -> T) -> Vec<T> {
    let bytes = std::fs::read(folder.join(name)).expect(name);
    let (words, rest) = bytes.as_chunks::<N>();
    assert!(rest.is_empty(), "{name} ends within a number");
    words.iter().map(|&word| decode(word)).collect()
}

fn write_side<Row: Index>(folder: &Path, factors: &str, biases: &str, side: &Factors<Row>) {
    for (name, numbers) in [(factors, side.values()), (biases, side.biases())] {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        std::fs::write(folder.join(name), bytes).expect(name);
    }
}
