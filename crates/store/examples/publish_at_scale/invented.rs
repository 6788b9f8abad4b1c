//! A version made of nothing, the same at every run, with the shape of a real one: few movies are in most lists and
//! histories, most users have rated little, titles are words that people search for.

use std::collections::HashSet;

use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, LogNormal, StandardNormal};
use serde_json::json;
use store::{
    Counts, Movie, MovieFactor, NewVersion, PopularMovies, SimilarMovies, StoreError, UserHistory,
    UserRecommendations, VersionLoad,
};

const LIST: usize = 100;
const SIMILAR: usize = 50;
/// Logarithms of the median and the spread of the ratings a user has given: 150 on average.
const HISTORY: (f64, f64) = (4.5, 1.0);
const SHORTEST_HISTORY: f64 = 20.0;
/// 2023-11-14T22:13:20Z in microseconds.
const RATED_AT: i64 = 1_700_000_000_000_000;

const GENRES: [&str; 18] = [
    "Drama",
    "Comedy",
    "Thriller",
    "Romance",
    "Action",
    "Horror",
    "Documentary",
    "Crime",
    "Adventure",
    "Sci-Fi",
    "Children",
    "Animation",
    "Mystery",
    "Fantasy",
    "War",
    "Western",
    "Musical",
    "Film-Noir",
];
const ADJECTIVES: [&str; 24] = [
    "Silent",
    "Broken",
    "Golden",
    "Last",
    "Lost",
    "Crimson",
    "Endless",
    "Hidden",
    "Burning",
    "Quiet",
    "Savage",
    "Secret",
    "Electric",
    "Forgotten",
    "Midnight",
    "Velvet",
    "Wild",
    "Perfect",
    "Strange",
    "Eternal",
    "Bitter",
    "Dancing",
    "Iron",
    "Paper",
];
const NOUNS: [&str; 24] = [
    "River",
    "Summer",
    "Kingdom",
    "Mirror",
    "Promise",
    "Shadow",
    "Garden",
    "Journey",
    "Winter",
    "Godfather",
    "Stranger",
    "Amélie",
    "Horizon",
    "Señora",
    "Letter",
    "Island",
    "Train",
    "Harvest",
    "Thief",
    "Sister",
    "Ocean",
    "Castle",
    "Orchestra",
    "Rings",
];

/// Users and movies are numbered from 1; the movies with the smallest numbers are the most popular.
pub(crate) struct Invented {
    users: i64,
    movies: i64,
    rank: usize,
    random: ChaCha8Rng,
}

impl Invented {
    pub(crate) fn new(users: i64, movies: i64, rank: usize) -> Self {
        assert!(movies > 400, "a list and a history need more than 400 movies");
        Self { users, movies, rank, random: ChaCha8Rng::seed_from_u64(42) }
    }

    /// What `publish` says of a model trained with the defaults.
    pub(crate) fn version(&self, run_id: &str) -> NewVersion {
        let model = json!({
            "objective": "implicit", "rank": self.rank, "iterations": 6, "regularization": 0.01,
            "regularization_exponent": 1.0, "unobserved_weight": 0.1, "confidence_alpha": 0.0, "biases": false,
            "min_rating": 4.0, "holdout": 0.2, "seed": 42, "global_mean": 0.0, "ratings_version": 0,
            "training_ratings": self.users * 100, "training_seconds": 1.0, "final_loss": 1.0,
            "solver": "cholesky", "cg_steps": 3, "half_life_days": null,
        });
        NewVersion { run_id: run_id.to_owned(), model, metrics: Vec::new() }
    }

    /// The rows that a complete load holds.
    pub(crate) fn counts(&self) -> Counts {
        let (users, movies) = (self.users.unsigned_abs(), self.movies.unsigned_abs());
        Counts {
            movies,
            recommendations: users,
            similar_movies: movies,
            popular_movies: 1 + GENRES.len() as u64,
            movie_factors: movies,
            user_histories: users,
            user_keys: 0,
        }
    }

