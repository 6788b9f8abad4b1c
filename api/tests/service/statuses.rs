//! Every status that the description promises is answered, and no other.
//!
//! Each operation has one row in [`OPERATIONS`]. It is called in every situation that there is for all of them, and with
//! requests of its own that are bad; the statuses it gave must be those documented.

use std::{collections::BTreeSet, num::NonZeroU32};

use api::{
    app::Options,
    auth::Tokens,
    edge::{Limits, Rate},
};
use serde_json::Value;
use store_testing::TestDatabase;

use crate::{
    catalogue_statuses, cinema,
    client::{Answer, Service, ask_with_body},
    showing::{keyed, serving, showing},
    tokens::bearer,
};

/// A path, and a body unless it is empty.
type Request = (&'static str, &'static str);

/// How to call an operation.
struct Operation {
    /// As the description has it.
    id: &'static str,
    method: &'static str,
    /// 200.
    good: Request,
    /// 400 and 404.
    bad: &'static [Request],
    /// What makes the good request a 500, if anything can: a table that it reads or writes, spoiled.
    spoil: Option<&'static str>,
}

const RATINGS: &str = r#"{"ratings":[{"movie_id":7,"rating":5}]}"#;
const UNKNOWN_MOVIE: &str = r#"{"ratings":[{"movie_id":8,"rating":5}]}"#;
const BAD_RATING: &str = r#"{"ratings":[{"movie_id":7,"rating":6}]}"#;

const SPOIL_LISTS: &str =
    "ALTER TABLE recommendations RENAME scores TO s; ALTER TABLE recommendations ADD scores text";
const SPOIL_HISTORIES: &str =
    "ALTER TABLE user_histories RENAME packed TO p; ALTER TABLE user_histories ADD packed text DEFAULT 'x'";
const SPOIL_FEEDBACK: &str = "ALTER TABLE feedback ADD CHECK (user_id = 0) NOT VALID";
const SPOIL_KEYS: &str = "ALTER TABLE user_keys RENAME user_id TO u; ALTER TABLE user_keys ADD user_id text";
const SPOIL_VERSIONS: &str = "UPDATE versions SET counts = '7'";

const OPERATIONS: &[Operation] = &[
    Operation { id: "list_endpoints", method: "GET", good: ("/", ""), bad: &[], spoil: None },
    Operation {
        id: "recommend_to_user",
        method: "GET",
        good: ("/reco/2", ""),
        bad: &[("/reco/-1", ""), ("/reco/77", "")],
        spoil: Some(SPOIL_LISTS),
    },
    Operation {
        id: "recommend_to_user_by_key",
        method: "GET",
        good: ("/reco/by-key/user+2", ""),
        bad: &[("/reco/by-key/%20", ""), ("/reco/by-key/nobody", "")],
        spoil: Some(SPOIL_LISTS),
    },
    Operation {
        id: "recommend_to_random_user",
        method: "GET",
        good: ("/reco/random", ""),
        bad: &[("/reco/random?n=0", "")],
        spoil: Some(SPOIL_LISTS),
    },
    Operation {
        id: "recommend_to_newcomer",
        method: "POST",
        good: ("/reco/fold-in", RATINGS),
        bad: &[("/reco/fold-in", BAD_RATING), ("/reco/fold-in", UNKNOWN_MOVIE)],
        spoil: None,
    },
    Operation {
        id: "get_score",
        method: "GET",
        good: ("/score/2/14", ""),
        bad: &[("/score/-1/14", ""), ("/score/2/8", "")],
        spoil: Some(SPOIL_HISTORIES),
    },
    Operation {
        id: "get_user_by_key",
        method: "GET",
        good: ("/users/by-key/user+2", ""),
        bad: &[("/users/by-key/%20", ""), ("/users/by-key/nobody", "")],
        spoil: Some(SPOIL_KEYS),
    },
    Operation {
        id: "get_movie_by_key",
        method: "GET",
        good: ("/movies/by-key/tt7", ""),
        bad: &[("/movies/by-key/%20", ""), ("/movies/by-key/tt8", "")],
        spoil: None,
    },
    Operation {
        id: "list_ratings",
        method: "GET",
        good: ("/users/2/ratings", ""),
        bad: &[("/users/2/ratings?n=0", ""), ("/users/77/ratings", "")],
        spoil: Some(SPOIL_HISTORIES),
    },
    Operation {
        id: "record_ratings",
        method: "POST",
        good: ("/users/2/ratings", RATINGS),
        bad: &[("/users/2/ratings", BAD_RATING), ("/users/2/ratings", UNKNOWN_MOVIE)],
        spoil: Some(SPOIL_FEEDBACK),
    },
    Operation {
        id: "take_rating_back",
        method: "DELETE",
        good: ("/users/2/ratings/14", ""),
        bad: &[("/users/2/ratings/x", ""), ("/users/2/ratings/8", "")],
        spoil: Some(SPOIL_FEEDBACK),
    },
    Operation {
        id: "get_health",
        method: "GET",
        good: ("/health", ""),
        bad: &[],
        spoil: Some(SPOIL_VERSIONS),
    },
    Operation { id: "get_liveness", method: "GET", good: ("/health/live", ""), bad: &[], spoil: None },
    Operation { id: "get_readiness", method: "GET", good: ("/health/ready", ""), bad: &[], spoil: None },
    Operation { id: "get_metrics", method: "GET", good: ("/metrics", ""), bad: &[], spoil: None },
];

