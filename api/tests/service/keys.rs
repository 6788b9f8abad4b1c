//! Data sets whose ids are texts.

use api::{app::Options, serving::ServingOptions};
use serde_json::{Value, json};
use store::{Experiment, Variant};
use store_testing::TestDatabase;

use crate::{
    cinema::{self, CINEPHILE, Cinema, REGULAR, STRANGER, USERS, movie_key, user_key},
    client::{Service, options},
    outage::Cable,
    showing::{keyed, serving, showing},
};

fn cinema() -> Cinema {
    cinema::implicit(1).with_keys()
}

/// A text as a part of a path.
fn encoded(text: &str) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap();
    text.bytes().flat_map(|byte| ['%', digit(byte >> 4), digit(byte & 15)]).collect()
}

async fn json_of(service: &Service, path: &str) -> Value {
    let answer = service.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

#[tokio::test]
async fn a_key_leads_to_its_user_whatever_characters_it_has() {
    let (_database, service) = showing(&cinema()).await;
    for user_id in USERS {
        let key = user_key(user_id);
        let found = json_of(&service, &format!("/users/by-key/{}", encoded(&key))).await;
        assert_eq!(found, json!({"user_id": user_id, "user_key": key, "model_version": 1}));
    }
    for (path, user_id) in
        [("A%2fB%20%C3%BC", 1), ("user+2", 2), ("ratings", 3), ("%252F", 4), ("%20user%2B2%20", 2)]
    {
        assert_eq!(json_of(&service, &format!("/users/by-key/{path}")).await["user_id"], user_id, "{path}");
    }
}

#[tokio::test]
async fn a_key_leads_to_its_movie_whatever_characters_it_has() {
    let (_database, service) = showing(&cinema()).await;
    for movie_id in [7, 14, 21, cinema::UNRATED] {
        let by_key = json_of(&service, &format!("/movies/by-key/{}", encoded(&movie_key(movie_id)))).await;
        assert_eq!(by_key["movie_key"], movie_key(movie_id));
        assert_eq!(by_key, json_of(&service, &format!("/movies/{movie_id}")).await);
    }
    assert_eq!(json_of(&service, "/movies/by-key/similar").await["movie_id"], 14);
}

#[tokio::test]
async fn recommendations_by_key_are_those_of_the_user() {
    let (_database, service) = showing(&cinema()).await;
    for user_id in [CINEPHILE, REGULAR, cinema::GRUMBLER] {
        let key = encoded(&user_key(user_id));
        for wish in
            ["", "?n=100", "?n=5&offset=3&details=true", "?genre=Drama&explain=true", "?offset=95&exclude=7"]
        {
            let by_id = json_of(&service, &format!("/reco/{user_id}{wish}")).await;
            assert_eq!(json_of(&service, &format!("/reco/by-key/{key}{wish}")).await, by_id, "{wish}");
        }
    }
}

#[tokio::test]
async fn who_has_the_answer_to_a_key_is_told_so() {
    let (_database, service) = showing(&cinema()).await;
    let path = "/reco/by-key/user+2";
    let tag = service.get(path).await.headers["etag"].clone();
    let with_tag = [("if-none-match", &*tag)];
    assert_eq!(service.ask("GET", path, &with_tag).await.status, 304);
    service.rate(REGULAR, &[(7, 5.0)]).await;
    let changed = service.ask("GET", path, &with_tag).await;
    assert_eq!((changed.status, changed.list().strategy.as_str()), (200, "fold_in"));
}

/// An answer of every call that names users or movies.
async fn every_answer(service: &Service) -> Vec<Value> {
    let mut answers = Vec::new();
    for path in [
        "/reco/2?explain=true&details=true",
        "/reco/2?genre=Drama",
        "/reco/12?n=100",
        "/reco/random?n=3",
        "/score/2/14",
        "/users/2/ratings",
        "/movies?limit=5",
        "/movies/7",
        "/movies/7/similar",
        "/popular",
    ] {
        // The second time it comes from memory.
        for _ in 0..2 {
            answers.push(json_of(service, path).await);
        }
    }
    answers.push(service.fold_in(&[(7, 5.0), (21, 4.0)], json!({"explain": true})).await.json());
    answers.push(service.rate(REGULAR, &[(7, 5.0)]).await.json());
    answers.push(json_of(service, "/reco/2?explain=true").await);
    answers.push(service.take_back(REGULAR, 7).await.json());
    answers
}

/// Every id of an answer, with the key beside it.
fn ids_of(answer: &Value, found: &mut Vec<(&'static str, i64, Option<String>)>) {
    if let Some(object) = answer.as_object() {
        for (kind, id, key) in [("user", "user_id", "user_key"), ("movie", "movie_id", "movie_key")] {
            let key = object.get(key).map(|key| key.as_str().unwrap().to_owned());
            assert!(object.contains_key(id) || key.is_none(), "{answer}");
            found.extend(object.get(id).map(|id| (kind, id.as_i64().unwrap(), key)));
        }
        object.values().for_each(|inner| ids_of(inner, found));
    }
    answer.as_array().into_iter().flatten().for_each(|inner| ids_of(inner, found));
}

#[tokio::test]
async fn beside_every_id_stands_its_key_where_there_are_keys() {
    let (_database, service) = showing(&cinema()).await;
    for answer in every_answer(&service).await {
        let mut found = Vec::new();
        ids_of(&answer, &mut found);
        assert!(!found.is_empty(), "{answer}");
        for (kind, id, key) in found {
            let expected = if kind == "user" { user_key(id) } else { movie_key(id) };
            assert_eq!(key, Some(expected), "{kind} {id}: {answer}");
        }
    }
}

#[tokio::test]
async fn where_ids_are_numbers_no_answer_has_a_key() {
    let (_database, service) = showing(&cinema::implicit(1)).await;
    for answer in every_answer(&service).await {
        assert!(!answer.to_string().contains("_key"), "{answer}");
    }
}

#[tokio::test]
async fn an_unknown_key_is_404_and_named() {
    let (_database, service) = showing(&cinema()).await;
    let user = "no user has the key \"ä/?\"; try fallback=popular, or POST /reco/fold-in with some ratings";
    for path in ["/users/by-key/%C3%A4%2F%3F", "/reco/by-key/%C3%A4%2F%3F", "/reco/by-key/%C3%A4%2F%3F?n=3"] {
        let answer = service.get(path).await;
        assert_eq!((answer.status, &*answer.detail()), (404, user), "{path}");
    }
    let answer = service.get("/movies/by-key/TT7").await;
    let movie = "no movie has the key \"TT7\"; GET /movies finds movies";
    assert_eq!((answer.status, &*answer.detail()), (404, movie), "capitals matter");
}

#[tokio::test]
async fn where_users_have_numbers_no_key_leads_to_one_and_the_answer_says_why() {
    let (_database, service) = showing(&cinema::implicit(1)).await;
    let detail = "no user has the key \"2\": the users of the live model have ids that are numbers";
    for path in ["/users/by-key/2", "/reco/by-key/2", "/reco/by-key/2?fallback=popular"] {
        let answer = service.get(path).await;
        assert_eq!((answer.status, &*answer.detail()), (404, detail), "{path}");
    }
    assert_eq!(service.get("/movies/by-key/7").await.status, 404);
}

#[tokio::test]
async fn what_can_be_no_key_is_400_and_says_what_a_key_is() {
    let (_database, service) = showing(&cinema()).await;
    let detail = "key must be a text of at most 256 bytes, not empty and without control characters";
    for bad in ["%20", "a%00b", "%0A", "a%7Fb", "%FF", &"x".repeat(257), &"%C3%A9".repeat(129)] {
        for call in ["users", "movies", "reco"] {
            let answer = service.get(&format!("/{call}/by-key/{bad}")).await;
            assert_eq!((answer.status, &*answer.detail()), (400, detail), "{call} {bad}");
        }
    }
    assert_eq!(service.get("/reco/by-key/x?n=0").await.detail(), "n must be a whole number from 1 to 100");
}

#[tokio::test]
async fn an_unknown_key_gets_popular_movies_where_they_are_asked_for() {
    let cinema = cinema();
    let (_database, service) = showing(&cinema).await;
    let answer = service.get("/reco/by-key/nobody?fallback=popular").await;
    assert_eq!(answer.list().strategy, "popular");
    assert_eq!(answer.list().movie_ids(), cinema.popular()[..10]);
    let mut ids = Vec::new();
    ids_of(&answer.json(), &mut ids);
    assert_eq!(ids[0], ("user", 0, Some("nobody".to_owned())));
    let known = service.get("/reco/by-key/user+2?fallback=popular").await;
    assert_eq!(known.list().strategy, "als");
}

#[tokio::test]
async fn feedback_of_a_number_that_no_key_has_is_refused() {
    let (database, service) = showing(&cinema()).await;
    let refused = service.rate(STRANGER, &[(7, 5.0)]).await;
    let detail = "user 77 is unknown; users of this data set have keys, and only the pipeline gives a number to a new one";
    assert_eq!((refused.status, &*refused.detail()), (404, detail));
    assert_eq!(database.connect().await.feedback_of(STRANGER).await.unwrap(), []);
    assert_eq!(service.rate(REGULAR, &[(7, 5.0)]).await.status, 200);
}

#[tokio::test]
async fn a_version_from_before_there_were_keys_is_served_until_one_with_keys_is_live() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    cinema::implicit(1).publish(&store, "old").await;
    database
        .execute(
            "DROP TABLE user_keys; ALTER TABLE movies DROP COLUMN key;
             UPDATE versions SET counts = counts - 'user_keys';
             DELETE FROM _sqlx_migrations WHERE version = 8",
        )
        .await;
    store.migrate().await.unwrap();
    let service = serving(&database, keyed()).await;
    assert!(!json_of(&service, "/reco/2?explain=true").await.to_string().contains("_key"));
    assert_eq!(service.get("/reco/by-key/user+2").await.status, 404);
    assert_eq!(service.rate(STRANGER, &[(7, 5.0)]).await.status, 200, "numbers may be new");

    cinema().publish(&store, "new").await;
    let answer = service.until("/reco/by-key/user+2", |answer| answer.status == 200).await.json();
    assert_eq!((&answer["user_key"], &answer["model_version"]), (&json!("user+2"), &json!(2)));
}

#[tokio::test]
async fn a_key_that_only_a_variant_knows_leads_to_its_user_there() {
    let (database, service) = showing(&cinema()).await;
    let store = database.connect().await;
    let wider = cinema().with((STRANGER, 7), 5.0, 1_600_000_000_000_000);
    let version = wider.load(&store, "wider").await.version();
    let variant = Variant { name: "wider".to_owned(), version, weight: 1 };
    let experiment = Experiment { name: "e".to_owned(), variants: vec![variant] };
    store.set_experiment(Some(&experiment)).await.unwrap();
    let path = format!("/reco/by-key/user+{STRANGER}");
    let answer = service.until(&path, |answer| answer.status == 200).await.json();
    assert_eq!((&answer["variant"], &answer["model_version"]), (&json!("wider"), &json!(version)));
    assert_eq!(answer["user_id"], STRANGER);
}

#[tokio::test]
async fn keys_in_memory_are_answered_while_the_database_is_away() {
    let database = TestDatabase::migrated().await;
    cinema().publish(&database.connect().await, "run-1").await;
    let mut cable = Cable::to(&database.url()).await;
    let serving = ServingOptions { serve_stale: true, ..options().serving };
    let service =
        Service::impatient(cable.url(&database), Options { serving, ..options() }).await.ready().await;
    let path = "/reco/by-key/user+2";
    let fresh = json_of(&service, path).await;
    cable.pull().await;
    let stale = service.until(path, |answer| answer.json()["stale"] == true).await.json();
    assert_eq!(stale["results"], fresh["results"]);
    assert_eq!(json_of(&service, "/users/by-key/user+2").await["stale"], true);
    assert_eq!(json_of(&service, "/movies/by-key/tt7").await["stale"], true);
    assert_eq!(service.get("/reco/by-key/user+8").await.status, 503, "never asked for before");
}
