//! `GET /`: where to go from here.

use poem_openapi::{Object, OpenApi, types::Example};
use serde::Serialize;

use super::{
    Answered, Operation, Tag,
    answer::{TOO_MANY, UNAVAILABLE},
};
use crate::site::{self, Site};

/// Every operation and page: method, path, description. A test compares it with the OpenAPI description.
pub const ENDPOINTS: [(&str, &str, &str); 30] = [
    ("GET", "/", "this list"),
    ("GET", "/reco/{user_id}?n=10", "recommendations for a user"),
    ("GET", "/reco/by-key/{key}?n=10", "recommendations for a user whose id is a text"),
    ("GET", "/reco/random?n=10", "recommendations for a randomly chosen user"),
    ("POST", "/reco/fold-in", "recommendations for given ratings"),
    ("GET", "/score/{user_id}/{movie_id}", "the score of a movie for a user, explained"),
    ("GET", "/users/by-key/{key}", "the user whose id is this text"),
    ("GET", "/users/{user_id}/ratings", "the ratings of a user"),
    ("POST", "/users/{user_id}/ratings", "record ratings"),
    ("DELETE", "/users/{user_id}/ratings/{movie_id}", "take a rating back"),
    ("GET", "/movies?q=amelie", "search for movies by title, genre and year"),
    ("GET", "/movies/{movie_id}", "a movie"),
    ("GET", "/movies/by-key/{key}", "the movie whose id is this text"),
    ("GET", "/movies/{movie_id}/similar?n=10", "similar movies"),
    ("GET", "/genres", "all genres"),
    ("GET", "/popular?n=10", "popular movies, of all genres or of one"),
    ("GET", "/models", "the models that can be activated, with their evaluation"),
    ("GET", "/models/live", "the live model"),
    ("POST", "/models/{version}/activate", "activate a model: roll back, or forward again"),
    ("GET", "/experiments", "the running experiment"),
    ("PUT", "/experiments", "split users between models"),
    ("GET", "/health", "whether the service, its database and its model are ready"),
    ("GET", "/health/live", "whether the process answers"),
    ("GET", "/health/ready", "whether requests can be answered right now"),
    ("GET", "/metrics", "metrics for Prometheus"),
    ("GET", "/openapi.json", "the OpenAPI description"),
    ("GET", "/docs", "the API documentation, to try out: Swagger UI"),
    ("GET", "/redoc", "the API documentation, to read: ReDoc"),
    ("GET", "/ui/", "a plain page that shows recommendations"),
    ("GET", "/app/", "the app: films, recommendations, your own profile, the models"),
];

/// The welcome.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub(crate) struct Welcome {
    /// A greeting.
    pub(crate) message: String,
    /// The release of the service.
    pub(crate) version: String,
    /// Where to go from here.
    pub(crate) endpoints: Vec<Endpoint>,
}

/// One endpoint.
#[derive(Debug, Object, Serialize)]
pub(crate) struct Endpoint {
    /// HTTP method.
    pub(crate) method: String,
    /// Path, with its parameters in braces.
    pub(crate) path: String,
    /// What it is for.
    pub(crate) description: String,
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

pub(crate) struct ListEndpoints;

impl Operation for ListEndpoints {
    const MEANS: &'static str = "The list of endpoints";
    const PROBLEMS: &'static [(u16, &'static str)] = &[TOO_MANY, UNAVAILABLE];
}

#[derive(Debug)]
pub(crate) struct RootApi {
    pub(crate) site: Site,
}

#[OpenApi(tag = "Tag::Service")]
impl RootApi {
    /// List the endpoints
    #[oai(path = "/", method = "get", operation_id = "list_endpoints")]
    #[allow(clippy::unused_async, reason = "the macro awaits it")]
    async fn welcome(&self) -> Answered<Welcome, ListEndpoints> {
        Ok(Welcome::new(&self.site).into())
    }
}