    pub(crate) async fn write_movies(&mut self, load: &VersionLoad) -> Result<(), StoreError> {
        for movie_id in 1..=self.movies {
            let title = self.title(movie_id);
            let genres = self.genres();
            let year = Some(self.random.random_range(1902..2020));
            load.write(&Movie {
                movie_id,
                title: &title,
                year,
                genres,
                imdb_id: None,
                tmdb_id: Some(movie_id),
                key: None,
            })
            .await?;
        }
        for movie_id in 1..=self.movies {
            let factor = self.factor();
            load.write(&MovieFactor { movie_id, factor: &factor, bias: 0.0 }).await?;
            let (similar_ids, scores) = (self.draw(SIMILAR), falling(SIMILAR));
            load.write(&SimilarMovies { movie_id, similar_ids: &similar_ids, scores: &scores }).await?;
        }
        for genre in GENRES.into_iter().chain([""]) {
            let (movie_ids, scores) = (self.draw(LIST), falling(LIST));
            load.write(&PopularMovies { genre, movie_ids: &movie_ids, scores: &scores }).await?;
        }
        Ok(())
    }

    /// Lists and histories; what a user has rated is not in the user's list.
    pub(crate) async fn write_users(&mut self, load: &VersionLoad) -> Result<(), StoreError> {
        let scores = falling(LIST);
        for user_id in 1..=self.users {
            let rated = self.history_length();
            let drawn = self.draw(rated + LIST);
            let (history, list) = drawn.split_at(rated);
            load.write(&UserRecommendations { user_id, movie_ids: list, scores: &scores }).await?;
            let ratings: Vec<f32> =
                history.iter().map(|_| f32::from(self.random.random_range(1_u8..=10)) / 2.0).collect();
            let rated_at = vec![RATED_AT; rated];
            load.write(&UserHistory { user_id, movie_ids: history, ratings: &ratings, rated_at: &rated_at })
                .await?;
        }
        Ok(())
    }

    fn title(&mut self, movie_id: i64) -> String {
        let mut word = |words: &[&'static str]| words.choose(&mut self.random).copied().unwrap_or_default();
        let (adjective, noun, other) = (word(&ADJECTIVES), word(&NOUNS), word(&NOUNS));
        match movie_id % 4 {
            0 => format!("{adjective} {noun}, The"),
            1 => format!("{noun} of the {adjective} {other}, The"),
            2 => format!("{adjective} {noun} {movie_id}"),
            _ => format!("{noun} and {other}"),
        }
    }

    /// One to three; those at the beginning of the list are the most common.
    fn genres(&mut self) -> Vec<&'static str> {
        let number = self.random.random_range(1..=3);
        let mut genres: Vec<_> = (0..number).map(|_| GENRES[self.skewed(GENRES.len())]).collect();
        genres.sort_unstable();
        genres.dedup();
        genres
    }

    fn factor(&mut self) -> Vec<f32> {
        let scale = f32::from(u16::try_from(self.rank).unwrap_or(u16::MAX)).sqrt();
        (0..self.rank)
            .map(|_| <StandardNormal as Distribution<f32>>::sample(&StandardNormal, &mut self.random) / scale)
            .collect()
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 20 and the movies")]
    fn history_length(&mut self) -> usize {
        let (median, spread) = HISTORY;
        let drawn = LogNormal::new(median, spread).expect("a finite spread").sample(&mut self.random);
        (drawn.max(SHORTEST_HISTORY) as usize).min(self.most_rated())
    }

    /// So that drawing distinct movies stays quick.
    fn most_rated(&self) -> usize {
        usize::try_from(self.movies / 4).unwrap_or(LIST)
    }

    /// Distinct movies, popular ones more often.
    fn draw(&mut self, length: usize) -> Vec<i64> {
        let movies = usize::try_from(self.movies).unwrap_or_default();
        let mut seen = HashSet::with_capacity(length);
        let mut drawn = Vec::with_capacity(length);
        while drawn.len() < length {
            let movie_id = i64::try_from(1 + self.skewed(movies)).unwrap_or_default();
            if seen.insert(movie_id) {
                drawn.push(movie_id);
            }
        }
        drawn
    }

    /// A number below `end`, small ones more often.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of a small number"
    )]
    fn skewed(&mut self, end: usize) -> usize {
        let share: f64 = self.random.random();
        ((share.powi(3) * end as f64) as usize).min(end - 1)
    }
}

/// Scores that look like those of a list.
fn falling(length: usize) -> Vec<f32> {
    (10_u16..).map(|rank| 10.0 / f32::from(rank)).take(length).collect()
}
