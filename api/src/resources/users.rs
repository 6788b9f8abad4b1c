//! `/users/{user_id}/ratings`: the ratings of a user, and feedback; `GET /users/by-key/{key}`: who has a key.

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
    Answered, Id, Key, Operation, Tag, Text,
    answer::{BAD_REQUEST, FORBIDDEN, INTERNAL, TOO_LARGE, TOO_MANY, UNAUTHORIZED, UNAVAILABLE, UNSUPPORTED},
    shapes::{self, GivenRating, latest},
};
use crate::{
    auth::WriteToken,
    edge::Problem,
    serving::{
        Serving,
        people::{OwnRating, Person},
    },
};

/// A user whose id in the data set is a text.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub(crate) struct User {
    /// The number given to the key, once and for ever: the user id of all other calls.
    pub(crate) user_id: Id,
    /// The id in the data set.
    pub(crate) user_key: Text,
    /// Version of the model that knows the user.
    pub(crate) model_version: Id,
    /// Present, and true, only while the database does not answer: there may be a newer answer.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stale: Option<bool>,
}

/// The ratings of a user.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub(crate) struct Ratings {
    /// User id.
    pub(crate) user_id: Id,
    /// The id in the data set, where that is a text; `user_id` is the number given to it.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_key: Option<Text>,
    /// Number of movies the user has rated.
    #[oai(validator(minimum(value = "0"), maximum(value = "9007199254740991")))]
    pub(crate) total: u64,
    /// Version of the model that the published ratings belong to.
    pub(crate) model_version: Id,
    /// Newest first.
    pub(crate) results: Vec<RatedMovie>,
}

/// A rated movie.
#[derive(Debug, Object, Serialize)]
pub(crate) struct RatedMovie {
    /// Movie id.
    pub(crate) movie_id: Id,
    /// The id in the data set, where that is a text; `movie_id` is the number given to it.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) movie_key: Option<Text>,
    /// Title, without the year. Absent if the live model does not have the movie.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<Text>,
    /// Year of release, if known. Only with `details=true`.
    #[oai(skip_serializing_if_is_none, validator(minimum(value = "0"), maximum(value = "9999")))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) year: Option<i32>,
    /// Genres. Only with `details=true`, and absent if the live model does not have the movie.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) genres: Option<Vec<String>>,
    /// Stars, from 0.5 to 5.
    pub(crate) rating: f32,
    /// Time of the rating, in RFC 3339.
    pub(crate) rated_at: String,
    /// Where the rating comes from.
    pub(crate) source: Source,
}

/// Where a rating comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub(crate) enum Source {
    /// Part of the data that the live model was made from.
    Published,
    /// Given since then.
    Feedback,
}

/// Ratings to record.
#[derive(Debug, Object)]
#[oai(example)]
pub(crate) struct NewRatings {
    /// If a movie appears twice, its last rating counts.
    #[oai(validator(min_items = "1", max_items = "1000"))]
    pub(crate) ratings: Vec<GivenRating>,
}

/// Confirms what was recorded.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub(crate) struct RecordedRatings {
    /// User id.
    pub(crate) user_id: Id,
    /// The id in the data set, where that is a text; `user_id` is the number given to it.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_key: Option<Text>,
    /// Number of ratings recorded or taken back.
    #[oai(validator(minimum(value = "1"), maximum(value = "1000")))]
    pub(crate) ratings: u32,
    /// Number of the user's latest event. It grows with every event.
    pub(crate) revision: Id,
}

impl Example for User {
    fn example() -> Self {
        Self { user_id: Id(42), user_key: "A2SUAM1J3GNN3B".into(), model_version: Id(12), stale: None }
    }
}

impl Example for Ratings {
    fn example() -> Self {
        let rated = RatedMovie {
            movie_id: Id(4973),
            movie_key: None,
            title: Some("Amélie (Fabuleux destin d'Amélie Poulain, Le)".into()),
            year: None,
            genres: None,
            rating: 4.5,
            rated_at: "2026-11-01T20:15:00.000000Z".to_owned(),
            source: Source::Feedback,
        };
        Self { user_id: Id(42), user_key: None, total: 1, model_version: Id(12), results: vec![rated] }
    }
}

