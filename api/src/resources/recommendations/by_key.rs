//! `GET /reco/by-key/{key}`: what to watch next, for a user whose id in the data set is a text.
//!
//! In a file of its own, because the parameters of `GET /reco/{user_id}` must be written once more.

use poem_openapi::{
    OpenApi,
    param::{Header, Path, Query},
};

use super::{
    RecommendToUser, RecommendationsApi,
    body::{Fallback, Recommendations, ids, ten},
};
use crate::{
    resources::{Answered, Id, Key, Tag},
    serving::{ServingError, catalogue::Filter, recommend::Selection},
};

/// The user id in answers to a key that has no number yet: the numbers of keys begin at 1.
const NOBODY: i64 = 0;

#[derive(Debug)]
pub(crate) struct RecommendationsByKeyApi {
    pub(crate) by_id: RecommendationsApi,
}

#[OpenApi(prefix_path = "/reco", tag = "Tag::Recommendations")]
impl RecommendationsByKeyApi {
    /// Recommend movies to a user by key
    ///
    /// For data sets whose user ids are texts; the same answer as that of `/reco/{user_id}`. Percent-encode the key. With
    /// `fallback=popular`, `user_id` is 0 for a key that is unknown.
    #[oai(path = "/by-key/:key", method = "get", operation_id = "recommend_to_user_by_key")]
    #[allow(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn user(
        &self,
        /// The id in the data set.
        key: Path<Key>,
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
        let by_id = &self.by_id;
        match by_id.serving.person_by_key(&key.0.0).await {
            Ok(person) => by_id.answer(person, &wanted, fallback.0, if_none_match.0.as_deref()).await,
            Err(ServingError::UnknownUserKey { key }) if fallback.0 == Some(Fallback::Popular) => {
                by_id.popular(NOBODY, Some(key), &wanted).await
            }
            Err(error) => Err(error.into()),
        }
    }
}
