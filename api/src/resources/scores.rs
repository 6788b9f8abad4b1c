//! `GET /score/{user_id}/{movie_id}`: one score, explained.

use poem_openapi::{Object, OpenApi, param::Path, types::Example};
use serde::Serialize;

use super::{
    Answered, Id, Operation, Tag, Text,
    answer::{BAD_REQUEST, FORBIDDEN, INTERNAL, TOO_MANY, UNAUTHORIZED, UNAVAILABLE},
    shapes::{Reason, because, key},
};
use crate::serving::Serving;

/// The score of a movie for a user.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub(crate) struct Score {
    /// User id.
    pub(crate) user_id: Id,
    /// The id in the data set, where that is a text; `user_id` is the number given to it.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_key: Option<Text>,
    /// Movie id.
    pub(crate) movie_id: Id,
    /// The id in the data set, where that is a text; `movie_id` is the number given to it.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) movie_key: Option<Text>,
    /// Title, without the year.
    pub(crate) title: Text,
    /// Higher is better. Scores are comparable within one model version only.
    pub(crate) score: f32,
    /// The part of the score that is the same for every user: 0 for the implicit objective, the movie's mean for the
    /// explicit one. The rest comes from the user's ratings.
    pub(crate) base: f32,
    /// The rated movies that contribute most, at most three.
    pub(crate) because: Vec<Reason>,
    /// The user's own rating of the movie, if any.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rating: Option<f32>,
    /// Version of the model.
    pub(crate) model_version: Id,
    /// `als`, `fold_in` if the user has given ratings since the model was trained, `popular` if the model learns nothing
    /// from the user's ratings.
    pub(crate) strategy: String,
    /// The user's variant of the running experiment, if any.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) variant: Option<String>,
    /// Present, and true, only while the database does not answer: there may be a newer answer.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stale: Option<bool>,
}

impl Example for Score {
    fn example() -> Self {
        Self {
            user_id: Id(42),
            user_key: None,
            movie_id: Id(4973),
            movie_key: None,
            title: "Amélie (Fabuleux destin d'Amélie Poulain, Le)".into(),
            score: 0.9731,
            base: 0.0,
            because: vec![Reason {
                movie_id: Id(1197),
                movie_key: None,
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

pub(crate) struct GetScore;

impl Operation for GetScore {
    const MEANS: &'static str = "The score";
    const PROBLEMS: &'static [(u16, &'static str)] = &[
        BAD_REQUEST,
        UNAUTHORIZED,
        FORBIDDEN,
        (404, "The user is unknown, or the model does not know the movie"),
        TOO_MANY,
        INTERNAL,
        UNAVAILABLE,
    ];
}

#[derive(Debug)]
pub(crate) struct ScoresApi {
    pub(crate) serving: Serving,
}

#[OpenApi(tag = "Tag::Recommendations")]
impl ScoresApi {
    /// Score one movie for one user
    ///
    /// Returns what the model predicts, whether or not the user has rated the movie, and the ratings it comes from.
    #[oai(path = "/score/:user_id/:movie_id", method = "get", operation_id = "get_score")]
    async fn score(
        &self,
        /// User id, as in the data set.
        user_id: Path<Id>,
        /// Movie id, as in the data set.
        movie_id: Path<Id>,
    ) -> Answered<Score, GetScore> {
        let (user_id, movie_id) = (user_id.0, movie_id.0);
        let found = self.serving.score(user_id.0, movie_id.0).await?;
        let catalogue = &found.view.version.catalogue;
        let movie = catalogue.movie(catalogue.locate(movie_id.0)?);
        let score = Score {
            user_id,
            user_key: found.user_key.clone().map(Text),
            movie_id,
            movie_key: key(movie),
            title: Text(movie.title.clone()),
            score: found.score,
            base: found.reasons.base,
            because: because(catalogue, &found.reasons),
            rating: found.rated,
            model_version: Id(found.view.version.version),
            strategy: found.strategy.name().to_owned(),
            variant: found.view.variant.as_deref().map(str::to_owned),
            stale: found.view.is_stale.then_some(true),
        };
        Ok(score.into())
    }
}
