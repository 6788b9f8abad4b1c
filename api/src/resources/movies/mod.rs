//! `GET /movies`, `GET /movies/{movie_id}` and `GET /movies/{movie_id}/similar`: what there is to watch.

mod body;
mod cursor;

use poem_openapi::{
    OpenApi,
    param::{Path, Query},
};
use store::{MoviePage, MoviePlace, MovieSearch, Store};

pub use self::body::{Movie, MovieList, SimilarMovie, SimilarMovies, SingleMovie, Sort};
use super::{Id, Tag};
use crate::{
    answer::{Answer, BAD_REQUEST, FORBIDDEN, INTERNAL, Operation, TOO_MANY, UNAUTHORIZED, UNAVAILABLE},
    errors::Fault,
    serving::{Serving, View, catalogue::Place, recommend::unknown_movie, version::ServedVersion},
};

/// `GET /movies`.
#[derive(Debug)]
pub struct FindMovies;

impl Operation for FindMovies {
    const MEANS: &'static str = "A page of movies, which may be empty";
    const FAULTS: &'static [(u16, &'static str)] = &[
        BAD_REQUEST,
        UNAUTHORIZED,
        FORBIDDEN,
        (404, "There is no page with this cursor in this order"),
        TOO_MANY,
        INTERNAL,
        UNAVAILABLE,
    ];
}

/// 404 for a movie.
const UNKNOWN_MOVIE: (u16, &str) = (404, "There is no such movie");

/// `GET /movies/{movie_id}`.
#[derive(Debug)]
pub struct GetMovie;

impl Operation for GetMovie {
    const MEANS: &'static str = "The movie";
    const PATH: &'static [&'static str] = &["movie_id"];
    const FAULTS: &'static [(u16, &'static str)] =
        &[BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, UNKNOWN_MOVIE, TOO_MANY, UNAVAILABLE];
}

/// `GET /movies/{movie_id}/similar`.
#[derive(Debug)]
pub struct ListSimilarMovies;

impl Operation for ListSimilarMovies {
    const MEANS: &'static str = "Movies like it";
    const PATH: &'static [&'static str] = &["movie_id"];
    const FAULTS: &'static [(u16, &'static str)] =
        &[BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, UNKNOWN_MOVIE, TOO_MANY, INTERNAL, UNAVAILABLE];
}

/// The calls of this module.
#[derive(Debug)]
pub struct MoviesApi {
    /// The catalogue in memory.
    pub serving: Serving,
    /// Searches.
    pub store: Store,
}

fn twenty() -> u16 {
    20
}

pub(super) fn ten() -> u16 {
    10
}

#[OpenApi(tag = "Tag::Movies")]
impl MoviesApi {
    /// Find movies by title, genre and year
    ///
    /// `q` is searched without regard to accents, capitals and punctuation: `amelie` finds *Amélie*. All its words must
    /// be found, in any order: `rings lord`. Words of more than three letters may be misspelt: `godfahter`; shorter
    /// ones are beginnings of words: `spi 2`. Without any filter every movie is listed.
    ///
    /// Ask for the next page with the same parameters and the `next_cursor` of the answer.
    #[oai(path = "/movies", method = "get", operation_id = "find_movies")]
    #[allow(clippy::too_many_arguments, reason = "they are the parameters of the call")]
    async fn find(
        &self,
        /// Words of the title
        #[oai(validator(max_length = 100), example = "example_text")]
        q: Query<Option<String>>,
        /// Only movies of this genre, spelt as in `/genres`
        #[oai(validator(max_length = 100))]
        genre: Query<Option<String>>,
        /// Only movies released in this year
        #[oai(validator(minimum(value = "1800"), maximum(value = "2200")))]
        year: Query<Option<i32>>,
        /// The order; `relevance` with `q` and `popular` without, unless stated
        sort: Query<Option<Sort>>,
        /// Movies per page
        #[oai(default = "twenty", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<u16>,
        /// The `next_cursor` of the page before
        #[oai(validator(max_length = 4096))]
        cursor: Query<Option<String>>,
    ) -> Answer<MovieList, FindMovies> {
        let default = if q.0.is_some() { Sort::Relevance } else { Sort::Popular };
        let start = sort.0.unwrap_or(default).start();
        let search = |after| MovieSearch {
            text: q.0.as_deref(),
            genre: genre.0.as_deref(),
            year: year.0,
            after,
            limit: limit.0,
        };
        match place(cursor.0.as_deref(), start) {
            Ok(after) => self.search(&search(after)).await,
            Err(fault) => Err(fault),
        }
        .into()
    }

