//! The rows of a version, as the publisher hands them over.

use contract::clean;

use crate::{
    RowFault, Table,
    check::{self, Checker},
    copy::CopyBuffer,
    pack::pack,
};

/// A movie.
#[derive(Debug, Clone, PartialEq)]
pub struct Movie<'a> {
    /// The id in the data set.
    pub movie_id: i64,
    /// Without the year.
    pub title: &'a str,
    /// The year of release.
    pub year: Option<i32>,
    /// Possibly none.
    pub genres: Vec<&'a str>,
    /// The id at `IMDb`, with its leading zeros.
    pub imdb_id: Option<&'a str>,
    /// The id at TMDB.
    pub tmdb_id: Option<i64>,
    /// The id in the data set, where that is a text.
    pub key: Option<&'a str>,
}

/// The movies recommended to one user, best first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UserRecommendations<'a> {
    pub user_id: i64,
    pub movie_ids: &'a [i64],
    /// One per movie, never rising.
    pub scores: &'a [f32],
}

/// The movies most like one movie, most similar first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SimilarMovies<'a> {
    pub movie_id: i64,
    /// Movies like it.
    pub similar_ids: &'a [i64],
    /// One per movie, never rising.
    pub scores: &'a [f32],
}

/// The most popular movies, most popular first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PopularMovies<'a> {
    /// The genre; empty for all movies.
    pub genre: &'a str,
    pub movie_ids: &'a [i64],
    /// One per movie, never rising.
    pub scores: &'a [f32],
}

/// A movie's side of the model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MovieFactor<'a> {
    pub movie_id: i64,
    /// As long as the model's rank.
    pub factor: &'a [f32],
    /// 0 for a model without biases.
    pub bias: f32,
}

/// What one user rated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UserHistory<'a> {
    pub user_id: i64,
    pub movie_ids: &'a [i64],
    /// One per movie.
    pub ratings: &'a [f32],
    /// One per movie, in microseconds since the Unix epoch.
    pub rated_at: &'a [i64],
}

/// A user whose id in the data set is a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UserKey<'a> {
    pub user_id: i64,
    /// The id in the data set.
    pub key: &'a str,
}

/// A row of one of the tables of a version. Nobody else can implement it, because the types of its methods are private.
pub trait Row {
    /// The table it belongs to.
    const TABLE: Table;

    /// The number of columns `encode` writes.
    #[doc(hidden)]
    const FIELDS: i16;

    /// The row's key, for messages.
    #[doc(hidden)]
    fn key(&self) -> String;

    #[doc(hidden)]
    fn check(&self, checker: &mut Checker) -> Result<(), RowFault>;

    /// Writes the columns in the order of `Table::columns`. `number` counts the table's rows from 0.
    #[doc(hidden)]
    fn encode(&self, out: &mut CopyBuffer, number: i64);
}

impl Row for Movie<'_> {
    const TABLE: Table = Table::Movies;
    const FIELDS: i16 = 7;

    fn key(&self) -> String {
        format!("movie {}", self.movie_id)
    }

    fn check(&self, checker: &mut Checker) -> Result<(), RowFault> {
        if self.title.is_empty() {
            return Err(RowFault::EmptyText { what: "title" });
        }
        check::id(self.movie_id)?;
        check::clean_text("title", self.title, clean::title)?;
        self.genres.iter().try_for_each(|genre| check::clean_text("genre", genre, clean::genre))?;
        check::text("imdb id", self.imdb_id.unwrap_or_default())?;
        self.key.map_or(Ok(()), check::key)?;
        checker.add_movie(self.movie_id)
    }

    fn encode(&self, out: &mut CopyBuffer, _number: i64) {
        out.i64(self.movie_id);
        out.text(self.title);
        out.optional(self.year, CopyBuffer::i32);
        out.text_array(&self.genres);
        out.optional(self.imdb_id, CopyBuffer::text);
        out.optional(self.tmdb_id, CopyBuffer::i64);
        out.optional(self.key, CopyBuffer::text);
    }
}

impl Row for UserRecommendations<'_> {
    const TABLE: Table = Table::Recommendations;
    const FIELDS: i16 = 4;

    fn key(&self) -> String {
        format!("user {}", self.user_id)
    }

    fn check(&self, checker: &mut Checker) -> Result<(), RowFault> {
        checker.ranking(self.movie_ids, self.scores)
    }

    fn encode(&self, out: &mut CopyBuffer, number: i64) {
        out.i64(number);
        out.i64(self.user_id);
        out.i64_array(self.movie_ids);
        out.f32_array(self.scores);
    }
}

impl Row for SimilarMovies<'_> {
    const TABLE: Table = Table::SimilarMovies;
    const FIELDS: i16 = 3;

    fn key(&self) -> String {
        format!("movie {}", self.movie_id)
    }

    fn check(&self, checker: &mut Checker) -> Result<(), RowFault> {
        checker.known(self.movie_id)?;
        checker.ranking(self.similar_ids, self.scores)
    }

    fn encode(&self, out: &mut CopyBuffer, _number: i64) {
        out.i64(self.movie_id);
        out.i64_array(self.similar_ids);
        out.f32_array(self.scores);
    }
}

impl Row for PopularMovies<'_> {
    const TABLE: Table = Table::PopularMovies;
    const FIELDS: i16 = 3;

    fn key(&self) -> String {
        format!("genre {:?}", self.genre)
    }

    fn check(&self, checker: &mut Checker) -> Result<(), RowFault> {
        check::text("genre", self.genre)?;
        checker.ranking(self.movie_ids, self.scores)
    }

    fn encode(&self, out: &mut CopyBuffer, _number: i64) {
        out.text(self.genre);
        out.i64_array(self.movie_ids);
        out.f32_array(self.scores);
    }
}

impl Row for MovieFactor<'_> {
    const TABLE: Table = Table::MovieFactors;
    const FIELDS: i16 = 3;

    fn key(&self) -> String {
        format!("movie {}", self.movie_id)
    }

    fn check(&self, checker: &mut Checker) -> Result<(), RowFault> {
        checker.known(self.movie_id)?;
        check::finite("bias", &[self.bias])?;
        checker.factor(self.factor)
    }

    fn encode(&self, out: &mut CopyBuffer, _number: i64) {
        out.i64(self.movie_id);
        out.f32_array(self.factor);
        out.f32(self.bias);
    }
}

impl Row for UserHistory<'_> {
    const TABLE: Table = Table::UserHistories;
    const FIELDS: i16 = 2;

    fn key(&self) -> String {
        format!("user {}", self.user_id)
    }

    fn check(&self, checker: &mut Checker) -> Result<(), RowFault> {
        check::id(self.user_id)?;
        checker.history(self.movie_ids, self.ratings)?;
        check::same_length(self.movie_ids, "moments", self.rated_at.len())?;
        check::moments(self.rated_at)
    }

    fn encode(&self, out: &mut CopyBuffer, _number: i64) {
        out.i64(self.user_id);
        out.bytes(|bytes| pack(self.movie_ids, self.ratings, self.rated_at, bytes));
    }
}

impl Row for UserKey<'_> {
    const TABLE: Table = Table::UserKeys;
    const FIELDS: i16 = 2;

    fn key(&self) -> String {
        format!("user {}", self.user_id)
    }

    fn check(&self, _checker: &mut Checker) -> Result<(), RowFault> {
        check::key(self.key)
    }

    fn encode(&self, out: &mut CopyBuffer, _number: i64) {
        out.i64(self.user_id);
        out.text(self.key);
    }
}
