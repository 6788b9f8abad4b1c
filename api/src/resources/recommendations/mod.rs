//! `GET /reco/{user_id}`, `GET /reco/random` and `POST /reco/fold-in`: what to watch next.

mod body;

use poem_openapi::{
    OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};
use rand::seq::IndexedRandom;

use self::body::ten;
pub use self::body::{Fallback, FoldedIn, Newcomer, Recommendation, Recommendations, Suggestion};
use super::{Id, Tag, shapes::latest};
use crate::{
    answer::{
        Answer, BAD_REQUEST, FORBIDDEN, INTERNAL, Operation, Success, TOO_LARGE, TOO_MANY, UNAUTHORIZED,
        UNAVAILABLE, UNSUPPORTED, is_among,
    },
    errors::Fault,
    serving::{
        Serving,
        catalogue::Filter,
        recommend::{Found, Wish},
    },
    telemetry::Telemetry,
};

/// `GET /reco/{user_id}`.
#[derive(Debug)]
pub struct RecommendToUser;

impl Operation for RecommendToUser {
    const MEANS: &'static str = "The user's list";
    const PATH: &'static [&'static str] = &["user_id"];
    const HAS_ETAG: bool = true;
    const FAULTS: &'static [(u16, &'static str)] = &[
        BAD_REQUEST,
        UNAUTHORIZED,
        FORBIDDEN,
        (404, "Nothing is known of the user, or no movie has the genre"),
        TOO_MANY,
        INTERNAL,
        UNAVAILABLE,
    ];
}

/// `GET /reco/random`.
#[derive(Debug)]
pub struct RecommendToRandomUser;

impl Operation for RecommendToRandomUser {
    const MEANS: &'static str = "The list of a random user";
    const FAULTS: &'static [(u16, &'static str)] =
        &[BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, TOO_MANY, INTERNAL, UNAVAILABLE];
}

/// `POST /reco/fold-in`.
#[derive(Debug)]
pub struct FoldInNewcomer;

impl Operation for FoldInNewcomer {
    const MEANS: &'static str = "The list of somebody with these ratings";
    const FAULTS: &'static [(u16, &'static str)] = &[
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

/// The calls of this module.
#[derive(Debug)]
pub struct RecommendationsApi {
    /// What is served.
    pub serving: Serving,
    /// What is counted.
    pub telemetry: Telemetry,
}

/// Random users that are tried: more than one is needed only where a version goes live at that moment.
const CHANCES: usize = 3;

#[OpenApi(prefix_path = "/reco", tag = "Tag::Recommendations")]
impl RecommendationsApi {
    /// Recommend movies to a random user
    ///
    /// Every user of the live model has the same chance.
    #[oai(path = "/random", method = "get", operation_id = "recommend_to_random_user")]
    async fn random(
        &self,
        /// How many movies
        #[oai(default = "ten", validator(minimum(value = "1"), maximum(value = "100")))]
        n: Query<u16>,
        /// Whether to give year and genres of each movie
        #[oai(default)]
        details: Query<bool>,
    ) -> Answer<Recommendations, RecommendToRandomUser> {
        let wish = Wish { n: n.0.into(), details: details.0, ..Wish::default() };
        self.at_random(&wish).await.into()
    }

    /// Recommend movies to a user
    ///
    /// The movies the live model expects the user to like best, among those the user has not rated. Filters look at the whole
    /// catalogue, so there are fewer than `n` movies only where no more exist. Feedback counts from the next answer on.
    #[oai(path = "/:user_id", method = "get", operation_id = "recommend_to_user")]
    #[allow(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn user(
        &self,
        /// The user, as the data set numbers them
        user_id: Path<Id>,
        /// How many movies
        #[oai(default = "ten", validator(minimum(value = "1"), maximum(value = "100")))]
        n: Query<u16>,
        /// How many of the best movies to pass over, to go on in a list
        #[oai(default, validator(minimum(value = "0"), maximum(value = "100000")))]
        offset: Query<u32>,
        /// Only movies of this genre; repeated: of at least one of them
        #[oai(validator(max_items = "100"))]
        genre: Query<Vec<String>>,
        /// Not this movie; may be repeated
        #[oai(validator(max_items = "1000"))]
        exclude: Query<Vec<Id>>,
        /// Only movies released in this year or later
        #[oai(validator(minimum(value = "1800"), maximum(value = "2200")))]
        min_year: Query<Option<i32>>,
        /// Only movies released in this year or earlier
        #[oai(validator(minimum(value = "1800"), maximum(value = "2200")))]
        max_year: Query<Option<i32>>,
        /// What to answer for a user of whom nothing is known, instead of 404
        fallback: Query<Option<Fallback>>,
        /// Whether to say for each movie which of the user's ratings contributed most
        #[oai(default)]
        explain: Query<bool>,
        /// Whether to give year and genres of each movie
        #[oai(default)]
        details: Query<bool>,
        /// The tag of an answer that the caller has
        #[oai(name = "if-none-match")]
        if_none_match: Header<Option<String>>,
    ) -> Answer<Recommendations, RecommendToUser> {
        let filter =
            Filter { genres: genre.0, exclude: ids(&exclude.0), min_year: min_year.0, max_year: max_year.0 };
        let wish =
            Wish { offset: offset.0 as usize, n: n.0.into(), filter, explain: explain.0, details: details.0 };
        self.to_user(user_id.0.0, wish, fallback.0, if_none_match.0.as_deref()).await.into()
    }

    /// Recommend movies to somebody unknown
    ///
    /// Solves for their taste exactly, as the training of the live model does for its users, and ranks the whole catalogue
    /// but for the movies they rated. Nothing is stored.
    #[oai(path = "/fold-in", method = "post", operation_id = "recommend_to_newcomer")]
    async fn fold_in(
        &self,
        /// Their ratings, and which movies are wanted
        newcomer: Json<Newcomer>,
    ) -> Answer<FoldedIn, FoldInNewcomer> {
        self.to_newcomer(newcomer.0).await.into()
    }
}

