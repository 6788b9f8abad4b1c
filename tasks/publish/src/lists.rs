//! Rows of (key, rank) become one list per key.

use lakehouse::arrow::array::{Array, RecordBatch, StringArray};
use lakehouse::tables::{
    GoldPopularMovies, GoldRecommendations, GoldSimilarMovies, gold_popular_movies as popular,
    gold_recommendations as recommendations, gold_similar_movies as similar,
};
use lakehouse::{LakehouseError, Table};

/// Collects the rows of one key after the other; a table lies in the order of (key, rank).
#[derive(Debug, Default)]
pub(crate) struct List<K> {
    pub(crate) key: K,
    pub(crate) movies: Vec<i64>,
    pub(crate) scores: Vec<f32>,
}

impl<K> List<K> {
    pub(crate) fn new(key: K) -> Self {
        Self { key, movies: Vec::new(), scores: Vec::new() }
    }

    /// Begins the list of the next key and gives away this one.
    fn replace(&mut self, key: K) -> Self {
        std::mem::replace(self, Self::new(key))
    }
}

/// The keys, movies and scores of a batch, row by row.
type Columns<'a, K> = (Vec<K>, &'a [i64], &'a [f32]);

/// A table of ranked movies per key.
pub(crate) trait Ranked: Table {
    /// Whose list it is.
    type Key: PartialEq + Default;

    /// The key and the columns of movies and scores of a batch.
    fn columns_of(batch: &RecordBatch) -> Result<Columns<'_, Self::Key>, LakehouseError>;
}

macro_rules! ranked_by_id {
    ($table:ident, $module:ident, $key:ident, $movie:ident) => {
        impl Ranked for $table {
            type Key = i64;

            fn columns_of(batch: &RecordBatch) -> Result<Columns<'_, i64>, LakehouseError> {
                let keys = $module::$key.of(batch)?.values().to_vec();
                Ok((keys, $module::$movie.of(batch)?.values(), $module::SCORE.of(batch)?.values()))
            }
        }
    };
}

ranked_by_id!(GoldRecommendations, recommendations, USER_ID, MOVIE_ID);
ranked_by_id!(GoldSimilarMovies, similar, MOVIE_ID, SIMILAR_MOVIE_ID);

impl Ranked for GoldPopularMovies {
    type Key = String;

    fn columns_of(batch: &RecordBatch) -> Result<Columns<'_, String>, LakehouseError> {
        let genres: &StringArray = popular::GENRE.of(batch)?;
        let keys = (0..genres.len()).map(|row| genres.value(row).to_owned()).collect();
        Ok((keys, popular::MOVIE_ID.of(batch)?.values(), popular::SCORE.of(batch)?.values()))
    }
}

/// Adds the rows of a batch to `open`, and returns the lists that ended in it.
pub(crate) fn collect<T: Ranked>(
    batch: &RecordBatch,
    open: &mut Option<List<T::Key>>,
) -> Result<Vec<List<T::Key>>, LakehouseError> {
    let (keys, movies, scores) = T::columns_of(batch)?;
    let mut ended = Vec::new();
    for ((key, &movie), &score) in keys.into_iter().zip(movies).zip(scores) {
        let list = match open {
            Some(list) if list.key == key => list,
            Some(list) => {
                ended.push(list.replace(key));
                list
            }
            None => open.insert(List::new(key)),
        };
        list.movies.push(movie);
        list.scores.push(score);
    }
    Ok(ended)
}
