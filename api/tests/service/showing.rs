//! A cinema published, a service on it, and its answers as they are read.

use std::time::Duration;

use api::{
    app::Options,
    auth::{Key, Tokens, Trust, Verifier},
    serving::ServingOptions,
};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{
    Begin, Counts, LoadedVersion, Movie, MovieFactor, NewVersion, Store, UserHistory, UserKey,
    UserRecommendations,
};
use store_testing::TestDatabase;

use crate::{
    cinema::{Cinema, Entry, movie_key, user_key},
    client::{Answer, PATIENCE, Service, options, pool},
    tokens::{SECRET, bearer},
};

/// When the ratings of a cinema were given, in microseconds since 1970.
const LONG_AGO: i64 = 1_600_000_000_000_000;

/// With a key for tokens.
pub(crate) fn keyed() -> Options {
    let verifier = Verifier::new(&Key::Secret(SECRET.to_owned().into()), &Trust::default());
    Options { tokens: Tokens { verifier: Some(verifier), required: false }, ..options() }
}

/// Looking for changes only when it must, so that announcements are all it has.
pub(crate) fn incurious() -> Options {
    let serving = ServingOptions { poll: Duration::from_hours(1), ..keyed().serving };
    Options { serving, ..keyed() }
}

/// The cinema as version 1, and a service that can answer.
pub(crate) async fn showing(cinema: &Cinema) -> (TestDatabase, Service) {
    let database = TestDatabase::migrated().await;
    cinema.publish(&database.connect().await, "run-1").await;
    let service = serving(&database, keyed()).await;
    (database, service)
}

/// Another service on the database.
pub(crate) async fn serving(database: &TestDatabase, options: Options) -> Service {
    Service::with(pool(database.url_of_api().await, PATIENCE), options).await.ready().await
}

impl Cinema {
    /// Loads it for a run that was not published before.
    pub(crate) async fn load(&self, store: &Store, run_id: &str) -> LoadedVersion {
        let new = NewVersion { run_id: run_id.to_owned(), model: self.description(), metrics: Vec::new() };
        let Begin::Load(load) = store.begin_publish(&new).await.unwrap() else {
            panic!("{run_id} was published before");
        };
        for film in &self.films {
            let (title, genres) = (&*film.title, film.genres.clone());
            let (movie_id, year) = (film.movie_id, film.year);
            let key = self.has_keys.then(|| movie_key(movie_id));
            let key = key.as_deref();
            let movie = Movie { movie_id, title, year, genres, imdb_id: None, tmdb_id: None, key };
            load.write(&movie).await.unwrap();
        }
        for &user_id in self.histories.keys() {
            let (movie_ids, scores): (Vec<i64>, Vec<f32>) = self.list_of(user_id).into_iter().unzip();
            let list = UserRecommendations { user_id, movie_ids: &movie_ids, scores: &scores };
            load.write(&list).await.unwrap();
            let (movie_ids, ratings): (Vec<i64>, Vec<f32>) = self.history(user_id).into_iter().unzip();
            let moment = |movie_id: &i64| *self.moments.get(&(user_id, *movie_id)).unwrap_or(&LONG_AGO);
            let rated_at: Vec<i64> = movie_ids.iter().map(moment).collect();
            let history =
                UserHistory { user_id, movie_ids: &movie_ids, ratings: &ratings, rated_at: &rated_at };
            load.write(&history).await.unwrap();
            if self.has_keys {
                load.write(&UserKey { user_id, key: &user_key(user_id) }).await.unwrap();
            }
        }
        let factors = self.fold_in.movies();
        let sides = factors.values().chunks_exact(factors.rank()).zip(factors.biases());
        for (&movie_id, (factor, &bias)) in self.known.iter().zip(sides) {
            load.write(&MovieFactor { movie_id, factor, bias }).await.unwrap();
        }
        load.finish(&self.counts()).await.unwrap()
    }

    /// Loads it and makes it live.
    pub(crate) async fn publish(&self, store: &Store, run_id: &str) -> i64 {
        self.load(store, run_id).await.activate().await.unwrap().version
    }

    fn counts(&self) -> Counts {
        let users = self.histories.len() as u64;
        Counts {
            movies: self.films.len() as u64,
            recommendations: users,
            similar_movies: 0,
            popular_movies: 0,
            movie_factors: self.known.len() as u64,
            user_histories: users,
            user_keys: if self.has_keys { users } else { 0 },
        }
    }
}

/// Recommendations as they are answered.
#[derive(Debug, Deserialize)]
pub(crate) struct List {
    pub(crate) model_version: i64,
    pub(crate) strategy: String,
    pub(crate) results: Vec<Listed>,
}

/// A movie of a list.
#[derive(Debug, Deserialize)]
pub(crate) struct Listed {
    pub(crate) movie_id: i64,
    pub(crate) title: String,
    pub(crate) score: f32,
    pub(crate) because: Option<Vec<Because>>,
}

/// A rated movie that speaks for another one.
#[derive(Debug, Deserialize)]
pub(crate) struct Because {
    pub(crate) movie_id: i64,
    pub(crate) contribution: f32,
}

impl List {
    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.results.iter().map(|listed| (listed.movie_id, listed.score)).collect()
    }

    pub(crate) fn movie_ids(&self) -> Vec<i64> {
        self.results.iter().map(|listed| listed.movie_id).collect()
    }
}

impl Answer {
    /// The list of a good answer.
    pub(crate) fn list(&self) -> List {
        assert_eq!(self.status, 200, "{}", self.text());
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Service {
    pub(crate) async fn list(&self, path: &str) -> List {
        self.get(path).await.list()
    }

    /// Somebody's ratings and wishes folded in.
    pub(crate) async fn fold_in(&self, ratings: &[Entry], wishes: Value) -> Answer {
        let mut body = json!({"ratings": given(ratings)});
        body.as_object_mut().unwrap().extend(wishes.as_object().unwrap().clone());
        self.send("POST", "/reco/fold-in", &[], &body).await
    }

    /// Records ratings as somebody who may.
    pub(crate) async fn rate(&self, user_id: i64, ratings: &[Entry]) -> Answer {
        let token = bearer("front end", "write");
        let path = format!("/users/{user_id}/ratings");
        self.send("POST", &path, &[("authorization", &token)], &json!({"ratings": given(ratings)})).await
    }

    /// Takes a rating back as somebody who may.
    pub(crate) async fn take_back(&self, user_id: i64, movie_id: i64) -> Answer {
        let token = bearer("front end", "write");
        let path = format!("/users/{user_id}/ratings/{movie_id}");
        self.ask("DELETE", &path, &[("authorization", &token)]).await
    }
}

fn given(ratings: &[Entry]) -> Vec<Value> {
    ratings.iter().map(|(movie_id, rating)| json!({"movie_id": movie_id, "rating": rating})).collect()
}

/// Asserts that two rankings have the same movies, and the same scores up to rounding.
pub(crate) fn assert_same(found: &[Entry], expected: &[Entry]) {
    let movies = |entries: &[Entry]| entries.iter().map(|entry| entry.0).collect::<Vec<_>>();
    assert_eq!(movies(found), movies(expected));
    for (found, expected) in found.iter().zip(expected) {
        assert!((found.1 - expected.1).abs() < 1e-5, "{found:?} is not {expected:?}");
    }
}
