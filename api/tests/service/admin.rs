//! Calls that choose what is served.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use store::Counts;
use store_testing::{Sample, TestDatabase, begin};

use crate::{
    client::{Answer, Service, ask_with_body},
    tokens::{bearer, guarded},
};

/// A request with a token of this scope and a body.
pub(crate) async fn send(service: &Service, method: &str, path: &str, scope: &str, body: &Value) -> Answer {
    let (token, body) = (bearer("team", scope), body.to_string());
    let length = body.len().to_string();
    let headers = [
        ("authorization", token.as_str()),
        ("content-type", "application/json"),
        ("content-length", &length),
    ];
    ask_with_body(service.address, method, path, &headers, body.as_bytes()).await
}

/// A service that takes tokens, with this many models, the last one live.
async fn with_models(models: i64) -> (TestDatabase, Service) {
    let (database, service) = guarded(false).await;
    let store = database.connect().await;
    for version in 2..=models {
        Sample::default().publish(&store, &format!("run-{version}")).await;
    }
    let live = async { while service.get("/movies/1").await.json()["model_version"] != models {} };
    tokio::time::timeout(std::time::Duration::from_secs(5), live).await.unwrap();
    (database, service)
}

async fn activate(service: &Service, version: i64) -> Answer {
    send(service, "POST", &format!("/models/{version}/activate"), "admin", &Value::Null).await
}

#[tokio::test]
async fn models_are_listed_with_their_evaluation_newest_first() {
    let (_database, service) = with_models(2).await;
    let models = service.get("/models").await.json();
    let of = |field: &str| -> Vec<&Value> {
        models["results"].as_array().unwrap().iter().map(|model| &model[field]).collect()
    };
    assert_eq!(of("version"), [2, 1]);
    assert_eq!(of("run_id"), ["run-2", "run-1"]);
    assert_eq!(of("is_live"), [true, false]);
    let (live, old) = (&models["results"][0], &models["results"][1]);
    assert_eq!(live["metrics"], json!([{"metric": "ndcg", "k": 10, "value": 0.3, "baseline": 0.2}]));
    assert_eq!(
        (&live["users"], &live["movies"], &live["parameters"]["rank"]),
        (&json!(3), &json!(5), &json!(2))
    );
    assert!(live["activated_at"].is_string() && live["published_at"].is_string());
    assert!(old["activated_at"].is_null() && old["published_at"].is_string());
    assert_eq!(&service.get("/models/live").await.json(), live);
}

#[tokio::test]
async fn an_activation_is_answered_once_the_model_is_served() {
    let (_database, service) = with_models(2).await;
    for (version, previous) in [(1, 2), (2, 1), (1, 2), (1, 1)] {
        let answer = activate(&service, version).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let activated = answer.json();
        assert_eq!(activated["run_id"], format!("run-{version}"));
        assert_eq!(
            (&activated["version"], &activated["previous_version"]),
            (&json!(version), &json!(previous))
        );
        assert_eq!(service.get("/reco/1").await.json()["model_version"], version);
        assert_eq!(service.get("/models/live").await.json()["version"], version);
    }
}

#[tokio::test]
async fn an_activation_during_a_publish_is_503_and_changes_nothing() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    Sample::default().publish(&store, "run-1").await;
    let busy = begin(&store, "busy").await;
    let hasty = store::ConnectOptions { publish_wait: std::time::Duration::ZERO, ..database.options() };
    let service = crate::tokens::guarded_on(store::Store::connect(&hasty).await.unwrap()).await;
    let answer = activate(&service, 1).await;
    let detail = "a publish is running; try again when it has ended";
    assert_eq!((answer.status, answer.detail().as_str()), (503, detail));
    assert_eq!(answer.headers["retry-after"], "2");
    // Ended in order, so that its lock is free.
    busy.finish(&Counts::default()).await.unwrap_err();
    assert_eq!(activate(&service, 1).await.status, 200);
}

