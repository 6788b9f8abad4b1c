//! `gold/popular_movies`: most ratings first, over all movies and by genre.

use std::collections::BTreeMap;

use als::{MovieIdx, Ratings, ScoredMovie};
use anyhow::Context;
use contract::popularity;
use histories::Ids;
use lakehouse::arrow::array::{Array, StringArray};
use lakehouse::tables::{GoldPopularMovies, SilverMovies, gold_popular_movies, silver_movies};
use lakehouse::{Snapshot, TableWriter};
use task::Run;

/// The name under which all movies are ranked.
const ALL: &str = "";

/// Movies by their number of ratings.
pub(crate) struct Popularity {
    order: Vec<(MovieIdx, u64)>,
}

impl Popularity {
    pub(crate) fn of(seen: &Ratings) -> Self {
        let counts = seen.movie_counts().iter().map(|&count| count as u64);
        Self { order: popularity::order((0..).map(MovieIdx).zip(counts)) }
    }

    /// The most popular movies that are not in `seen` (ascending), each with score 0: no taste, no prediction.
    pub(crate) fn unseen(&self, seen: &[MovieIdx], n: usize) -> Vec<ScoredMovie> {
        popularity::unseen(&self.order, seen).take(n).map(|movie| ScoredMovie { movie, score: 0.0 }).collect()
    }
}

/// Ranks the most popular movies of every genre and of all; committed by the caller.
pub(crate) async fn write(
    run: &Run,
    movies: &Snapshot<SilverMovies>,
    movie_ids: &Ids<MovieIdx>,
    popularity: &Popularity,
    n: usize,
) -> anyhow::Result<TableWriter<GoldPopularMovies>> {
    let genres = read_genres(movies).await?;
    let mut lists: BTreeMap<&str, Vec<(i64, u64)>> = BTreeMap::new();
    for &(movie, count) in &popularity.order {
        let movie_id = movie_ids.id(movie);
        let of_movie = genres.get(&movie_id).map(Vec::as_slice).unwrap_or_default();
        for genre in of_movie.iter().map(String::as_str).chain([ALL]) {
            let list = lists.entry(genre).or_default();
            if list.len() < n {
                list.push((movie_id, count));
            }
        }
    }
    let mut rows = gold_popular_movies::Rows::default();
    for (genre, list) in lists {
        for (rank, (movie_id, count)) in (1..).zip(list) {
            #[allow(clippy::cast_precision_loss, reason = "a score only ranks")]
            rows.push(gold_popular_movies::Row { genre, rank, movie_id, score: count as f32 });
        }
    }
    let mut writer = run.write::<GoldPopularMovies>().await?;
    writer.write(&rows.take()?).await?;
    Ok(writer)
}

async fn read_genres(movies: &Snapshot<SilverMovies>) -> anyhow::Result<BTreeMap<i64, Vec<String>>> {
    let mut genres = BTreeMap::new();
    let mut batches = movies.read(&[silver_movies::MOVIE_ID.name(), silver_movies::GENRES.name()]).await?;
    while let Some(batch) = batches.next().await? {
        let ids = silver_movies::MOVIE_ID.of(&batch)?;
        let lists = silver_movies::GENRES.of(&batch)?;
        for row in 0..batch.num_rows() {
            let list = lists.value(row);
            let list: &StringArray = list.as_any().downcast_ref().context("genres are text")?;
            genres.insert(ids.value(row), list.iter().flatten().map(str::to_owned).collect());
        }
    }
    Ok(genres)
}
