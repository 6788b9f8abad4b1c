//! Publishes an invented version as large as MovieLens 25M, and says how long each part took:
//! `cargo run --release -p store --example publish_at_scale -- DATABASE_URL [USERS] [MOVIES] [RANK] [RUN_ID]`
#![allow(clippy::expect_used, clippy::print_stdout, reason = "a measurement for people")]

mod invented;

use std::{str::FromStr, time::Instant};

use invented::Invented;
use store::{Begin, ConnectOptions, Store, StoreError};

/// As many as MovieLens 25M has.
const USERS: i64 = 162_541;
const MOVIES: i64 = 59_047;
const RANK: usize = 64;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StoreError> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().expect("a database url");
    let users = number(arguments.next(), USERS);
    let movies = number(arguments.next(), MOVIES);
    let rank = number(arguments.next(), RANK);
    let run_id = arguments.next().unwrap_or_else(|| "at-scale".to_owned());
    publish(&url, &run_id, &mut Invented::new(users, movies, rank)).await
}

fn number<T: FromStr>(argument: Option<String>, default: T) -> T {
    argument.map_or(default, |text| text.parse().ok().expect("users, movies and rank are whole numbers"))
}

async fn publish(url: &str, run_id: &str, invented: &mut Invented) -> Result<(), StoreError> {
    let store = Store::connect(&ConnectOptions::new(url)).await?;
    store.migrate().await?;
    let Begin::Load(load) = store.begin_publish(&invented.version(run_id)).await? else {
        println!("run {run_id} is published already");
        return Ok(());
    };
    let begun = Instant::now();
    invented.write_movies(&load).await?;
    println!("movies, factors, similar, popular {:6.2} s", begun.elapsed().as_secs_f64());
    let begun = Instant::now();
    invented.write_users(&load).await?;
    println!("recommendations, histories        {:6.2} s", begun.elapsed().as_secs_f64());
    let begun = Instant::now();
    let loaded = load.finish(&invented.counts()).await?;
    println!("keys, checks, attach              {:6.2} s", begun.elapsed().as_secs_f64());
    let begun = Instant::now();
    let activation = loaded.activate().await?;
    println!("activate version {:<16} {:6.4} s", activation.version, begun.elapsed().as_secs_f64());
    Ok(())
}
