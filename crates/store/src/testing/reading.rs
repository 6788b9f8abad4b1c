//! Reading the live version as somebody with `psql` does: the pointer and the rows in one statement, so in one snapshot.

use sqlx::FromRow;

use crate::{Store, error::Result};

/// A movie of somebody's list.
#[derive(Debug, Clone, PartialEq)]
pub struct RecommendedMovie {
    /// The movie.
    pub movie_id: i64,
    /// Its title, without the year.
    pub title: String,
    /// Higher is better.
    pub score: f32,
}

/// What is recommended to one user.
#[derive(Debug, Clone, PartialEq)]
pub struct RecommendationList {
    /// The version it was read from.
    pub version: i64,
    /// The user.
    pub user_id: i64,
    /// Best first.
    pub movies: Vec<RecommendedMovie>,
}

/// The answer for one user.
#[derive(Debug, Clone, PartialEq)]
pub enum Lookup {
    /// Nothing was published yet.
    NoLiveVersion,
    /// The live version has no such user.
    UnknownUser {
        /// The live version.
        version: i64,
    },
    /// The user's list.
    Found(RecommendationList),
}

#[derive(FromRow)]
struct ListRow {
    version: i64,
    user_id: Option<i64>,
    movie_ids: Option<Vec<i64>>,
    scores: Option<Vec<f32>>,
    titles: Option<Vec<String>>,
}

/// The partitions of other versions are skipped at run time, because `s.version` is known by then.
const BY_USER: &str = "SELECT s.version, r.user_id, r.movie_ids, r.scores, r.titles
     FROM serving AS s
     LEFT JOIN LATERAL (
         SELECT r.user_id, r.movie_ids[1:$1] AS movie_ids, r.scores[1:$1] AS scores,
                ARRAY(SELECT m.title
                      FROM unnest(r.movie_ids[1:$1]) WITH ORDINALITY AS listed (movie_id, rank)
                      JOIN movies AS m ON m.version = r.version AND m.movie_id = listed.movie_id
                      ORDER BY listed.rank) AS titles
         FROM recommendations AS r
         WHERE r.version = s.version AND r.user_id = $2) AS r ON true
     WHERE s.singleton = 1 AND s.version IS NOT NULL";

impl Store {
    /// The best `n` movies for a user, fewer if the list is shorter.
    ///
    /// # Errors
    /// Why the database could not be asked.
    pub async fn recommendations(&self, user_id: i64, n: u16) -> Result<Lookup> {
        let row: Option<ListRow> = sqlx::query_as(BY_USER)
            .bind(i32::from(n))
            .bind(user_id)
            .fetch_optional(&self.pool)
            .await
            .map_err(self.faults.on("read recommendations"))?;
        match row {
            None => Ok(Lookup::NoLiveVersion),
            Some(ListRow { version, user_id: None, .. }) => Ok(Lookup::UnknownUser { version }),
            Some(row) => Ok(Lookup::Found(row.into_list())),
        }
    }
}

impl ListRow {
    fn into_list(self) -> RecommendationList {
        let (movie_ids, scores, titles) = (
            self.movie_ids.unwrap_or_default(),
            self.scores.unwrap_or_default(),
            self.titles.unwrap_or_default(),
        );
        assert_eq!(
            (titles.len(), scores.len()),
            (movie_ids.len(), movie_ids.len()),
            "a title or a score is missing"
        );
        let movies = movie_ids.into_iter().zip(titles).zip(scores);
        let movies = movies.map(|((movie_id, title), score)| RecommendedMovie { movie_id, title, score });
        RecommendationList {
            version: self.version,
            user_id: self.user_id.unwrap_or_default(),
            movies: movies.collect(),
        }
    }
}
