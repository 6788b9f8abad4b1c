//! `GET /movies`, `GET /movies/{movie_id}`, `GET /movies/by-key/{key}` and `GET /movies/{movie_id}/similar`: the catalogue.

mod body;
mod cursor;

use poem_openapi::{
    OpenApi,
    param::{Path, Query},
};
use store::{MoviePage, MovieSearch, Store};

pub(super) use self::body::Movie;
use self::body::{MovieList, SimilarMovie, SimilarMovies, SingleMovie, Sort};
use super::{
    Answered, Id, Key, Operation, Tag,
    answer::{BAD_REQUEST, FORBIDDEN, INTERNAL, TOO_MANY, UNAUTHORIZED, UNAVAILABLE},
    shapes,
};
use crate::{
    edge::Problem,
    serving::{Serving, View, catalogue::Place},
};

pub(crate) struct FindMovies;

impl Operation for FindMovies {
    const MEANS: &'static str = "A page of movies, possibly empty";
    const PROBLEMS: &'static [(u16, &'static str)] = &[
        BAD_REQUEST,
        UNAUTHORIZED,
        FORBIDDEN,
        (404, "The cursor does not belong to this list"),
        TOO_MANY,
        INTERNAL,
        UNAVAILABLE,
    ];
}

const UNKNOWN_MOVIE: (u16, &str) = (404, "The movie is unknown");

pub(crate) struct GetMovie;

impl Operation for GetMovie {
    const MEANS: &'static str = "The movie";
    const PROBLEMS: &'static [(u16, &'static str)] =
        &[BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, UNKNOWN_MOVIE, TOO_MANY, UNAVAILABLE];
}

pub(crate) struct ListSimilarMovies;

impl Operation for ListSimilarMovies {
    const MEANS: &'static str = "Similar movies";
    const PROBLEMS: &'static [(u16, &'static str)] =
        &[BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, UNKNOWN_MOVIE, TOO_MANY, INTERNAL, UNAVAILABLE];
}

#[derive(Debug)]
pub(crate) struct MoviesApi {
    pub(crate) serving: Serving,
    pub(crate) store: Store,
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
    /// `q` ignores accents, case and punctuation: `amelie` finds *Amélie*. Every word must match, in any order: `rings
    /// lord`. Words of more than three letters may be misspelt: `godfahter`; shorter ones match beginnings of words:
    /// `spi 2`. Without filters, all movies are listed.
    ///
    /// For the next page, repeat the request with the `next_cursor` of the response as `cursor`.
    #[oai(path = "/movies", method = "get", operation_id = "find_movies")]
    #[allow(clippy::too_many_arguments, reason = "they are the parameters of the call")]
    async fn find(
        &self,
        /// Words of the title.
        #[oai(validator(max_length = 100), example = "example_text")]
        q: Query<Option<String>>,
        /// Filter by genre, as `/genres` spells it.
        #[oai(validator(max_length = 100))]
        genre: Query<Option<String>>,
        /// Filter by year of release.
        #[oai(validator(minimum(value = "1800"), maximum(value = "2200")))]
        year: Query<Option<i32>>,
        /// Order of the results; by default `relevance` with `q`, else `popular`.
        sort: Query<Option<Sort>>,
        /// Movies per page.
        #[oai(default = "twenty", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<u16>,
        /// `next_cursor` of the previous page.
        #[oai(validator(max_length = 4096))]
        cursor: Query<Option<String>>,
    ) -> Answered<MovieList, FindMovies> {
        let default = if q.0.is_some() { Sort::Relevance } else { Sort::Popular };
        let start = sort.0.unwrap_or(default).start();
        let after = match cursor.0 {
            None => start,
            Some(cursor) => cursor::decode(&cursor, &start).ok_or_else(|| {
                Problem::not_found(
                    "the cursor does not belong to this list; start again without it, or keep the same sort",
                )
            })?,
        };
        let (text, genre) = (q.0.as_deref(), genre.0.as_deref());
        let search = MovieSearch { text, genre, year: year.0, after, limit: limit.0 };
        let View { version, is_stale, .. } = self.serving.view().await?;
        let MoviePage { movies, next } = self.store.search_movies(version.version, &search).await?;
        let list = MovieList {
            results: movies.into_iter().map(Movie::from).collect(),
            next_cursor: next.as_ref().map(cursor::encode),
            model_version: Id(version.version),
            stale: is_stale.then_some(true),
        };
        Ok(list.into())
    }

    /// Get a movie
    #[oai(path = "/movies/:movie_id", method = "get", operation_id = "get_movie")]
    async fn get(
        &self,
        /// Movie id, as in the data set.
        movie_id: Path<Id>,
    ) -> Answered<SingleMovie, GetMovie> {
        let view = self.serving.view().await?;
        let place = view.version.catalogue.locate(movie_id.0.0)?;
        Ok(SingleMovie::of(&view, place).into())
    }

    /// Get a movie by key
    ///
    /// For data sets whose movie ids are texts. Percent-encode the key.
    #[oai(path = "/movies/by-key/:key", method = "get", operation_id = "get_movie_by_key")]
    async fn get_by_key(
        &self,
        /// The id in the data set.
        key: Path<Key>,
    ) -> Answered<SingleMovie, GetMovie> {
        let view = self.serving.view().await?;
        let place = view.version.catalogue.locate_key(&key.0.0)?;
        Ok(SingleMovie::of(&view, place).into())
    }

    /// List similar movies
    ///
    /// Returns movies that the same users like, according to the model.
    #[oai(path = "/movies/:movie_id/similar", method = "get", operation_id = "list_similar_movies")]
    async fn similar(
        &self,
        /// Movie id, as in the data set.
        movie_id: Path<Id>,
        /// Number of movies to return.
        #[oai(default = "ten", validator(minimum(value = "1"), maximum(value = "100")))]
        n: Query<u16>,
    ) -> Answered<SimilarMovies, ListSimilarMovies> {
        let (movie_id, n) = (movie_id.0, n.0);
        let View { version, is_stale, .. } = self.serving.view().await?;
        let movie_key = shapes::key(version.catalogue.movie(version.catalogue.locate(movie_id.0)?));
        let listed = self.store.similar_movies(version.version, movie_id.0, n).await?;
        // A load checks that every listed movie is in the catalogue.
        let results = listed.iter().filter_map(|similar| {
            let place = version.catalogue.find(similar.movie_id)?;
            let movie = Movie::of(&version, version.catalogue.movie(place));
            Some(SimilarMovie { movie, score: similar.score })
        });
        let results = results.collect();
        let (model_version, stale) = (Id(version.version), is_stale.then_some(true));
        Ok(SimilarMovies { movie_id, movie_key, n, results, model_version, stale }.into())
    }
}

impl SingleMovie {
    fn of(View { version, is_stale, .. }: &View, place: Place) -> Self {
        let movie = Movie::of(version, version.catalogue.movie(place));
        Self { movie, model_version: Id(version.version), stale: is_stale.then_some(true) }
    }
}

#[allow(clippy::unnecessary_wraps, reason = "an example is optional")]
fn example_text() -> Option<String> {
    Some("lord rings".to_owned())
}
