//! `GET /genres` and `GET /popular`: ways into the catalogue without a user.

use poem_openapi::{Object, OpenApi, param::Query, types::Example};
use serde::Serialize;

use super::{
    Answered, Id, Operation, Tag,
    answer::{BAD_REQUEST, FORBIDDEN, TOO_MANY, UNAUTHORIZED, UNAVAILABLE},
    movies::{Movie, ten},
};
use crate::serving::{
    Serving, View,
    catalogue::Filter,
    recommend::{Found, Selection},
};

/// A genre.
#[derive(Debug, Object, Serialize)]
pub(crate) struct Genre {
    /// Name, as the filters take it.
    pub(crate) name: String,
    /// Number of movies of this genre.
    #[oai(validator(minimum(value = "1"), maximum(value = "4294967295")))]
    pub(crate) movies: u32,
}

/// All genres.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub(crate) struct Genres {
    /// Sorted by name.
    pub(crate) results: Vec<Genre>,
    /// Version of the model whose catalogue this is.
    pub(crate) model_version: Id,
    /// Present, and true, only while the database does not answer: there may be a newer answer.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stale: Option<bool>,
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
pub(crate) struct PopularMovies {
    /// The genre asked for, if any.
    #[oai(nullable)]
    pub(crate) genre: Option<String>,
    /// Number of movies asked for. There are fewer results if fewer movies were rated.
    #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
    pub(crate) n: u16,
    /// Most rated first.
    pub(crate) results: Vec<Movie>,
    /// Version of the model whose catalogue this is.
    pub(crate) model_version: Id,
    /// Present, and true, only while the database does not answer: there may be a newer answer.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stale: Option<bool>,
}

impl Example for PopularMovies {
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

pub(crate) struct ListGenres;

impl Operation for ListGenres {
    const MEANS: &'static str = "All genres";
    const PROBLEMS: &'static [(u16, &'static str)] = &[UNAUTHORIZED, FORBIDDEN, TOO_MANY, UNAVAILABLE];
}

pub(crate) struct ListPopularMovies;

impl Operation for ListPopularMovies {
    const MEANS: &'static str = "Popular movies";
    const PROBLEMS: &'static [(u16, &'static str)] =
        &[BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, (404, "No movie has the genre"), TOO_MANY, UNAVAILABLE];
}

#[derive(Debug)]
pub(crate) struct ChartsApi {
    pub(crate) serving: Serving,
}

#[OpenApi(tag = "Tag::Movies")]
impl ChartsApi {
    /// List the genres
    #[oai(path = "/genres", method = "get", operation_id = "list_genres")]
    async fn genres(&self) -> Answered<Genres, ListGenres> {
        let View { version, is_stale, .. } = self.serving.view().await?;
        let genres = version.catalogue.genres().iter();
        let results = genres.map(|genre| Genre { name: genre.name.clone(), movies: genre.movies }).collect();
        Ok(Genres { results, model_version: Id(version.version), stale: is_stale.then_some(true) }.into())
    }

    /// List popular movies
    ///
    /// The movies with the most ratings, of all genres or of one.
    #[oai(path = "/popular", method = "get", operation_id = "list_popular_movies")]
    async fn popular(
        &self,
        /// Filter by genre, as `/genres` spells it.
        #[oai(validator(max_length = 100))]
        genre: Query<Option<String>>,
        /// Number of movies to return.
        #[oai(default = "ten", validator(minimum(value = "1"), maximum(value = "100")))]
        n: Query<u16>,
    ) -> Answered<PopularMovies, ListPopularMovies> {
        let filter = Filter { genres: genre.0.iter().cloned().collect(), ..Filter::default() };
        let wanted = Selection { n: n.0.into(), filter, ..Selection::default() };
        let Found { view: View { version, is_stale, .. }, movies, .. } =
            self.serving.popular(&wanted).await?;
        let listed = movies.iter().map(|scored| version.catalogue.movie(scored.place));
        let rated = listed.filter(|movie| movie.ratings > 0);
        let results = rated.map(|movie| Movie::of(&version, movie)).collect();
        let (model_version, stale) = (Id(version.version), is_stale.then_some(true));
        Ok(PopularMovies { genre: genre.0, n: n.0, results, model_version, stale }.into())
    }
}
