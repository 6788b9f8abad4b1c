//! `GET /reco/{user_id}`, `GET /reco/random` and `POST /reco/fold-in`: what to watch next.

mod body;
mod by_key;

use std::sync::Arc;

use poem_openapi::{
    OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};

use self::body::{Fallback, FoldInRecommendations, FoldInRequest, Recommendations, ids, ten};
pub(crate) use self::by_key::RecommendationsByKeyApi;
use super::{
    Answer, Answered, Id, Operation, Tag,
    answer::{BAD_REQUEST, FORBIDDEN, INTERNAL, TOO_LARGE, TOO_MANY, UNAUTHORIZED, UNAVAILABLE, UNSUPPORTED},
};
use crate::{
    edge::is_current,
    serving::{
        Serving,
        catalogue::Filter,
        people::Person,
        recommend::{Found, Selection},
    },
    telemetry::Telemetry,
};

pub(crate) struct RecommendToUser;

impl Operation for RecommendToUser {
    const MEANS: &'static str = "Recommendations for the user";
    const HAS_ETAG: bool = true;
    const PROBLEMS: &'static [(u16, &'static str)] = &[
        BAD_REQUEST,
        UNAUTHORIZED,
        FORBIDDEN,
        (404, "The user is unknown, or no movie has the genre"),
        TOO_MANY,
        INTERNAL,
        UNAVAILABLE,
    ];
}

pub(crate) struct RecommendToRandomUser;

impl Operation for RecommendToRandomUser {
    const MEANS: &'static str = "Recommendations for a randomly chosen user";
    const PROBLEMS: &'static [(u16, &'static str)] =
        &[BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, TOO_MANY, INTERNAL, UNAVAILABLE];
}

pub(crate) struct FoldIn;

impl Operation for FoldIn {
    const MEANS: &'static str = "Recommendations for these ratings";
    const PROBLEMS: &'static [(u16, &'static str)] = &[
        BAD_REQUEST,
        UNAUTHORIZED,
        FORBIDDEN,
        (404, "A rated movie is unknown, or no movie has the genre"),
        TOO_LARGE,
        UNSUPPORTED,
        TOO_MANY,
        UNAVAILABLE,
    ];
}

#[derive(Debug, Clone)]
pub(crate) struct RecommendationsApi {
    pub(crate) serving: Serving,
    pub(crate) telemetry: Telemetry,
}

#[OpenApi(prefix_path = "/reco", tag = "Tag::Recommendations")]
impl RecommendationsApi {
    /// Recommend movies to a random user
    ///
    /// Every user of the live model is equally likely.
    #[oai(path = "/random", method = "get", operation_id = "recommend_to_random_user")]
    async fn random(
        &self,
        /// Number of movies to return.
        #[oai(default = "ten", validator(minimum(value = "1"), maximum(value = "100")))]
        n: Query<u16>,
        /// Return the year and genres of each movie.
        #[oai(default)]
        details: Query<bool>,
    ) -> Answered<Recommendations, RecommendToRandomUser> {
        let wanted = Selection { n: n.0.into(), details: details.0, ..Selection::default() };
        let (user_id, found) = self.serving.recommend_at_random(&wanted).await?;
        self.count(&found);
        Ok(Recommendations::new(&found, user_id, &wanted, true).into())
    }

