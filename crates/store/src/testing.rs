//! Real databases for tests, and a small version to fill them with.
#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "in a test a panic is the failure message"
)]

mod reading;

use std::{
    process,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

pub use reading::{Lookup, RecommendationList, RecommendedMovie};

use crate::{
    Access, Begin, ConnectOptions, Counts, LoadedVersion, Metric, Movie, MovieFactor, NewVersion,
    PopularMovies, SimilarMovies, Store, UserHistory, UserRecommendations, VersionLoad, error::Result,
};

/// A database of its own for one test, dropped when it goes out of scope, with the roles that were made for it.
#[derive(Debug)]
pub struct TestDatabase {
    server: String,
    name: String,
}

/// Roles of a test's database, each named after it.
const ROLES: [&str; 3] = ["owner", "api", "read"];

/// Reaches only servers on this machine, and goes with the role.
const PASSWORD: &str = "test";

impl TestDatabase {
    /// Creates an empty database on the server of `TEST_DATABASE_URL`, whose user must be allowed to.
    pub async fn empty() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server = std::env::var("TEST_DATABASE_URL").expect(
            "TEST_DATABASE_URL must name a PostgreSQL server and a user who may create databases, \
             such as postgres://postgres@127.0.0.1:5432/postgres; ./test.sh starts one",
        );
        let name = format!("cinelake_test_{}_{}", process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        run(&server, format!("CREATE DATABASE {name}")).await.expect("a database for the test");
        Self { server, name }
    }

    /// Creates a database with the current schema.
    pub async fn migrated() -> Self {
        let database = Self::empty().await;
        database.connect().await.migrate().await.expect("a migrated database");
        database
    }

    /// The database's own URL.
    #[must_use]
    pub fn url(&self) -> String {
        let (before, options) = self.server.split_once('?').unwrap_or((&self.server, ""));
        let (server, _) = before.rsplit_once('/').expect("a database in TEST_DATABASE_URL");
        format!("{server}/{}?{options}", self.name)
    }

    /// The options of [`TestDatabase::connect`]: the defaults, less patient.
    #[must_use]
    pub fn options(&self) -> ConnectOptions {
        ConnectOptions {
            publish_wait: Duration::from_secs(20),
            lock_timeout: Duration::from_millis(300),
            acquire_timeout: Duration::from_secs(5),
            ..ConnectOptions::new(self.url())
        }
    }

    /// A store on this database.
    pub async fn connect(&self) -> Store {
        Store::connect(&self.options()).await.expect("a store on the test's database")
    }

    /// The name of a role for this test alone: `owner`, `api` or `read`.
    #[must_use]
    pub fn role(&self, what: &str) -> String {
        format!("{}_{what}", self.name)
    }

    /// Makes a role that may log in and nothing else, unless it is there; returns the database's URL for it.
    pub async fn make_role(&self, what: &str) -> String {
        assert!(ROLES.contains(&what), "{what} would stay behind");
        let role = self.role(what);
        self.execute(&format!(
            "DO $$BEGIN CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}';
             EXCEPTION WHEN duplicate_object THEN NULL; END$$"
        ))
        .await;
        let url = self.url();
        let (_, server) = url.split_once('@').expect("a user in TEST_DATABASE_URL");
        format!("postgres://{role}:{PASSWORD}@{server}")
    }

    /// The URL by which the API reaches the migrated database: with a role that has the least rights.
    pub async fn url_of_api(&self) -> String {
        let url = self.make_role("api").await;
        self.connect().await.grant(&self.role("api"), Access::Api).await.expect("the rights of the API");
        url
    }

    /// Runs any statement, as somebody with `psql` would.
    pub async fn execute(&self, sql: &str) {
        run(&self.url(), sql.to_owned()).await.expect("the statement to succeed");
    }
}

/// A session of somebody else, to hold locks with.
#[derive(Debug)]
pub struct TestSession(PgConnection);

impl TestDatabase {
    /// Opens a session of somebody else.
    pub async fn session(&self) -> TestSession {
        TestSession(PgConnection::connect(&self.url()).await.expect("a session"))
    }
}

impl TestSession {
    /// Runs any statement in this session.
    pub async fn execute(&mut self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(&mut self.0).await.expect("the statement to succeed");
    }

    /// Returns once another session of this database waits for a lock.
    pub async fn wait_for_blocked(&mut self) {
        // Not pg_stat_activity: a transaction sees it frozen.
        let blocked = "SELECT count(*) FROM pg_locks WHERE NOT granted
                       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        while sqlx::query_scalar::<_, i64>(blocked).fetch_one(&mut self.0).await.expect("an answer") == 0 {}
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let server = self.server.clone();
        let mut statements = vec![format!("DROP DATABASE {} WITH (FORCE)", self.name)];
        statements.extend(ROLES.map(|what| format!("DROP ROLE IF EXISTS {}", self.role(what))));
        // A thread of its own: the test's runtime cannot be blocked on from within.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            for sql in statements {
                runtime.block_on(run(&server, sql)).map_err(std::io::Error::other)?;
            }
            Ok::<_, std::io::Error>(())
        });
        if !matches!(dropped.join(), Ok(Ok(()))) {
            tracing::warn!(database = self.name, "the test's database stays behind");
        }
    }
}