fn experiment(name: &str, variants: &[(&str, i64, i32)]) -> Value {
    let variant = |(name, version, weight): &(&str, i64, i32)| json!({"name": name, "version": version, "weight": weight});
    json!({"name": name, "variants": variants.iter().map(variant).collect::<Vec<_>>()})
}

async fn set(service: &Service, wanted: &Value) -> Answer {
    send(service, "PUT", "/experiments", "admin", wanted).await
}

#[tokio::test]
async fn an_experiment_is_followed_as_soon_as_it_is_set_and_until_it_ends() {
    let (_database, service) = with_models(2).await;
    let none = json!({"name": null, "started_at": null, "variants": []});
    assert_eq!(service.get("/experiments").await.json(), none);

    let answer = set(&service, &experiment("e", &[("old", 1, 1), ("new", 2, 3)])).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let state = answer.json();
    assert_eq!(state["variants"][0], json!({"name": "old", "version": 1, "weight": 1, "share": 0.25}));
    assert!(state["started_at"].is_string());
    assert_eq!(service.get("/experiments").await.json(), state);
    for user_id in 1..=3 {
        let reco = service.get(&format!("/reco/{user_id}")).await.json();
        let version = if reco["variant"] == "old" { 1 } else { 2 };
        assert_eq!(reco["model_version"], version, "{reco}");
    }

    assert_eq!(set(&service, &experiment("e", &[("only", 1, 1)])).await.status, 200);
    let reco = service.get("/reco/1").await.json();
    assert_eq!((&reco["variant"], &reco["model_version"]), (&json!("only"), &json!(1)));

    assert_eq!(set(&service, &experiment("e", &[])).await.json(), none);
    let reco = service.get("/reco/1").await.json();
    assert_eq!((reco.get("variant"), &reco["model_version"]), (None, &json!(2)));
}

#[tokio::test]
async fn every_user_keeps_their_variant_and_its_share_is_that_of_the_weights() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let sample = Sample { users: (1..=400).collect(), ..Sample::default() };
    sample.publish(&store, "run-1").await;
    sample.publish(&store, "run-2").await;
    let service = crate::tokens::guarded_on(store).await;
    assert_eq!(set(&service, &experiment("e", &[("a", 1, 90), ("b", 2, 10)])).await.status, 200);
    let mut variants = BTreeMap::new();
    for user_id in 1..=400 {
        let reco = service.get(&format!("/reco/{user_id}?n=1")).await.json();
        variants.insert(user_id, reco["variant"].as_str().unwrap().to_owned());
    }
    let b = variants.values().filter(|variant| *variant == "b").count();
    assert!((20..=65).contains(&b), "{b} of 400");
    assert_eq!(set(&service, &experiment("e", &[("a", 1, 80), ("b", 2, 20)])).await.status, 200);
    for (user_id, before) in variants {
        let reco = service.get(&format!("/reco/{user_id}?n=1")).await.json();
        assert!(before == "a" || reco["variant"] == "b", "user {user_id} left a variant that grew");
    }
}

#[tokio::test]
async fn an_experiment_that_makes_no_sense_is_refused_and_the_running_one_goes_on() {
    let (_database, service) = with_models(1).await;
    let running = set(&service, &experiment("kept", &[("a", 1, 1)])).await.json();
    for (wanted, status, detail) in [
        (experiment("e", &[("a", 1, 1), ("a", 1, 2)]), 409, "variant a appears twice"),
        (experiment("e", &[("a", 1, 0)]), 400, "weight"),
        (experiment("e", &[("A b", 1, 1)]), 400, "name"),
        (experiment("", &[("a", 1, 1)]), 400, "name"),
        (experiment("e", &[("a", 1, 1); 11]), 400, "variants"),
        (json!({"name": "e"}), 400, "NewVariant"),
        (json!([]), 400, "body"),
        (experiment("e", &[("a", 7, 1)]), 404, "variant a wants version 7, which cannot be served"),
    ] {
        let answer = set(&service, &wanted).await;
        assert_eq!(answer.status, status, "{wanted}");
        assert!(answer.detail().contains(detail), "{wanted}: {}", answer.detail());
    }
    assert_eq!(service.get("/experiments").await.json(), running);
}