    /// Recommend movies to a user
    ///
    /// Returns the movies the live model expects the user to like best, among those the user has not rated. Filters apply
    /// to the whole catalogue, so there are fewer than `n` results only if no more movies match. New ratings count from the
    /// next request on.
    #[oai(path = "/:user_id", method = "get", operation_id = "recommend_to_user")]
    #[allow(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn user(
        &self,
        /// User id, as in the data set.
        user_id: Path<Id>,
        /// Number of movies to return.
        #[oai(default = "ten", validator(minimum(value = "1"), maximum(value = "100")))]
        n: Query<u16>,
        /// Results to skip, for paging.
        #[oai(default, validator(minimum(value = "0"), maximum(value = "100000")))]
        offset: Query<u32>,
        /// Filter by genre. Repeat to match any.
        #[oai(default, validator(max_items = "100"))]
        genre: Query<Vec<String>>,
        /// Movie to leave out. Repeatable.
        #[oai(default, validator(max_items = "1000"))]
        exclude: Query<Vec<Id>>,
        /// Earliest year of release.
        #[oai(validator(minimum(value = "1800"), maximum(value = "2200")))]
        min_year: Query<Option<i32>>,
        /// Latest year of release.
        #[oai(validator(minimum(value = "1800"), maximum(value = "2200")))]
        max_year: Query<Option<i32>>,
        /// `popular`: return popular movies for unknown users.
        fallback: Query<Option<Fallback>>,
        /// Return the user's ratings that contributed most to each movie.
        #[oai(default)]
        explain: Query<bool>,
        /// Return the year and genres of each movie.
        #[oai(default)]
        details: Query<bool>,
        /// ETag of an earlier response.
        #[oai(name = "if-none-match")]
        if_none_match: Header<Option<String>>,
    ) -> Answered<Recommendations, RecommendToUser> {
        let filter =
            Filter { genres: genre.0, exclude: ids(&exclude.0), min_year: min_year.0, max_year: max_year.0 };
        let (n, offset) = (n.0.into(), offset.0 as usize);
        let wanted = Selection { offset, n, filter, explain: explain.0, details: details.0 };
        let person = self.serving.person(user_id.0.0).await?;
        self.answer(person, &wanted, fallback.0, if_none_match.0.as_deref()).await
    }

    /// Recommend movies for given ratings
    ///
    /// Builds a profile from these ratings and ranks every other movie. Nothing is stored.
    #[oai(path = "/fold-in", method = "post", operation_id = "recommend_to_newcomer")]
    async fn fold_in(
        &self,
        /// The ratings, and which movies to return.
        request: Json<FoldInRequest>,
    ) -> Answered<FoldInRecommendations, FoldIn> {
        let (ratings, wanted) = request.0.split();
        let found = self.serving.fold_in(ratings, &wanted).await?;
        self.count(&found);
        Ok(FoldInRecommendations::new(&found, &wanted).into())
    }
}

impl RecommendationsApi {
    /// Answers a user, who may have the answer with the tag `named` already.
    async fn answer(
        &self,
        person: Person,
        wanted: &Selection,
        fallback: Option<Fallback>,
        named: Option<&str>,
    ) -> Answered<Recommendations, RecommendToUser> {
        let tag = person.tag();
        if person.is_known() && is_current(tag.as_deref(), named) {
            return Ok(Answer::unchanged(tag));
        }
        let (user_id, key) = (person.user_id, person.key.clone());
        let found = match self.serving.recommend(person, wanted).await {
            Err(error) if error.is_unknown_user() && fallback == Some(Fallback::Popular) => {
                return self.popular(user_id, key, wanted).await;
            }
            found => found?,
        };
        Ok(self.tagged(found, user_id, wanted))
    }

    /// Answers somebody of whom nothing is known.
    async fn popular(
        &self,
        user_id: i64,
        user_key: Option<Arc<str>>,
        wanted: &Selection,
    ) -> Answered<Recommendations, RecommendToUser> {
        let found = Found { user_key, ..self.serving.popular(wanted).await? };
        Ok(self.tagged(found, user_id, wanted))
    }

    fn tagged(
        &self,
        found: Found,
        user_id: i64,
        wanted: &Selection,
    ) -> Answer<Recommendations, RecommendToUser> {
        self.count(&found);
        Answer::tagged(Recommendations::new(&found, user_id, wanted, false), found.tag)
    }

    fn count(&self, found: &Found) {
        self.telemetry.count_answer(found.strategy.name(), found.view.variant.as_deref().unwrap_or_default());
    }
}