impl RecommendationsApi {
    async fn at_random(&self, wish: &Wish) -> Result<Recommendations, Fault> {
        for _ in 0..CHANCES {
            let view = self.serving.view().await?;
            let user = view.version.users().choose(&mut rand::rng()).copied();
            let user_id = user.ok_or_else(|| Fault::unavailable(crate::errors::NO_MODEL))?;
            let person = self.serving.person(user_id).await?;
            if let Some(found) = self.serving.recommend(person, wish).await? {
                self.count(&found);
                return Ok(Recommendations::new(&found, user_id, wish, true));
            }
            // Another version has gone live in between that does not know the user.
        }
        Err(Fault::unavailable("another model has just gone live; try again"))
    }

    async fn to_user(
        &self,
        user_id: i64,
        wish: Wish,
        fallback: Option<Fallback>,
        if_none_match: Option<&str>,
    ) -> Result<Success<Recommendations>, Fault> {
        let person = self.serving.person(user_id).await?;
        let tag = person.tag();
        if person.is_known() && is_among(tag.as_deref(), if_none_match) {
            return Ok(Success::unchanged(tag));
        }
        let found = match self.serving.recommend(person, &wish).await? {
            Some(found) => found,
            None if fallback == Some(Fallback::Popular) => self.serving.popular(&wish).await?,
            None => {
                let detail = format!("user {user_id} is unknown; try fallback=popular or /reco/random");
                return Err(Fault::not_found(detail));
            }
        };
        self.count(&found);
        Ok(Success::tagged(Recommendations::new(&found, user_id, &wish, false), found.tag))
    }

    fn count(&self, found: &Found) {
        self.telemetry.count_answer(found.strategy.name(), found.view.variant.as_deref().unwrap_or_default());
    }

    async fn to_newcomer(&self, newcomer: Newcomer) -> Result<FoldedIn, Fault> {
        let Newcomer { ratings, n, offset, genre, exclude, min_year, max_year, explain, details } = newcomer;
        let genres = genre.iter().map(|genre| genre.0.to_string()).collect();
        let filter = Filter { genres, exclude: ids(&exclude), min_year, max_year };
        let wish = Wish { offset: offset as usize, n: n.into(), filter, explain, details };
        let found = self.serving.fold_in(latest(ratings), &wish).await?;
        self.count(&found);
        Ok(FoldedIn::new(&found, &wish))
    }
}

fn ids(given: &[Id]) -> Vec<i64> {
    given.iter().map(|id| id.0).collect()
}
