//! The kernels on one thread: a row of the normal equations, and the ranking.
//!
//! `cargo bench -p als --bench kernels`; the log names the kernel that this machine chooses. Whole iterations beside other
//! libraries are measured by `bench/als.py`.
#![allow(missing_docs, reason = "criterion's macros make functions of their own")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot begin may panic")]

use als::{
    BlockRanker, Config, Factors, FoldIn, Model, MovieIdx, Objective, Ratings, Solver, UserIdx,
    similar_movies,
};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

const MOVIES: u32 = 10_000;

fn config(rank: usize, objective: Objective) -> Config {
    let (regularization, regularization_exponent, solver) = (0.01, 1.0, Solver::Cholesky);
    Config { objective, rank, iterations: 1, regularization, regularization_exponent, seed: 1, solver }
}

fn factors<I: als::Index>(rows: u32, rank: usize) -> Factors<I> {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let values = (0..rows as usize * rank).map(|_| StandardNormal.sample(&mut random)).collect();
    Factors::from_parts(rank, values, vec![0.0; rows as usize]).unwrap()
}

/// Gathering, multiplying, factoring and solving the equations of one row.
fn rows(criterion: &mut Criterion) {
    let implicit = Objective::Implicit { unobserved_weight: 0.1, confidence_alpha: 0.0 };
    for (name, objective) in [("implicit", implicit), ("explicit", Objective::Explicit { biases: true })] {
        let mut group = criterion.benchmark_group(format!("row/{name}"));
        for rank in [16, 64, 128, 256] {
            let fold_in = FoldIn::new(config(rank, objective), 0.0, factors(MOVIES, rank)).unwrap();
            for ratings in [8_u32, 64, 512, 4096] {
                let step = MOVIES / ratings;
                let history: Vec<_> = (0..ratings).map(|place| (MovieIdx(place * step), 4.0)).collect();
                group.throughput(Throughput::Elements(u64::from(ratings)));
                group.bench_function(BenchmarkId::new(format!("k={rank}"), ratings), |bencher| {
                    bencher.iter(|| fold_in.fold_in(&history).unwrap());
                });
            }
        }
        group.finish();
    }
}

/// The best of ten thousand movies for a thousand users, and for each of a thousand movies.
fn ranking(criterion: &mut Criterion) {
    const QUERIES: u32 = 1000;
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let of_user = |user| (user..MOVIES).step_by(QUERIES as usize).map(|movie| (MovieIdx(movie), 4.0));
    let seen = Ratings::from_users(MOVIES as usize, (0..QUERIES).map(of_user)).unwrap();
    let mut group = criterion.benchmark_group("ranking");
    group.sample_size(10).throughput(Throughput::Elements(u64::from(QUERIES) * u64::from(MOVIES)));
    for rank in [16, 64, 128] {
        let config = config(rank, Objective::Explicit { biases: false });
        let model = Model::from_parts(config, 0.0, factors(QUERIES, rank), factors(MOVIES, rank)).unwrap();
        group.bench_function(BenchmarkId::new("top 100", rank), |bencher| {
            let users = UserIdx(0)..UserIdx(QUERIES);
            let ranker = BlockRanker::new(&model, &seen).unwrap();
            bencher.iter(|| alone.install(|| ranker.top_n(users.clone(), 100).unwrap()));
        });
        group.bench_function(BenchmarkId::new("similar 50", rank), |bencher| {
            let movies = MovieIdx(0)..MovieIdx(QUERIES);
            bencher.iter(|| alone.install(|| similar_movies(model.movies(), movies.clone(), 50).unwrap()));
        });
    }
    group.finish();
}

criterion_group!(kernels, rows, ranking);
criterion_main!(kernels);
