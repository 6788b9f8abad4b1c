//! `/users/{user_id}/ratings`: what a user has rated, and saying more.

use chrono::{DateTime, SecondsFormat};
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
    types::Example,
};
use serde::Serialize;
use store::Store;

use super::{
    Id, Tag, Text,
    shapes::{GivenRating, details, latest},
};
use crate::{
    answer::{
        Answer, BAD_REQUEST, FORBIDDEN, INTERNAL, Operation, TOO_LARGE, TOO_MANY, UNAUTHORIZED, UNAVAILABLE,
        UNSUPPORTED,
    },
    auth::WriteToken,
    errors::Fault,
    serving::{
        Serving,
        people::{OwnRating, Person},
        recommend::unknown_movie,
    },
};

/// What a user has rated.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub struct Ratings {
    /// The user.
    pub user_id: Id,
    /// How many movies the user has rated.
    #[oai(validator(minimum(value = "0"), maximum(value = "9007199254740991")))]
    pub total: u64,
    /// The number of the model that the published ratings belong to.
    pub model_version: Id,
    /// Newest first.
    pub results: Vec<RatedMovie>,
}

/// A rated movie.
#[derive(Debug, Object, Serialize)]
pub struct RatedMovie {
    /// The movie.
    pub movie_id: Id,
    /// Its title; missing if the live model does not have the movie.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// With `details=true`: the year of release, if known.
    #[oai(skip_serializing_if_is_none, validator(minimum(value = "0"), maximum(value = "9999")))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<i32>,
    /// With `details=true`: its genres; missing if the live model does not have the movie.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub genres: Option<Vec<String>>,
    /// Stars, 0.5 to 5.
    pub rating: f32,
    /// When, in RFC 3339.
    pub rated_at: String,
    /// Where the rating comes from.
    pub source: Source,
}

/// Where a rating comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The live model was made from it.
    Published,
    /// It was given since then.
    Feedback,
}

/// Ratings to record.
#[derive(Debug, Object)]
#[oai(example)]
pub struct NewRatings {
    /// Of a movie named twice the last rating counts.
    #[oai(validator(min_items = "1", max_items = "1000"))]
    pub ratings: Vec<GivenRating>,
}

/// That feedback was recorded.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub struct Recorded {
    /// The user.
    pub user_id: Id,
    /// How many ratings were recorded or taken back.
    #[oai(validator(minimum(value = "1"), maximum(value = "1000")))]
    pub ratings: u32,
    /// The number of the latest event; it grows with every one.
    pub revision: Id,
}

impl Example for Ratings {
    fn example() -> Self {
        let rated = RatedMovie {
            movie_id: Id(4973),
            title: Some("Amélie (Fabuleux destin d'Amélie Poulain, Le)".into()),
            year: None,
            genres: None,
            rating: 4.5,
            rated_at: "2026-11-01T20:15:00.000000Z".to_owned(),
            source: Source::Feedback,
        };
        Self { user_id: Id(42), total: 1, model_version: Id(12), results: vec![rated] }
    }
}

impl Example for NewRatings {
    fn example() -> Self {
        Self { ratings: vec![GivenRating { movie_id: Id(4973), rating: 4.5 }] }
    }
}

impl Example for Recorded {
    fn example() -> Self {
        Self { user_id: Id(42), ratings: 1, revision: Id(1234) }
    }
}

/// `GET /users/{user_id}/ratings`.
#[derive(Debug)]
pub struct ListRatings;

impl Operation for ListRatings {
    const MEANS: &'static str = "What the user has rated";
    const PATH: &'static [&'static str] = &["user_id"];
    const FAULTS: &'static [(u16, &'static str)] = &[
        BAD_REQUEST,
        UNAUTHORIZED,
        FORBIDDEN,
        (404, "Nothing is known of the user"),
        TOO_MANY,
        INTERNAL,
        UNAVAILABLE,
    ];
}

/// `POST /users/{user_id}/ratings`.
#[derive(Debug)]
pub struct RecordRatings;

impl Operation for RecordRatings {
    const MEANS: &'static str = "The ratings are stored and count from the next answer on";
    const PATH: &'static [&'static str] = &["user_id"];
    const FAULTS: &'static [(u16, &'static str)] = &[
        BAD_REQUEST,
        UNAUTHORIZED,
        FORBIDDEN,
        (404, "A movie is unknown; nothing was stored"),
        TOO_LARGE,
        UNSUPPORTED,
        TOO_MANY,
        INTERNAL,
        UNAVAILABLE,
    ];
}

/// `DELETE /users/{user_id}/ratings/{movie_id}`.
#[derive(Debug)]
pub struct TakeRatingBack;

impl Operation for TakeRatingBack {
    const MEANS: &'static str = "The rating does not count from the next answer on";
    const PATH: &'static [&'static str] = &["user_id", "movie_id"];
    const FAULTS: &'static [(u16, &'static str)] = &[
        BAD_REQUEST,
        UNAUTHORIZED,
        FORBIDDEN,
        (404, "The user has not rated the movie"),
        TOO_MANY,
        INTERNAL,
        UNAVAILABLE,
    ];
}

/// The calls of this module.
#[derive(Debug)]
pub struct UsersApi {
    /// Where feedback is recorded.
    pub store: Store,
    /// What is served.
    pub serving: Serving,
}

