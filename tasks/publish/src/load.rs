//! Streams a run's tables from the lake into a new version.

use std::sync::Arc;

use anyhow::{Context, ensure};
use contract::{ModelCard, Served};
use lakehouse::arrow::array::{Array, StringArray};
use lakehouse::tables::{
    GoldPopularMovies, GoldRecommendations, GoldServedMovieFactors, GoldSimilarMovies, SilverMovies,
    SilverRatings, SilverUsers, silver_movies, silver_ratings, silver_users,
};
use lakehouse::{FactorRows, Snapshot};
use store::{
    Counts, LoadedVersion, Movie, MovieFactor, PopularMovies, SimilarMovies, UserHistory, UserKey,
    UserRecommendations, VersionLoad,
};
use task::Run;

use crate::lists::{List, Ranked, collect};

/// Loads every table and checks the whole version. On an error nothing of it stays.
pub(crate) async fn load(run: &Run, mut card: ModelCard, load: VersionLoad) -> anyhow::Result<LoadedVersion> {
    let movies = run.read::<SilverMovies>().await?;
    let factors = FactorRows::read(&run.read::<GoldServedMovieFactors>().await?).await?;
    let ratings = run.read_at::<SilverRatings>(card.training.ratings_version).await?;

    let mut counts =
        Counts { movies: movies.rows(), movie_factors: factors.ids.len() as u64, ..Counts::default() };
    write_movies(&movies, &load).await?;
    // The histories take as long as all the rest, so a task of their own writes them.
    let load = Arc::new(load);
    let histories = write_histories(ratings, card.hyperparameters.min_rating, Arc::clone(&load));
    let histories = async { tokio::spawn(histories).await.context("the histories were not written")? };
    let lists = async {
        counts.recommendations = write_lists::<GoldRecommendations>(run, &load).await?;
        counts.similar_movies = write_lists::<GoldSimilarMovies>(run, &load).await?;
        counts.popular_movies = write_lists::<GoldPopularMovies>(run, &load).await?;
        write_factors(&factors, &load).await?;
        counts.user_keys = write_user_keys(run, &load).await?;
        anyhow::Ok(())
    };
    let (learnt, ()) = tokio::try_join!(histories, lists)?;
    counts.user_histories = learnt.users;
    card.served = learnt.served();
    let mut load =
        Arc::into_inner(load).context("a task still writes rows: this is a bug, please report it")?;
    load.describe(card.to_json()?);
    Ok(load.finish(&counts).await?)
}

async fn write_movies(movies: &Snapshot<SilverMovies>, load: &VersionLoad) -> anyhow::Result<()> {
    let mut batches = movies.read(&<SilverMovies as lakehouse::Table>::columns()).await?;
    while let Some(batch) = batches.next().await? {
        let ids = silver_movies::MOVIE_ID.of(&batch)?;
        let titles = silver_movies::TITLE.of(&batch)?;
        let years = silver_movies::YEAR.of(&batch)?;
        let genres = silver_movies::GENRES.of(&batch)?;
        let (imdb_ids, tmdb_ids) = (silver_movies::IMDB_ID.of(&batch)?, silver_movies::TMDB_ID.of(&batch)?);
        let keys = silver_movies::KEY.of(&batch)?;
        for row in 0..batch.num_rows() {
            let list = genres.value(row);
            let list: &StringArray = list.as_any().downcast_ref().context("genres are text")?;
            let movie = Movie {
                movie_id: ids.value(row),
                title: titles.value(row),
                year: years.is_valid(row).then(|| years.value(row)),
                genres: list.iter().flatten().collect(),
                imdb_id: imdb_ids.is_valid(row).then(|| imdb_ids.value(row)),
                tmdb_id: tmdb_ids.is_valid(row).then(|| tmdb_ids.value(row)),
                key: keys.is_valid(row).then(|| keys.value(row)),
            };
            load.write(&movie).await?;
        }
    }
    Ok(())
}

/// A table of ranked movies that becomes rows of the database.
trait Listed: Ranked {
    async fn write(list: &List<Self::Key>, load: &VersionLoad) -> store::Result<()>;
}

impl Listed for GoldRecommendations {
    async fn write(list: &List<i64>, load: &VersionLoad) -> store::Result<()> {
        load.write(&UserRecommendations { user_id: list.key, movie_ids: &list.movies, scores: &list.scores })
            .await
    }
}

impl Listed for GoldSimilarMovies {
    async fn write(list: &List<i64>, load: &VersionLoad) -> store::Result<()> {
        load.write(&SimilarMovies { movie_id: list.key, similar_ids: &list.movies, scores: &list.scores })
            .await
    }
}

impl Listed for GoldPopularMovies {
    async fn write(list: &List<String>, load: &VersionLoad) -> store::Result<()> {
        load.write(&PopularMovies { genre: &list.key, movie_ids: &list.movies, scores: &list.scores }).await
    }
}