impl Operation {
    /// Calls it with a token of every scope, and further headers.
    async fn call(&self, service: &Service, request: Request, headers: &[(&str, &str)]) -> Answer {
        let token = bearer("somebody", "admin");
        self.call_as(service, request, &[&[("authorization", &*token)], headers].concat()).await
    }

    async fn call_as(&self, service: &Service, (path, body): Request, headers: &[(&str, &str)]) -> Answer {
        let length = body.len().to_string();
        let own = [("content-type", "application/json"), ("content-length", &*length)];
        let own = if body.is_empty() { &[][..] } else { &own };
        ask_with_body(service.address, self.method, path, &[headers, own].concat(), body.as_bytes()).await
    }

    /// The statuses that it gives where everything works.
    async fn well(&self, service: &Service) -> Vec<u16> {
        let good = self.call(service, self.good, &[]).await;
        assert_eq!(good.status, 200, "{}: {}", self.id, good.text());
        let mut statuses = vec![good.status];
        if let Some(tag) = good.headers.get("etag") {
            statuses.push(self.call(service, self.good, &[("if-none-match", tag)]).await.status);
        }
        for &request in self.bad {
            statuses.push(self.call(service, request, &[]).await.status);
        }
        let token = bearer("somebody", "read");
        for headers in [&[][..], &[("authorization", &*token)]] {
            statuses.push(self.call_as(service, self.good, headers).await.status);
        }
        statuses
    }

    /// The statuses that it gives to bodies that are too long or of another kind.
    async fn with_other_bodies(&self, service: &Service) -> Vec<u16> {
        if self.good.1.is_empty() {
            return Vec::new();
        }
        let token = bearer("somebody", "admin");
        let mut statuses = Vec::new();
        for length in [self.good.1.len(), 64 * 1024 + 1] {
            let body = self.good.1.to_owned() + &" ".repeat(length - self.good.1.len());
            let length = length.to_string();
            let headers = [("authorization", &*token), ("content-length", &length)];
            let answer = ask_with_body(service.address, self.method, self.good.0, &headers, body.as_bytes());
            statuses.push(answer.await.status);
        }
        statuses
    }

    /// The status that it gives where a table is spoiled.
    async fn spoiled(&self) -> Option<u16> {
        let spoil = self.spoil?;
        let (database, service) = showing(&cinema::implicit(1).with_keys()).await;
        database.execute(spoil).await;
        Some(self.call(&service, self.good, &[]).await.status)
    }
}

/// A service that answers one request a second.
async fn slow(database: &TestDatabase) -> Service {
    let rate = Some(Rate { per_second: NonZeroU32::MIN, burst: NonZeroU32::MIN });
    let limits = Limits { rate, ..keyed().limits };
    serving(database, Options { limits, ..keyed() }).await
}

/// A service that wants a token for reading, too.
async fn closed(database: &TestDatabase) -> Service {
    let tokens = Tokens { required: true, ..keyed().tokens };
    serving(database, Options { tokens, ..keyed() }).await
}

/// A service without room for a request, before the first publish.
async fn full() -> (TestDatabase, Service) {
    let database = TestDatabase::migrated().await;
    let limits = Limits { max_in_flight: 0, ..keyed().limits };
    let service = Service::with(database.connect().await, Options { limits, ..keyed() }).await;
    (database, service)
}

fn documented(spec: &Value, id: &str) -> BTreeSet<u16> {
    let paths = spec["paths"].as_object().unwrap().values();
    let mut operations = paths.flat_map(|operations| operations.as_object().unwrap().values());
    let operation = operations.find(|operation| operation["operationId"] == id);
    let responses = operation.unwrap_or_else(|| panic!("{id} is not described"))["responses"].as_object();
    responses.unwrap().keys().map(|status| status.parse().unwrap()).collect()
}

#[tokio::test]
async fn every_status_that_is_documented_is_answered_and_no_other() {
    let (database, service) = showing(&cinema::implicit(1).with_keys()).await;
    let (slow, (_empty, full)) = (slow(&database).await, full().await);
    let closed = closed(&database).await;
    let spec = service.get("/openapi.json").await.json();
    for operation in OPERATIONS {
        let mut answered = BTreeSet::from_iter(operation.well(&service).await);
        answered.extend(operation.with_other_bodies(&service).await);
        answered.extend(operation.spoiled().await);
        for _ in 0..4 {
            answered.insert(operation.call(&slow, operation.good, &[]).await.status);
        }
        answered.insert(operation.call(&full, operation.good, &[]).await.status);
        let other = bearer("somebody", "email");
        for headers in [&[][..], &[("authorization", &*other)]] {
            answered.insert(operation.call_as(&closed, operation.good, headers).await.status);
        }
        assert_eq!(answered, documented(&spec, operation.id), "{}", operation.id);
    }
}

#[test]
fn every_operation_is_called() {
    let spec: Value = serde_json::from_str(&api::app::spec()).unwrap_or_default();
    let paths = spec["paths"].as_object().unwrap().values();
    let described = paths.flat_map(|operations| operations.as_object().unwrap().values());
    let described: BTreeSet<&str> =
        described.map(|operation| operation["operationId"].as_str().unwrap()).collect();
    let elsewhere = catalogue_statuses::called();
    let elsewhere = elsewhere
        .map(|(method, name)| spec["paths"][name][method.to_lowercase()]["operationId"].as_str().unwrap());
    let called: BTreeSet<&str> = OPERATIONS.iter().map(|operation| operation.id).chain(elsewhere).collect();
    assert_eq!(called, described);
}