fn hundred() -> u16 {
    100
}

#[OpenApi(prefix_path = "/users", tag = "Tag::Users")]
impl UsersApi {
    /// List what a user has rated
    ///
    /// What the live model was made from, and the feedback given since.
    #[oai(path = "/:user_id/ratings", method = "get", operation_id = "list_ratings")]
    async fn list(
        &self,
        /// The user, as the data set numbers them
        user_id: Path<Id>,
        /// How many ratings
        #[oai(default = "hundred", validator(minimum(value = "1"), maximum(value = "100")))]
        n: Query<u16>,
        /// How many of the newest ratings to pass over
        #[oai(default, validator(minimum(value = "0"), maximum(value = "100000")))]
        offset: Query<u32>,
        /// Whether to give year and genres of each movie
        #[oai(default)]
        details: Query<bool>,
    ) -> Answer<Ratings, ListRatings> {
        self.list_of(user_id.0, n.0.into(), offset.0 as usize, details.0).await.into()
    }

    /// Record ratings of a user
    ///
    /// Stored at once, effective in the user's next answer, and part of the data from the next run of the pipeline on. A
    /// user may be new. Recording the same rating again does no harm. Needs a token with the scope `write`.
    #[oai(path = "/:user_id/ratings", method = "post", operation_id = "record_ratings")]
    async fn record(
        &self,
        _token: WriteToken,
        /// The user, as the data set numbers them, or a new number
        user_id: Path<Id>,
        /// The ratings
        ratings: Json<NewRatings>,
    ) -> Answer<Recorded, RecordRatings> {
        self.record_for(user_id.0, ratings.0).await.into()
    }

    /// Take a rating back
    ///
    /// Whether it was recorded here or came with the data set. Needs a token with the scope `write`.
    #[oai(path = "/:user_id/ratings/:movie_id", method = "delete", operation_id = "take_rating_back")]
    async fn take_back(
        &self,
        _token: WriteToken,
        /// The user, as the data set numbers them
        user_id: Path<Id>,
        /// The movie, as the data set numbers it
        movie_id: Path<Id>,
    ) -> Answer<Recorded, TakeRatingBack> {
        self.take_back_from(user_id.0, movie_id.0).await.into()
    }
}

impl UsersApi {
    async fn list_of(&self, user_id: Id, n: usize, offset: usize, detailed: bool) -> Result<Ratings, Fault> {
        let (person, mut own) = self.ratings(user_id).await?;
        own.sort_by_key(|own| std::cmp::Reverse((own.rating.rated_at, own.rating.movie_id)));
        let total = own.len() as u64;
        let catalogue = &person.version().catalogue;
        let rated = |own: &OwnRating| {
            let movie_id = own.rating.movie_id;
            let movie = catalogue.find(movie_id).map(|place| catalogue.movie(place));
            let (year, genres) = movie.map(|movie| details(catalogue, movie, detailed)).unwrap_or_default();
            let moment = DateTime::from_timestamp_micros(own.rating.rated_at).unwrap_or_default();
            RatedMovie {
                movie_id: Id(movie_id),
                title: movie.map(|movie| Text(movie.title.clone())),
                year,
                genres,
                rating: own.rating.rating,
                rated_at: moment.to_rfc3339_opts(SecondsFormat::Micros, true),
                source: if own.is_fresh { Source::Feedback } else { Source::Published },
            }
        };
        let results = own.iter().skip(offset).take(n).map(rated).collect();
        Ok(Ratings { user_id, total, model_version: Id(person.version().version), results })
    }

    async fn record_for(&self, user_id: Id, given: NewRatings) -> Result<Recorded, Fault> {
        let view = self.serving.view().await?;
        let ratings: Vec<_> =
            latest(given.ratings).iter().map(|rating| (rating.movie_id, Some(rating.rating))).collect();
        if let Some(&(movie_id, _)) =
            ratings.iter().find(|(id, _)| view.version.catalogue.find(*id).is_none())
        {
            return Err(unknown_movie(movie_id));
        }
        self.store_feedback(user_id, &ratings).await
    }

    async fn take_back_from(&self, user_id: Id, movie_id: Id) -> Result<Recorded, Fault> {
        let (_, own) = self.ratings(user_id).await?;
        if !own.iter().any(|own| own.rating.movie_id == movie_id.0) {
            return Err(Fault::not_found(format!("user {} has not rated movie {}", user_id.0, movie_id.0)));
        }
        self.store_feedback(user_id, &[(movie_id.0, None)]).await
    }

    async fn store_feedback(&self, user_id: Id, ratings: &[(i64, Option<f32>)]) -> Result<Recorded, Fault> {
        let revision = self.store.record_feedback(user_id.0, ratings).await?;
        // Before the caller hears of it: their next question must find it.
        self.serving.note_feedback(user_id.0, revision);
        let ratings = u32::try_from(ratings.len()).unwrap_or_default();
        Ok(Recorded { user_id, ratings, revision: Id(revision) })
    }

    async fn ratings(&self, user_id: Id) -> Result<(Person, Vec<OwnRating>), Fault> {
        match self.serving.own_ratings(user_id.0).await? {
            Some((person, own)) => Ok((person, own.ratings)),
            None => Err(Fault::not_found(format!("user {} is unknown", user_id.0))),
        }
    }
}