/// Writes one list per key; returns how many. Every row of the table must have ended up in one.
async fn write_lists<T: Listed>(run: &Run, load: &VersionLoad) -> anyhow::Result<u64> {
    let table = run.read::<T>().await?;
    let mut batches = table.read(&T::columns()).await?;
    let (mut open, mut lists, mut rows) = (None, 0, 0);
    while let Some(batch) = batches.next().await? {
        for list in collect::<T>(&batch, &mut open)? {
            T::write(&list, load).await?;
            lists += 1;
            rows += list.movies.len() as u64;
        }
    }
    if let Some(list) = open {
        T::write(&list, load).await?;
        lists += 1;
        rows += list.movies.len() as u64;
    }
    ensure!(
        rows == table.rows(),
        "{} has {} rows but {rows} were read: run recommend again under a new run id",
        T::NAME,
        table.rows()
    );
    Ok(lists)
}

async fn write_factors(factors: &FactorRows, load: &VersionLoad) -> store::Result<()> {
    let rows = factors.ids.iter().zip(factors.values.chunks_exact(factors.rank.max(1))).zip(&factors.biases);
    for ((&movie_id, factor), &bias) in rows {
        load.write(&MovieFactor { movie_id, factor, bias }).await?;
    }
    Ok(())
}

/// One user's ratings while they stream by.
#[derive(Default)]
struct History {
    user_id: i64,
    /// When, which movie, how many stars.
    ratings: Vec<(i64, i64, f32)>,
}

impl History {
    /// Writes the ratings, oldest first.
    async fn write(mut self, load: &VersionLoad) -> store::Result<()> {
        self.ratings.sort_unstable_by_key(|&(rated_at, movie_id, _)| (rated_at, movie_id));
        let movie_ids: Vec<_> = self.ratings.iter().map(|rating| rating.1).collect();
        let ratings: Vec<_> = self.ratings.iter().map(|rating| rating.2).collect();
        let rated_at: Vec<_> = self.ratings.iter().map(|rating| rating.0).collect();
        let (movie_ids, ratings, rated_at) = (&movie_ids[..], &ratings[..], &rated_at[..]);
        load.write(&UserHistory { user_id: self.user_id, movie_ids, ratings, rated_at }).await
    }
}

/// What the histories tell of the model that was made from them.
#[derive(Default)]
struct Learnt {
    users: u64,
    /// Ratings that the model learnt from, and their sum.
    ratings: u64,
    stars: f64,
    /// The moment of the newest rating, in microseconds since 1970.
    newest: i64,
}

impl Learnt {
    fn add(&mut self, rating: f32, rated_at: i64, min_rating: f64) {
        self.newest = self.newest.max(rated_at);
        if f64::from(rating) >= min_rating {
            self.ratings += 1;
            self.stars += f64::from(rating);
        }
    }

    fn served(&self) -> Served {
        #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
        let mean = self.stars / self.ratings.max(1) as f64;
        Served { served_global_mean: Some(mean), newest_rating: Some(self.newest) }
    }
}

/// Writes the history of every user; `silver/ratings` has each user's ratings together.
async fn write_histories(
    ratings: Snapshot<SilverRatings>,
    min_rating: f64,
    load: Arc<VersionLoad>,
) -> anyhow::Result<Learnt> {
    let columns = <SilverRatings as lakehouse::Table>::columns();
    let mut batches = ratings.read(&columns).await?;
    let (mut open, mut learnt) = (History::default(), Learnt::default());
    while let Some(batch) = batches.next().await? {
        let (user_ids, movie_ids) =
            (silver_ratings::USER_ID.of(&batch)?, silver_ratings::MOVIE_ID.of(&batch)?);
        let (stars, times) = (silver_ratings::RATING.of(&batch)?, silver_ratings::RATED_AT.of(&batch)?);
        for row in 0..batch.num_rows() {
            let user_id = user_ids.value(row);
            if user_id != open.user_id && !open.ratings.is_empty() {
                std::mem::take(&mut open).write(&load).await?;
                learnt.users += 1;
            }
            open.user_id = user_id;
            open.ratings.push((times.value(row), movie_ids.value(row), stars.value(row)));
            learnt.add(stars.value(row), times.value(row), min_rating);
        }
    }
    if !open.ratings.is_empty() {
        open.write(&load).await?;
        learnt.users += 1;
    }
    Ok(learnt)
}

/// Writes the key of every user who has one; returns how many. A run whose silver tables an older release made has none.
async fn write_user_keys(run: &Run, load: &VersionLoad) -> anyhow::Result<u64> {
    let Some(version) = run.lake().version_of::<SilverUsers>(run.id()).await? else {
        return Ok(0);
    };
    let users = run.read_at::<SilverUsers>(version).await?;
    let mut batches = users.read(&<SilverUsers as lakehouse::Table>::columns()).await?;
    let mut written = 0;
    while let Some(batch) = batches.next().await? {
        let (user_ids, keys) = (silver_users::USER_ID.of(&batch)?, silver_users::KEY.of(&batch)?);
        for (&user_id, key) in user_ids.values().iter().zip(keys) {
            if let Some(key) = key {
                load.write(&UserKey { user_id, key }).await?;
                written += 1;
            }
        }
    }
    Ok(written)
}