impl Example for NewRatings {
    fn example() -> Self {
        Self { ratings: vec![GivenRating { movie_id: Id(4973), rating: 4.5 }] }
    }
}

impl Example for RecordedRatings {
    fn example() -> Self {
        Self { user_id: Id(42), user_key: None, ratings: 1, revision: Id(1234) }
    }
}

pub(crate) struct GetUserByKey;

impl Operation for GetUserByKey {
    const MEANS: &'static str = "The user";
    const PROBLEMS: &'static [(u16, &'static str)] = &[
        BAD_REQUEST,
        UNAUTHORIZED,
        FORBIDDEN,
        (404, "No user has the key"),
        TOO_MANY,
        INTERNAL,
        UNAVAILABLE,
    ];
}

pub(crate) struct ListRatings;

impl Operation for ListRatings {
    const MEANS: &'static str = "The ratings of the user";
    const PROBLEMS: &'static [(u16, &'static str)] = &[
        BAD_REQUEST,
        UNAUTHORIZED,
        FORBIDDEN,
        (404, "The user is unknown"),
        TOO_MANY,
        INTERNAL,
        UNAVAILABLE,
    ];
}

pub(crate) struct RecordRatings;

impl Operation for RecordRatings {
    const MEANS: &'static str = "The ratings are stored and count from the next request on";
    const PROBLEMS: &'static [(u16, &'static str)] = &[
        BAD_REQUEST,
        UNAUTHORIZED,
        FORBIDDEN,
        (404, "A movie is unknown, or the user where users have keys; nothing was stored"),
        TOO_LARGE,
        UNSUPPORTED,
        TOO_MANY,
        INTERNAL,
        UNAVAILABLE,
    ];
}

pub(crate) struct TakeRatingBack;

impl Operation for TakeRatingBack {
    const MEANS: &'static str = "The rating no longer counts, from the next request on";
    const PROBLEMS: &'static [(u16, &'static str)] = &[
        BAD_REQUEST,
        UNAUTHORIZED,
        FORBIDDEN,
        (404, "The user has not rated the movie"),
        TOO_MANY,
        INTERNAL,
        UNAVAILABLE,
    ];
}

#[derive(Debug)]
pub(crate) struct UsersApi {
    pub(crate) store: Store,
    pub(crate) serving: Serving,
}

fn hundred() -> u16 {
    100
}

#[OpenApi(prefix_path = "/users", tag = "Tag::Users")]
impl UsersApi {
    /// Get a user by key
    ///
    /// For data sets whose user ids are texts. Percent-encode the key.
    #[oai(path = "/by-key/:key", method = "get", operation_id = "get_user_by_key")]
    async fn by_key(
        &self,
        /// The id in the data set.
        key: Path<Key>,
    ) -> Answered<User, GetUserByKey> {
        let person = self.serving.person_by_key(&key.0.0).await?.known()?;
        let user = User {
            user_id: Id(person.user_id),
            user_key: Text(key.0.0),
            model_version: Id(person.version().version),
            stale: person.view.is_stale.then_some(true),
        };
        Ok(user.into())
    }

