//! Movies as they are answered.

use poem_openapi::{Enum, Object, types::Example};
use serde::Serialize;
use store::{ListedMovie, MoviePlace};

use super::super::{Id, Text};
use crate::serving::{catalogue, version::ServedVersion};

/// A movie.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub struct Movie {
    /// The movie, as the data set numbers it.
    pub movie_id: Id,
    /// Its title, without the year.
    pub title: Text,
    /// The year of release, if known.
    #[oai(nullable, validator(minimum(value = "0"), maximum(value = "9999")))]
    pub year: Option<i32>,
    /// Possibly none.
    pub genres: Vec<String>,
    /// The id at `IMDb`, with its leading zeros.
    #[oai(nullable)]
    pub imdb_id: Option<String>,
    /// The id at TMDB.
    #[oai(nullable, validator(minimum(value = "0"), maximum(value = "9007199254740991")))]
    pub tmdb_id: Option<i64>,
    /// How many users have rated it.
    #[oai(validator(minimum(value = "0"), maximum(value = "9007199254740991")))]
    pub ratings: i64,
}

impl Movie {
    /// A movie of the catalogue in memory.
    pub(crate) fn of(version: &ServedVersion, movie: &catalogue::Movie) -> Self {
        Self {
            movie_id: Id(movie.movie_id),
            title: Text(movie.title.clone()),
            year: movie.year,
            genres: version.catalogue.genres_of(movie).map(str::to_owned).collect(),
            imdb_id: movie.imdb_id.clone(),
            tmdb_id: movie.tmdb_id,
            ratings: movie.ratings,
        }
    }
}

impl From<ListedMovie> for Movie {
    fn from(movie: ListedMovie) -> Self {
        let ListedMovie { movie_id, title, year, genres, imdb_id, tmdb_id, ratings } = movie;
        Self { movie_id: Id(movie_id), title: title.as_str().into(), year, genres, imdb_id, tmdb_id, ratings }
    }
}

impl Example for Movie {
    fn example() -> Self {
        Self {
            movie_id: Id(4973),
            title: "Amélie (Fabuleux destin d'Amélie Poulain, Le)".into(),
            year: Some(2001),
            genres: vec!["Comedy".to_owned(), "Romance".to_owned()],
            imdb_id: Some("0211915".to_owned()),
            tmdb_id: Some(194),
            ratings: 120,
        }
    }
}

/// A page of movies.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub struct MovieList {
    /// In the order asked for.
    pub results: Vec<Movie>,
    /// Asks for the next page; null on the last one.
    #[oai(nullable)]
    pub next_cursor: Option<String>,
    /// The number of the model whose catalogue was searched.
    pub model_version: Id,
    /// Only present, and true, where the database does not answer: there may be a newer answer.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale: Option<bool>,
}

impl Example for MovieList {
    fn example() -> Self {
        let place = MoviePlace::Popular { ratings: 120, movie_id: 4973 };
        Self {
            results: vec![Movie::example()],
            next_cursor: Some(super::cursor::encode(&place)),
            model_version: Id(12),
            stale: None,
        }
    }
}

/// One movie.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub struct SingleMovie {
    /// The movie.
    #[oai(flatten)]
    #[serde(flatten)]
    pub movie: Movie,
    /// The number of the model whose catalogue it is from.
    pub model_version: Id,
    /// Only present, and true, where the database does not answer: there may be a newer answer.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale: Option<bool>,
}

impl Example for SingleMovie {
    fn example() -> Self {
        Self { movie: Movie::example(), model_version: Id(12), stale: None }
    }
}

/// A movie like another one.
#[derive(Debug, Object, Serialize)]
pub struct SimilarMovie {
    /// The movie.
    #[oai(flatten)]
    #[serde(flatten)]
    pub movie: Movie,
    /// How alike the two are, at most 1: the cosine between their factors.
    pub score: f32,
}

/// Movies like one movie.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub struct SimilarMovies {
    /// The movie they are like.
    pub movie_id: Id,
    /// How many were asked for. There are fewer if the model ranked fewer.
    #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
    pub n: u16,
    /// Most similar first; none for a movie that nobody has rated.
    pub results: Vec<SimilarMovie>,
    /// The number of the model that compared them.
    pub model_version: Id,
    /// Only present, and true, where the database does not answer: there may be a newer answer.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale: Option<bool>,
}

impl Example for SimilarMovies {
    fn example() -> Self {
        let similar = SimilarMovie { movie: Movie::example(), score: 0.8312 };
        Self { movie_id: Id(2324), n: 10, results: vec![similar], model_version: Id(12), stale: None }
    }
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "lowercase")]
pub enum Sort {
    /// Best match first. Without `q` the same as `popular`.
    Relevance,
    /// Most rated first.
    Popular,
    /// By title, without regard to accents, capitals and punctuation.
    Title,
    /// Newest first; those without a year last.
    Year,
}

impl Sort {
    /// Where a list in this order begins.
    pub(crate) fn start(self) -> MoviePlace {
        match self {
            Self::Relevance => MoviePlace::BY_RELEVANCE,
            Self::Popular => MoviePlace::BY_POPULARITY,
            Self::Title => MoviePlace::BY_TITLE,
            Self::Year => MoviePlace::BY_YEAR,
        }
    }
}
