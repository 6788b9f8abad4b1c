//! Publishes invented recommendations for many users, and says how long each part took:
//! `cargo run --release -p store --features testing --example publish_at_scale -- DATABASE_URL [USERS] [RUN_ID]`
#![allow(clippy::expect_used, clippy::print_stdout, reason = "a measurement for people")]

use std::time::Instant;

use store::{
    Begin, ConnectOptions, Counts, MovieFactor, PopularMovies, SimilarMovies, Store, StoreError, UserHistory,
    UserRecommendations, VersionLoad,
    testing::{Sample, movie},
};

/// As many as MovieLens 25M has.
const USERS: i64 = 162_541;
const MOVIES: i64 = 59_047;
const LIST: i64 = 100;
/// Ratings per user, on average, of MovieLens 25M.
const HISTORY: i64 = 154;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StoreError> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().expect("a database url");
    let users = arguments.next().map_or(USERS, |users| users.parse().expect("a number of users"));
    let run_id = arguments.next().unwrap_or_else(|| "at-scale".to_owned());
    let store = Store::connect(&ConnectOptions::new(url)).await?;
    store.migrate().await?;
    let Begin::Load(mut load) = store.begin_publish(&Sample::new_version(&run_id)).await? else {
        println!("run {run_id} is published already");
        return Ok(());
    };
    let begun = Instant::now();
    write_movies(&mut load).await?;
    println!("movies, factors, similar, popular {:6.2} s", begun.elapsed().as_secs_f64());
    let begun = Instant::now();
    write_recommendations(&mut load, users).await?;
    println!("recommendations                   {:6.2} s", begun.elapsed().as_secs_f64());
    let begun = Instant::now();
    write_histories(&mut load, users).await?;
    println!("histories                         {:6.2} s", begun.elapsed().as_secs_f64());
    let begun = Instant::now();
    let (users, movies) = (users.unsigned_abs(), MOVIES.unsigned_abs());
    let counts = Counts {
        movies,
        recommendations: users,
        similar_movies: movies,
        popular_movies: 1,
        movie_factors: movies,
        user_histories: users,
    };
    let loaded = load.finish(&counts).await?;
    println!("keys, checks, attach              {:6.2} s", begun.elapsed().as_secs_f64());
    let begun = Instant::now();
    let activation = loaded.activate().await?;
    println!("activate version {:<16} {:6.4} s", activation.version, begun.elapsed().as_secs_f64());
    Ok(())
}

/// Distinct movies that look drawn at random: both strides are prime to the number of movies.
fn list(of: i64, length: i64) -> Vec<i64> {
    (0..length).map(|place| 1 + (of * 7919 + place * 10_007) % MOVIES).collect()
}

fn scores(length: i64) -> Vec<f32> {
    (1_u16..).map(|rank| 1.0 / f32::from(rank)).zip(0..length).map(|(score, _)| score).collect()
}

async fn write_movies(load: &mut VersionLoad) -> Result<(), StoreError> {
    let (list_scores, factor) = (scores(50), scores(64));
    for movie_id in 1..=MOVIES {
        load.write(&[movie(movie_id, &format!("Movie number {movie_id}, The"))]).await?;
    }
    for movie_id in 1..=MOVIES {
        load.write(&[MovieFactor { movie_id, factor: &factor, bias: 0.0 }]).await?;
        let similar_ids = list(movie_id, 50);
        load.write(&[SimilarMovies { movie_id, similar_ids: &similar_ids, scores: &list_scores }]).await?;
    }
    load.write(&[PopularMovies { genre: "", movie_ids: &list(1, 50), scores: &list_scores }]).await
}

async fn write_recommendations(load: &mut VersionLoad, users: i64) -> Result<(), StoreError> {
    let scores = scores(LIST);
    for user_id in 1..=users {
        let movie_ids = list(user_id, LIST);
        load.write(&[UserRecommendations { user_id, movie_ids: &movie_ids, scores: &scores }]).await?;
    }
    Ok(())
}

async fn write_histories(load: &mut VersionLoad, users: i64) -> Result<(), StoreError> {
    let (ratings, rated_at) = (scores(HISTORY), vec![1_700_000_000_000_000; 154]);
    for user_id in 1..=users {
        let movie_ids = list(user_id, HISTORY);
        let history = UserHistory { user_id, movie_ids: &movie_ids, ratings: &ratings, rated_at: &rated_at };
        load.write(&[history]).await?;
    }
    Ok(())
}