async fn run(url: &str, sql: String) -> sqlx::Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
    connection.close().await
}

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
            "\"Great Performances\" Cats, the\tMusical",
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
        }
    }

    /// What to begin a publish with.
    #[must_use]
    pub fn new_version(run_id: &str) -> NewVersion {
        let metric = |baseline, value| Metric { baseline, metric: "ndcg".into(), k: Some(10), value };
        NewVersion {
            run_id: run_id.to_owned(),
            model: json!({
                "objective": "implicit", "rank": 2, "regularization": 0.1, "regularization_exponent": 1.0,
                "unobserved_weight": 0.1, "confidence_alpha": 0.0, "min_rating": 0.0, "global_mean": 3.5,
            }),
            metrics: vec![metric(false, 0.3), metric(true, 0.2)],
        }
    }

    /// Writes every table.
    pub async fn write(&self, load: &mut VersionLoad) -> Result<()> {
        let (movie_ids, scores) = (self.movie_ids(), self.scores());
        let movies: Vec<Movie> =
            movie_ids.iter().zip(&self.titles).map(|(id, title)| movie(*id, title)).collect();
        load.write(&movies).await?;
        let rated_at = vec![1_700_000_000_123_456; movie_ids.len()];
        for &user_id in &self.users {
            let list = self.list_of(user_id);
            load.write(&[UserRecommendations { user_id, movie_ids: &list, scores: &scores }]).await?;
            let history = UserHistory { user_id, movie_ids: &list, ratings: &scores, rated_at: &rated_at };
            load.write(&[history]).await?;
        }
        for &movie_id in &movie_ids {
            load.write(&[MovieFactor { movie_id, factor: &[0.5, -0.5], bias: 0.25 }]).await?;
        }
        load.write(&[SimilarMovies { movie_id: 1, similar_ids: &movie_ids, scores: &scores }]).await?;
        load.write(&[PopularMovies { genre: "", movie_ids: &movie_ids, scores: &scores }]).await
    }

    /// Loads it for a run that was not published before.
    pub async fn load(&self, store: &Store, run_id: &str) -> LoadedVersion {
        let mut load = begin(store, run_id).await;
        self.write(&mut load).await.expect("the sample to be written");
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
    Movie { movie_id, title, year: Some(2001), genres, imdb_id, tmdb_id: Some(194) }
}

/// Begins a publish that is expected to load.
pub async fn begin(store: &Store, run_id: &str) -> VersionLoad {
    match store.begin_publish(&Sample::new_version(run_id)).await.expect("the publish to begin") {
        Begin::Load(load) => load,
        other => panic!("expected a load for {run_id}, got {other:?}"),
    }
}
