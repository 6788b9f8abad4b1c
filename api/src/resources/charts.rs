//! `GET /genres` and `GET /popular`: ways into the catalogue for somebody of whom nothing is known.

use poem_openapi::{Object, OpenApi, param::Query, types::Example};
use serde::Serialize;

use super::{
    Id, Tag,
    movies::{Movie, ten},
};
use crate::{
    answer::{Answer, BAD_REQUEST, FORBIDDEN, Operation, TOO_MANY, UNAUTHORIZED, UNAVAILABLE},
    errors::Fault,
    serving::{
        Serving, View,
        catalogue::Filter,
        recommend::{Found, Wish},
    },
};

/// A genre.
#[derive(Debug, Object, Serialize)]
pub struct Genre {
    /// Its name, as other calls take it.
    pub name: String,
    /// How many movies have it.
    #[oai(validator(minimum(value = "1"), maximum(value = "4294967295")))]
    pub movies: u32,
}

/// Every genre.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub struct Genres {
    /// By name.
    pub results: Vec<Genre>,
    /// The number of the model whose catalogue has them.
    pub model_version: Id,
    /// Only present, and true, where the database does not answer: there may be a newer answer.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale: Option<bool>,
}

impl Example for Genres {
    fn example() -> Self {
        let genre = |name: &str, movies| Genre { name: name.to_owned(), movies };
        Self {
            results: vec![genre("Action", 1828), genre("Film-Noir", 87)],
            model_version: Id(12),
            stale: None,
        }
    }
}

/// Popular movies.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub struct Popular {
    /// The genre asked for, if any.
    #[oai(nullable)]
    pub genre: Option<String>,
    /// How many were asked for. There are fewer if fewer were rated.
    #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
    pub n: u16,
    /// Most ratings first.
    pub results: Vec<Movie>,
    /// The number of the model whose users rated them.
    pub model_version: Id,
    /// Only present, and true, where the database does not answer: there may be a newer answer.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale: Option<bool>,
}

impl Example for Popular {
    fn example() -> Self {
        Self {
            genre: Some("Romance".to_owned()),
            n: 10,
            results: vec![Movie::example()],
            model_version: Id(12),
            stale: None,
        }
    }
}

/// `GET /genres`.
#[derive(Debug)]
pub struct ListGenres;

impl Operation for ListGenres {
    const MEANS: &'static str = "Every genre";
    const FAULTS: &'static [(u16, &'static str)] = &[UNAUTHORIZED, FORBIDDEN, TOO_MANY, UNAVAILABLE];
}

/// `GET /popular`.
#[derive(Debug)]
pub struct ListPopularMovies;

impl Operation for ListPopularMovies {
    const MEANS: &'static str = "Popular movies";
    const FAULTS: &'static [(u16, &'static str)] =
        &[BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, (404, "No movie has the genre"), TOO_MANY, UNAVAILABLE];
}

/// The calls of this module.
#[derive(Debug)]
pub struct ChartsApi {
    /// The catalogue in memory.
    pub serving: Serving,
}

#[OpenApi(tag = "Tag::Movies")]
impl ChartsApi {
    /// List the genres
    #[oai(path = "/genres", method = "get", operation_id = "list_genres")]
    async fn genres(&self) -> Answer<Genres, ListGenres> {
        self.list_genres().await.into()
    }

    /// List popular movies
    ///
    /// Those with the most ratings, of all genres or of one.
    #[oai(path = "/popular", method = "get", operation_id = "list_popular_movies")]
    async fn popular(
        &self,
        /// Only movies of this genre, spelt as in `/genres`
        #[oai(validator(max_length = 100))]
        genre: Query<Option<String>>,
        /// How many movies
        #[oai(default = "ten", validator(minimum(value = "1"), maximum(value = "100")))]
        n: Query<u16>,
    ) -> Answer<Popular, ListPopularMovies> {
        self.list_popular(genre.0, n.0).await.into()
    }
}

impl ChartsApi {
    async fn list_genres(&self) -> Result<Genres, Fault> {
        let View { version, is_stale, .. } = self.serving.view().await?;
        let genres = version.catalogue.genres().iter();
        let results = genres.map(|genre| Genre { name: genre.name.clone(), movies: genre.movies }).collect();
        Ok(Genres { results, model_version: Id(version.version), stale: is_stale.then_some(true) })
    }

    async fn list_popular(&self, genre: Option<String>, n: u16) -> Result<Popular, Fault> {
        let filter = Filter { genres: genre.iter().cloned().collect(), ..Filter::default() };
        let wish = Wish { n: usize::from(n), filter, ..Wish::default() };
        let Found { view: View { version, is_stale, .. }, movies, .. } = self.serving.popular(&wish).await?;
        let listed = movies.iter().map(|scored| version.catalogue.movie(scored.place));
        let rated = listed.filter(|movie| movie.ratings > 0);
        Ok(Popular {
            genre,
            n,
            results: rated.map(|movie| Movie::of(&version, movie)).collect(),
            model_version: Id(version.version),
            stale: is_stale.then_some(true),
        })
    }
}
