//! A small version, complete in every table.

use contract::Figure;
use serde_json::json;
use store::{
    Begin, Counts, LoadedVersion, Movie, MovieFactor, NewVersion, PopularMovies, Result, SimilarMovies,
    Store, UserHistory, UserRecommendations, VersionLoad,
};

/// A small, complete version. Movie `i + 1` has title `i`; every user is recommended every movie, beginning with
/// the one after their own id.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The users.
    pub users: Vec<i64>,
    /// The movies' titles.
    pub titles: Vec<String>,
}

impl Default for Sample {
    /// Three users and five movies whose titles try every encoder.
    fn default() -> Self {
        let titles = [
            "Amélie (Fabuleux destin d'Amélie Poulain, Le)",
            "\"Great Performances\" Cats, the Musical",
            "Żółć \\N {1,2}",
            "千と千尋の神隠し 🎬",
            "'; DROP TABLE movies; --",
        ];
        Self { users: vec![1, 2, 3], titles: titles.map(str::to_owned).into() }
    }
}

impl Sample {
    /// Movie ids from 1.
    #[must_use]
    pub fn movie_ids(&self) -> Vec<i64> {
        (1..).take(self.titles.len()).collect()
    }

    /// The movies recommended to a user, best first.
    #[must_use]
    pub fn list_of(&self, user_id: i64) -> Vec<i64> {
        let mut list = self.movie_ids();
        let places = usize::try_from(user_id).unwrap_or_default() % list.len().max(1);
        list.rotate_left(places);
        list
    }

    /// The scores of every list: 1, 1/2, 1/3 and so on.
    #[must_use]
    pub fn scores(&self) -> Vec<f32> {
        (1_u16..).map(|rank| 1.0 / f32::from(rank)).take(self.titles.len()).collect()
    }

    /// The rows that a complete load holds.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let (users, movies) = (self.users.len() as u64, self.titles.len() as u64);
        Counts {
            movies,
            recommendations: users,
            similar_movies: 1,
            popular_movies: 1,
            movie_factors: movies,
            user_histories: users,
            user_keys: 0,
        }
    }

    /// What to begin a publish with.
    #[must_use]
    pub fn new_version(run_id: &str) -> NewVersion {
        let metric = |baseline, value| Figure { baseline, metric: "ndcg".into(), k: Some(10), value };
        NewVersion {
            run_id: run_id.to_owned(),
            model: json!({
                "objective": "implicit", "rank": 2, "iterations": 5, "regularization": 0.1, "regularization_exponent": 1.0,
                "unobserved_weight": 0.1, "confidence_alpha": 0.0, "min_rating": 0.0, "global_mean": 3.5,
            }),
            metrics: vec![metric(false, 0.3), metric(true, 0.2)],
        }
    }

    /// Writes every table.
    pub async fn write(&self, load: &VersionLoad) -> Result<()> {
        self.write_movies(load).await?;
        self.write_lists(load).await
    }

    /// Writes the movies.
    pub async fn write_movies(&self, load: &VersionLoad) -> Result<()> {
        for (movie_id, title) in self.movie_ids().into_iter().zip(&self.titles) {
            load.write(&movie(movie_id, title)).await?;
        }
        Ok(())
    }

    /// Writes every table but that of the movies, which must be there.
    pub async fn write_lists(&self, load: &VersionLoad) -> Result<()> {
        self.write_recommendations(load).await?;
        self.write_others(load).await
    }

    /// Writes the recommendations.
    pub async fn write_recommendations(&self, load: &VersionLoad) -> Result<()> {
        let scores = self.scores();
        for &user_id in &self.users {
            let list = self.list_of(user_id);
            load.write(&UserRecommendations { user_id, movie_ids: &list, scores: &scores }).await?;
        }
        Ok(())
    }

    /// Writes every table but those of the movies and the recommendations.
    pub async fn write_others(&self, load: &VersionLoad) -> Result<()> {
        let (movie_ids, scores) = (self.movie_ids(), self.scores());
        let rated_at = vec![1_700_000_000_123_456; movie_ids.len()];
        for &user_id in &self.users {
            let list = self.list_of(user_id);
            let history = UserHistory { user_id, movie_ids: &list, ratings: &scores, rated_at: &rated_at };
            load.write(&history).await?;
        }
        for &movie_id in &movie_ids {
            load.write(&MovieFactor { movie_id, factor: &[0.5, -0.5], bias: 0.25 }).await?;
        }
        load.write(&SimilarMovies { movie_id: 1, similar_ids: &movie_ids, scores: &scores }).await?;
        load.write(&PopularMovies { genre: "", movie_ids: &movie_ids, scores: &scores }).await
    }

    /// Loads it for a run that was not published before.
    pub async fn load(&self, store: &Store, run_id: &str) -> LoadedVersion {
        let load = begin(store, run_id).await;
        self.write(&load).await.expect("the sample to be written");
        load.finish(&self.counts()).await.expect("the sample to be complete")
    }

    /// Loads it and makes it live.
    pub async fn publish(&self, store: &Store, run_id: &str) -> i64 {
        self.load(store, run_id).await.activate().await.expect("the sample to go live").version
    }
}

/// A movie with every optional field.
#[must_use]
pub fn movie(movie_id: i64, title: &str) -> Movie<'_> {
    let (genres, imdb_id) = (vec!["Drama", "Comédie"], Some("0211915"));
    Movie { movie_id, title, year: Some(2001), genres, imdb_id, tmdb_id: Some(194), key: None }
}

/// Begins a publish that is expected to load.
pub async fn begin(store: &Store, run_id: &str) -> VersionLoad {
    match store.begin_publish(&Sample::new_version(run_id)).await.expect("the publish to begin") {
        Begin::Load(load) => load,
        other => panic!("expected a load for {run_id}, got {other:?}"),
    }
}
