//! `GET /`: where to go from here.

use poem_openapi::{Object, OpenApi, types::Example};
use serde::Serialize;

use super::Tag;
use crate::{
    answer::{Answer, Operation, TOO_MANY, UNAVAILABLE},
    errors::Fault,
    site::{self, Site},
};

/// Every operation and page. A test compares it with the OpenAPI description.
pub const ENDPOINTS: [(&str, &str, &str); 27] = [
    ("GET", "/", "this list"),
    ("GET", "/reco/{user_id}?n=10", "the best movies for a user"),
    ("GET", "/reco/random?n=10", "the best movies for a random user"),
    ("POST", "/reco/fold-in", "the best movies for somebody with these ratings"),
    ("GET", "/score/{user_id}/{movie_id}", "the score of a movie for a user, explained"),
    ("GET", "/users/{user_id}/ratings", "what a user has rated"),
    ("POST", "/users/{user_id}/ratings", "record ratings"),
    ("DELETE", "/users/{user_id}/ratings/{movie_id}", "take a rating back"),
    ("GET", "/movies?q=amelie", "movies by title, genre and year"),
    ("GET", "/movies/{movie_id}", "a movie"),
    ("GET", "/movies/{movie_id}/similar?n=10", "movies like a movie"),
    ("GET", "/genres", "the genres"),
    ("GET", "/popular?n=10", "popular movies, of all genres or of one"),
    ("GET", "/models", "the models that can be made live, with their evaluation"),
    ("GET", "/models/live", "the live model"),
    ("POST", "/models/{version}/activate", "make a model live: roll back, or forward again"),
    ("GET", "/experiments", "the experiment that runs"),
    ("PUT", "/experiments", "share the users between models"),
    ("GET", "/health", "whether the service, its database and its model are ready"),
    ("GET", "/health/live", "whether the process answers"),
    ("GET", "/health/ready", "whether requests can be answered this moment"),
    ("GET", "/metrics", "metrics for Prometheus"),
    ("GET", "/openapi.json", "the OpenAPI description"),
    ("GET", "/docs", "the same to try out: Swagger UI"),
    ("GET", "/redoc", "the same to read: ReDoc"),
    ("GET", "/ui/", "a plain page that shows recommendations"),
    ("GET", "/app/", "the app: films, recommendations, your own taste, the models"),
];

/// The welcome.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub struct Welcome {
    /// A greeting.
    pub message: String,
    /// The release of the service.
    pub version: String,
    /// Where to go from here.
    pub endpoints: Vec<Endpoint>,
}

/// One endpoint.
#[derive(Debug, Object, Serialize)]
pub struct Endpoint {
    /// The HTTP method.
    pub method: String,
    /// The path, with its parameters in braces.
    pub path: String,
    /// What it answers.
    pub description: String,
}

impl Welcome {
    /// Names what is there: a front end only if this service has it.
    fn new(site: &Site) -> Self {
        let endpoint = |(method, path, description): (&str, &str, &str)| Endpoint {
            method: method.to_owned(),
            path: path.to_owned(),
            description: description.to_owned(),
        };
        let is_there = |(_, path, _): &(&str, &str, &str)| !site::is_page(path) || site.has(path);
        Self {
            message: "Welcome to Cinelake, a movie recommender".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            endpoints: ENDPOINTS.into_iter().filter(is_there).map(endpoint).collect(),
        }
    }
}

impl Example for Welcome {
    fn example() -> Self {
        Self::new(&Site::default())
    }
}

/// `GET /`.
#[derive(Debug)]
pub struct ListEndpoints;

impl Operation for ListEndpoints {
    const MEANS: &'static str = "The list of endpoints";
    const FAULTS: &'static [(u16, &'static str)] = &[TOO_MANY, UNAVAILABLE];
}

/// The calls of this module.
#[derive(Debug)]
pub struct RootApi {
    /// The pages beside the calls.
    pub site: Site,
}

#[OpenApi(tag = "Tag::Service")]
impl RootApi {
    /// List the endpoints
    #[oai(path = "/", method = "get", operation_id = "list_endpoints")]
    #[allow(clippy::unused_async, reason = "the macro awaits it")]
    async fn welcome(&self) -> Answer<Welcome, ListEndpoints> {
        Ok::<_, Fault>(Welcome::new(&self.site)).into()
    }
}
