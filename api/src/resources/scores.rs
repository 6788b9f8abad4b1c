//! `GET /score/{user_id}/{movie_id}`: one score, taken apart.

use poem_openapi::{Object, OpenApi, param::Path, types::Example};
use serde::Serialize;

use super::{
    Id, Tag, Text,
    shapes::{Because, because},
};
use crate::{
    answer::{Answer, BAD_REQUEST, FORBIDDEN, INTERNAL, Operation, TOO_MANY, UNAUTHORIZED, UNAVAILABLE},
    errors::Fault,
    serving::Serving,
};

/// The score of a movie for a user.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub struct ScoreOfMovie {
    /// The user.
    pub user_id: Id,
    /// The movie.
    pub movie_id: Id,
    /// Its title.
    pub title: Text,
    /// Higher is better. Scores of different models cannot be compared.
    pub score: f32,
    /// The part that everybody gets: 0 where the model ranks, the movie's mean level where it predicts stars. The rest
    /// comes from the user's ratings.
    pub base: f32,
    /// The rated movies that contribute most, at most three.
    pub because: Vec<Because>,
    /// The user's own rating of the movie, if there is one.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating: Option<f32>,
    /// The number of the model.
    pub model_version: Id,
    /// `als`, `fold_in` if the user has ratings that the model has not seen yet, `popular` if the model learns nothing from
    /// the user's ratings.
    pub strategy: String,
    /// The user's variant of the running experiment, if there is one.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Only present, and true, where the database does not answer: there may be a newer answer.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale: Option<bool>,
}

impl Example for ScoreOfMovie {
    fn example() -> Self {
        Self {
            user_id: Id(42),
            movie_id: Id(4973),
            title: "Amélie (Fabuleux destin d'Amélie Poulain, Le)".into(),
            score: 0.9731,
            base: 0.0,
            because: vec![Because {
                movie_id: Id(1197),
                title: "Princess Bride, The".into(),
                contribution: 0.41,
            }],
            rating: None,
            model_version: Id(12),
            strategy: "als".to_owned(),
            variant: None,
            stale: None,
        }
    }
}

/// `GET /score/{user_id}/{movie_id}`.
#[derive(Debug)]
pub struct GetScore;

impl Operation for GetScore {
    const MEANS: &'static str = "The score";
    const PATH: &'static [&'static str] = &["user_id", "movie_id"];
    const FAULTS: &'static [(u16, &'static str)] = &[
        BAD_REQUEST,
        UNAUTHORIZED,
        FORBIDDEN,
        (404, "Nothing is known of the user, or the model does not know the movie"),
        TOO_MANY,
        INTERNAL,
        UNAVAILABLE,
    ];
}

/// The calls of this module.
#[derive(Debug)]
pub struct ScoresApi {
    /// What is served.
    pub serving: Serving,
}

#[OpenApi(tag = "Tag::Recommendations")]
impl ScoresApi {
    /// Score one movie for one user
    ///
    /// What the model expects, whether or not the user has rated the movie, and which of the user's ratings it comes from.
    #[oai(path = "/score/:user_id/:movie_id", method = "get", operation_id = "get_score")]
    async fn score(
        &self,
        /// The user, as the data set numbers them
        user_id: Path<Id>,
        /// The movie, as the data set numbers it
        movie_id: Path<Id>,
    ) -> Answer<ScoreOfMovie, GetScore> {
        self.score_of(user_id.0, movie_id.0).await.into()
    }
}

impl ScoresApi {
    async fn score_of(&self, user_id: Id, movie_id: Id) -> Result<ScoreOfMovie, Fault> {
        let Some(found) = self.serving.score(user_id.0, movie_id.0).await? else {
            return Err(Fault::not_found(format!("user {} is unknown; try POST /reco/fold-in", user_id.0)));
        };
        let catalogue = &found.view.version.catalogue;
        let title = catalogue.find(movie_id.0).map(|place| Text(catalogue.movie(place).title.clone()));
        Ok(ScoreOfMovie {
            user_id,
            movie_id,
            title: title.unwrap_or_else(|| "".into()),
            score: found.score,
            base: found.reasons.base,
            because: because(catalogue, &found.reasons),
            rating: found.rated,
            model_version: Id(found.view.version.version),
            strategy: found.strategy.name().to_owned(),
            variant: found.view.variant.as_deref().map(str::to_owned),
            stale: found.view.is_stale.then_some(true),
        })
    }
}