    /// Look a movie up
    #[oai(path = "/movies/:movie_id", method = "get", operation_id = "get_movie")]
    async fn get(
        &self,
        /// The movie, as the data set numbers it
        movie_id: Path<Id>,
    ) -> Answer<SingleMovie, GetMovie> {
        self.look_up(movie_id.0.0).await.into()
    }

    /// List movies like a movie
    ///
    /// Movies that the same people like, as far as the model can tell.
    #[oai(path = "/movies/:movie_id/similar", method = "get", operation_id = "list_similar_movies")]
    async fn similar(
        &self,
        /// The movie, as the data set numbers it
        movie_id: Path<Id>,
        /// How many movies
        #[oai(default = "ten", validator(minimum(value = "1"), maximum(value = "100")))]
        n: Query<u16>,
    ) -> Answer<SimilarMovies, ListSimilarMovies> {
        self.list_similar(movie_id.0, n.0).await.into()
    }
}

#[allow(clippy::unnecessary_wraps, reason = "an example is optional")]
fn example_text() -> Option<String> {
    Some("lord rings".to_owned())
}

impl MoviesApi {
    async fn search(&self, search: &MovieSearch<'_>) -> Result<MovieList, Fault> {
        let View { version, is_stale, .. } = self.serving.view().await?;
        let MoviePage { movies, next } = self.store.search_movies(version.version, search).await?;
        Ok(MovieList {
            results: movies.into_iter().map(Movie::from).collect(),
            next_cursor: next.as_ref().map(cursor::encode),
            model_version: Id(version.version),
            stale: is_stale.then_some(true),
        })
    }

    async fn look_up(&self, movie_id: i64) -> Result<SingleMovie, Fault> {
        let View { version, is_stale, .. } = self.serving.view().await?;
        let movie = version.catalogue.movie(find(&version, movie_id)?);
        Ok(SingleMovie {
            movie: Movie::of(&version, movie),
            model_version: Id(version.version),
            stale: is_stale.then_some(true),
        })
    }

    async fn list_similar(&self, movie_id: Id, n: u16) -> Result<SimilarMovies, Fault> {
        let View { version, is_stale, .. } = self.serving.view().await?;
        find(&version, movie_id.0)?;
        let listed = self.store.similar_movies(version.version, movie_id.0, n).await?;
        // A load checks that every listed movie is in the catalogue.
        let results = listed.iter().filter_map(|similar| {
            let place = version.catalogue.find(similar.movie_id)?;
            let movie = Movie::of(&version, version.catalogue.movie(place));
            Some(SimilarMovie { movie, score: similar.score })
        });
        Ok(SimilarMovies {
            movie_id,
            n,
            results: results.collect(),
            model_version: Id(version.version),
            stale: is_stale.then_some(true),
        })
    }
}

fn find(version: &ServedVersion, movie_id: i64) -> Result<Place, Fault> {
    version.catalogue.find(movie_id).ok_or_else(|| unknown_movie(movie_id))
}

fn place(cursor: Option<&str>, start: MoviePlace) -> Result<MoviePlace, Fault> {
    let Some(cursor) = cursor else { return Ok(start) };
    cursor::decode(cursor, &start).ok_or_else(|| {
        Fault::not_found("the cursor is not one of this list; begin again without it, or keep its sort")
    })
}