    /// List the ratings of a user
    ///
    /// Returns the ratings that the live model was made from, and those given since.
    #[oai(path = "/:user_id/ratings", method = "get", operation_id = "list_ratings")]
    async fn list(
        &self,
        /// User id, as in the data set.
        user_id: Path<Id>,
        /// Number of ratings to return.
        #[oai(default = "hundred", validator(minimum(value = "1"), maximum(value = "100")))]
        n: Query<u16>,
        /// Results to skip, for paging.
        #[oai(default, validator(minimum(value = "0"), maximum(value = "100000")))]
        offset: Query<u32>,
        /// Return the year and genres of each movie.
        #[oai(default)]
        details: Query<bool>,
    ) -> Answered<Ratings, ListRatings> {
        let (person, mut own) = self.serving.own_ratings(user_id.0.0).await?;
        own.ratings.sort_by_key(|own| std::cmp::Reverse((own.rating.rated_at, own.rating.movie_id)));
        let catalogue = &person.version().catalogue;
        let rated = |own: &OwnRating| {
            let movie_id = own.rating.movie_id;
            let movie = catalogue.find(movie_id).map(|place| catalogue.movie(place));
            let (year, genres) = movie.map(|m| shapes::details(catalogue, m, details.0)).unwrap_or_default();
            let moment = DateTime::from_timestamp_micros(own.rating.rated_at).unwrap_or_default();
            RatedMovie {
                movie_id: Id(movie_id),
                movie_key: movie.and_then(shapes::key),
                title: movie.map(|movie| Text(movie.title.clone())),
                year,
                genres,
                rating: own.rating.rating,
                rated_at: moment.to_rfc3339_opts(SecondsFormat::Micros, true),
                source: if own.is_fresh { Source::Feedback } else { Source::Published },
            }
        };
        let shown = own.ratings.iter().skip(offset.0 as usize).take(n.0.into());
        let ratings = Ratings {
            user_id: user_id.0,
            user_key: person.key.clone().map(Text),
            total: own.ratings.len() as u64,
            model_version: Id(person.version().version),
            results: shown.map(rated).collect(),
        };
        Ok(ratings.into())
    }

    /// Record ratings of a user
    ///
    /// Ratings are stored at once, count from the user's next request on, and become part of the training data with the
    /// next run of the pipeline. Sending the same rating again is harmless. Requires a token with the scope `write`.
    ///
    /// The user may be new, but not where users have keys: the number of a key is given to it by the pipeline.
    #[oai(path = "/:user_id/ratings", method = "post", operation_id = "record_ratings")]
    async fn record(
        &self,
        _token: WriteToken,
        /// User id, as in the data set, or a new one.
        user_id: Path<Id>,
        /// The ratings to record.
        ratings: Json<NewRatings>,
    ) -> Answered<RecordedRatings, RecordRatings> {
        let person = self.serving.rater(user_id.0.0).await?;
        let view = self.serving.view().await?;
        let ratings: Vec<_> =
            latest(ratings.0.ratings).iter().map(|given| (given.movie_id, Some(given.rating))).collect();
        for &(movie_id, _) in &ratings {
            view.version.catalogue.locate(movie_id)?;
        }
        Ok(self.record_feedback(&person, &ratings).await?.into())
    }

    /// Take a rating back
    ///
    /// Works for ratings given here and for those of the data set. Requires a token with the scope `write`.
    #[oai(path = "/:user_id/ratings/:movie_id", method = "delete", operation_id = "take_rating_back")]
    async fn take_back(
        &self,
        _token: WriteToken,
        /// User id, as in the data set.
        user_id: Path<Id>,
        /// Movie id, as in the data set.
        movie_id: Path<Id>,
    ) -> Answered<RecordedRatings, TakeRatingBack> {
        let (user_id, movie_id) = (user_id.0.0, movie_id.0.0);
        let (person, own) = self.serving.own_ratings(user_id).await?;
        if !own.ratings.iter().any(|own| own.rating.movie_id == movie_id) {
            let detail = format!("user {user_id} has not rated movie {movie_id}");
            return Err(Problem::not_found(detail));
        }
        Ok(self.record_feedback(&person, &[(movie_id, None)]).await?.into())
    }
}

impl UsersApi {
    async fn record_feedback(
        &self,
        person: &Person,
        ratings: &[(i64, Option<f32>)],
    ) -> Result<RecordedRatings, Problem> {
        let user_id = person.user_id;
        let revision = self.store.record_feedback(user_id, ratings).await?;
        // Before the caller hears of it: their next question must find it.
        self.serving.note_feedback(user_id, revision);
        let ratings = u32::try_from(ratings.len()).unwrap_or_default();
        let user_key = person.key.clone().map(Text);
        Ok(RecordedRatings { user_id: Id(user_id), user_key, ratings, revision: Id(revision) })
    }
}
