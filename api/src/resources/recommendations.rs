//! `GET /reco/{user_id}` and `GET /reco/random`: what to watch next.

use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    types::Example,
};
use serde::Serialize;
use store::{Lookup, RecommendationList, Store};

use super::Tag;
use crate::{
    answer::{Answer, BAD_REQUEST, INTERNAL, Operation, UNAVAILABLE},
    errors::{self, Fault},
};

/// What is recommended to one user.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub struct Recommendations {
    /// The user.
    #[oai(validator(minimum(value = "1"), maximum(value = "9007199254740991")))]
    pub user_id: i64,
    /// How many movies were asked for. The list is shorter if the model ranked fewer.
    #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
    pub n: u16,
    /// Whether the user was chosen at random.
    pub is_random: bool,
    /// The number of the model that made the list.
    #[oai(validator(minimum(value = "1"), maximum(value = "9007199254740991")))]
    pub model_version: i64,
    /// Movies the user has not rated, best first.
    pub results: Vec<Recommendation>,
}

/// A movie for a user.
#[derive(Debug, Object, Serialize)]
pub struct Recommendation {
    /// The user.
    #[oai(validator(minimum(value = "1"), maximum(value = "9007199254740991")))]
    pub user_id: i64,
    /// The movie, as the data set numbers it.
    #[oai(validator(minimum(value = "1"), maximum(value = "9007199254740991")))]
    pub movie_id: i64,
    /// Its title.
    pub title: String,
    /// Higher is better. Scores of different models cannot be compared.
    pub score: f64,
}

impl Recommendations {
    fn new(list: RecommendationList, n: u16, is_random: bool) -> Self {
        let user_id = list.user_id;
        let results = list
            .movies
            .into_iter()
            .map(|movie| Recommendation {
                user_id,
                movie_id: movie.movie_id,
                title: movie.title,
                score: shortest(movie.score),
            })
            .collect();
        Self { user_id, n, is_random, model_version: list.version, results }
    }
}

/// The `f64` that prints like the `f32` does: 0.9 instead of 0.8999999761581421.
fn shortest(score: f32) -> f64 {
    score.to_string().parse().unwrap_or_else(|_| f64::from(score))
}

impl Example for Recommendations {
    fn example() -> Self {
        let movie = |movie_id, title: &str, score| Recommendation {
            user_id: 42,
            movie_id,
            title: title.to_owned(),
            score,
        };
        Self {
            user_id: 42,
            n: 2,
            is_random: false,
            model_version: 12,
            results: vec![
                movie(4973, "Amélie (Fabuleux destin d'Amélie Poulain, Le)", 0.9731),
                movie(1197, "Princess Bride, The", 0.9442),
            ],
        }
    }
}

/// `GET /reco/{user_id}`.
#[derive(Debug)]
pub struct RecommendToUser;

impl Operation for RecommendToUser {
    const MEANS: &'static str = "The user's list";
    const PATH: &'static [&'static str] = &["user_id"];
    const FAULTS: &'static [(u16, &'static str)] =
        &[BAD_REQUEST, (404, "The live model does not know the user"), INTERNAL, UNAVAILABLE];
}

/// `GET /reco/random`.
#[derive(Debug)]
pub struct RecommendToRandomUser;

impl Operation for RecommendToRandomUser {
    const MEANS: &'static str = "The list of a random user";
    const FAULTS: &'static [(u16, &'static str)] = &[BAD_REQUEST, INTERNAL, UNAVAILABLE];
}

/// The calls of this module.
#[derive(Debug)]
pub struct RecommendationsApi {
    /// What is served.
    pub store: Store,
}

fn ten() -> u16 {
    10
}

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
    ) -> Answer<Recommendations, RecommendToRandomUser> {
        match self.store.random_recommendations(n.0).await {
            Ok(Some(list)) => Ok(Recommendations::new(list, n.0, true)),
            Ok(None) => Err(Fault::unavailable(errors::NO_MODEL)),
            Err(error) => Err(error.into()),
        }
        .into()
    }

    /// Recommend movies to a user
    ///
    /// The movies the live model expects the user to like best, among those the user has not rated.
    #[oai(path = "/:user_id", method = "get", operation_id = "recommend_to_user")]
    async fn user(
        &self,
        /// The user, as the data set numbers them
        #[oai(validator(minimum(value = "1"), maximum(value = "9007199254740991")))]
        user_id: Path<i64>,
        /// How many movies
        #[oai(default = "ten", validator(minimum(value = "1"), maximum(value = "100")))]
        n: Query<u16>,
    ) -> Answer<Recommendations, RecommendToUser> {
        match self.store.recommendations(user_id.0, n.0).await {
            Ok(Lookup::Found(list)) => Ok(Recommendations::new(list, n.0, false)),
            Ok(Lookup::UnknownUser { .. }) => {
                Err(Fault::not_found(format!("user {} is unknown; try /reco/random", user_id.0)))
            }
            Ok(Lookup::NoLiveVersion) => Err(Fault::unavailable(errors::NO_MODEL)),
            Err(error) => Err(error.into()),
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_prints_as_short_as_it_can() {
        assert_eq!(serde_json::json!(shortest(0.9)).to_string(), "0.9");
        assert_eq!(shortest(f32::MIN_POSITIVE).to_string(), f32::MIN_POSITIVE.to_string());
    }
}
