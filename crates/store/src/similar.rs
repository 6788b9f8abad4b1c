//! Movies like a movie.

use crate::{Store, error::Result};

/// A movie of a list, with its score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoredMovie {
    pub movie_id: i64,
    /// Higher is more.
    pub score: f32,
}

impl Store {
    /// The `n` movies of a version most like one of them, most similar first. None if the model does not know the
    /// movie.
    pub async fn similar_movies(&self, version: i64, movie_id: i64, n: u16) -> Result<Vec<ScoredMovie>> {
        let lists: Option<(Vec<i64>, Vec<f32>)> = sqlx::query_as(
            "SELECT similar_ids[1:$3], scores[1:$3] FROM similar_movies WHERE version = $1 AND movie_id = $2",
        )
        .bind(version)
        .bind(movie_id)
        .bind(i32::from(n))
        .fetch_optional(&self.pool)
        .await
        .map_err(self.faults.on("read similar movies"))?;
        let (movie_ids, scores) = lists.unwrap_or_default();
        let movies = movie_ids.into_iter().zip(scores);
        Ok(movies.map(|(movie_id, score)| ScoredMovie { movie_id, score }).collect())
    }
}
