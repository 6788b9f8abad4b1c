//! Movies as they are answered.

use poem_openapi::{Enum, Object, types::Example};
use serde::Serialize;
use store::{ListedMovie, MoviePlace};

use crate::{
    resources::{Id, Text, shapes::key},
    serving::{catalogue, version::ServedVersion},
};

/// A movie.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub(crate) struct Movie {
    /// Movie id, as in the data set.
    pub(crate) movie_id: Id,
    /// The id in the data set, where that is a text; `movie_id` is the number given to it.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) movie_key: Option<Text>,
    /// Title, without the year.
    pub(crate) title: Text,
    /// Year of release, if known.
    #[oai(nullable, validator(minimum(value = "0"), maximum(value = "9999")))]
    pub(crate) year: Option<i32>,
    /// Genres, possibly none.
    pub(crate) genres: Vec<String>,
    /// `IMDb` id, with its leading zeros.
    #[oai(nullable)]
    pub(crate) imdb_id: Option<String>,
    /// TMDB id.
    #[oai(nullable, validator(minimum(value = "0"), maximum(value = "9007199254740991")))]
    pub(crate) tmdb_id: Option<i64>,
    /// Number of users who have rated it.
    #[oai(validator(minimum(value = "0"), maximum(value = "9007199254740991")))]
    pub(crate) ratings: i64,
}

impl Movie {
    /// A movie of the catalogue in memory.
    pub(crate) fn of(version: &ServedVersion, movie: &catalogue::Movie) -> Self {
        Self {
            movie_id: Id(movie.movie_id),
            movie_key: key(movie),
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
        let ListedMovie { movie_id, title, year, genres, imdb_id, tmdb_id, ratings, key } = movie;
        let (movie_key, title) = (key.as_deref().map(Text::from), title.as_str().into());
        Self { movie_id: Id(movie_id), movie_key, title, year, genres, imdb_id, tmdb_id, ratings }
    }
}

impl Example for Movie {
    fn example() -> Self {
        Self {
            movie_id: Id(4973),
            movie_key: None,
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
pub(crate) struct MovieList {
    /// The movies, in the order asked for.
    pub(crate) results: Vec<Movie>,
    /// Cursor of the next page; null on the last page.
    #[oai(nullable)]
    pub(crate) next_cursor: Option<String>,
    /// Version of the model whose catalogue was searched.
    pub(crate) model_version: Id,
    /// Present, and true, only while the database does not answer: there may be a newer answer.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stale: Option<bool>,
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
pub(crate) struct SingleMovie {
    /// The movie.
    #[oai(flatten)]
    #[serde(flatten)]
    pub(crate) movie: Movie,
    /// Version of the model whose catalogue this is.
    pub(crate) model_version: Id,
    /// Present, and true, only while the database does not answer: there may be a newer answer.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stale: Option<bool>,
}

impl Example for SingleMovie {
    fn example() -> Self {
        Self { movie: Movie::example(), model_version: Id(12), stale: None }
    }
}

/// A movie that is similar to another one.
#[derive(Debug, Object, Serialize)]
pub(crate) struct SimilarMovie {
    /// The movie.
    #[oai(flatten)]
    #[serde(flatten)]
    pub(crate) movie: Movie,
    /// Cosine similarity of the two movies' factors, at most 1.
    pub(crate) score: f32,
}

/// Movies that are similar to a movie.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub(crate) struct SimilarMovies {
    /// Id of the movie they are similar to.
    pub(crate) movie_id: Id,
    /// The id in the data set, where that is a text; `movie_id` is the number given to it.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) movie_key: Option<Text>,
    /// Number of movies asked for. There are fewer results if the model ranked fewer.
    #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
    pub(crate) n: u16,
    /// Most similar first; empty for a movie without ratings.
    pub(crate) results: Vec<SimilarMovie>,
    /// Version of the model that compared them.
    pub(crate) model_version: Id,
    /// Present, and true, only while the database does not answer: there may be a newer answer.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stale: Option<bool>,
}

impl Example for SimilarMovies {
    fn example() -> Self {
        let similar = SimilarMovie { movie: Movie::example(), score: 0.8312 };
        let (movie_id, model_version) = (Id(2324), Id(12));
        Self { movie_id, movie_key: None, n: 10, results: vec![similar], model_version, stale: None }
    }
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "lowercase")]
pub(crate) enum Sort {
    /// Best match first. Without `q`, the same as `popular`.
    Relevance,
    /// Most rated first.
    Popular,
    /// By title, ignoring accents, case and punctuation.
    Title,
    /// Newest first; movies without a year last.
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
