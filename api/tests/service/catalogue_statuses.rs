//! Each call of the catalogue, the models and the experiment gives every status that it documents, and no other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use store_testing::TestDatabase;

use crate::{
    admin::send,
    client::{Service, ask_with_body},
    limits::{limited, rate},
    tokens::{bearer, guarded, guarded_on},
};

/// An operation, with requests for the statuses that depend on what is asked.
struct Call {
    method: &'static str,
    name: &'static str,
    good: &'static str,
    others: &'static [(&'static str, u16)],
    /// Makes the database give what nobody can read.
    damage: Option<&'static str>,
}

const fn get(name: &'static str, good: &'static str) -> Call {
    Call { method: "GET", name, good, others: &[], damage: None }
}

const CALLS: [Call; 9] = [
    Call {
        others: &[("/movies?limit=0", 400), ("/movies?cursor=x", 404)],
        damage: Some("ALTER TABLE movies RENAME year TO y; ALTER TABLE movies ADD year text DEFAULT 'x'"),
        ..get("/movies", "/movies")
    },
    Call { others: &[("/movies/-1", 400), ("/movies/404", 404)], ..get("/movies/{movie_id}", "/movies/1") },
    Call {
        others: &[("/movies/-1/similar", 400), ("/movies/404/similar", 404)],
        damage: Some(
            "ALTER TABLE similar_movies RENAME scores TO s; ALTER TABLE similar_movies ADD scores text[]",
        ),
        ..get("/movies/{movie_id}/similar", "/movies/1/similar")
    },
    get("/genres", "/genres"),
    Call { others: &[("/popular?n=0", 400), ("/popular?genre=x", 404)], ..get("/popular", "/popular") },
    Call {
        damage: Some(
            "ALTER TABLE version_metrics RENAME value TO v; ALTER TABLE version_metrics ADD value text",
        ),
        ..get("/models", "/models")
    },
    // Damaged by the one before.
    Call { damage: Some("SELECT 'the same table'"), ..get("/models/live", "/models/live") },
    Call {
        method: "POST",
        others: &[("/models/-1/activate", 400), ("/models/9/activate", 404)],
        damage: Some(
            "ALTER TABLE versions RENAME published_at TO p; ALTER TABLE versions ADD published_at text",
        ),
        ..get("/models/{version}/activate", "/models/1/activate")
    },
    // Last, because the service itself looks at it all the time.
    Call {
        damage: Some(
            "ALTER TABLE experiment RENAME name TO n; ALTER TABLE experiment ALTER n DROP NOT NULL;
             ALTER TABLE experiment ADD name integer; INSERT INTO experiment DEFAULT VALUES;
             INSERT INTO experiment_variants (place, name, version, weight) VALUES (1, 'a', 1, 1)",
        ),
        ..get("/experiments", "/experiments")
    },
];

/// The method and the path of every call that is made here.
pub(crate) fn called() -> impl Iterator<Item = (&'static str, &'static str)> {
    CALLS.iter().map(|call| (call.method, call.name)).chain([("PUT", "/experiments")])
}

async fn ask(service: &Service, call: &Call, path: &str, scope: &str) -> u16 {
    send(service, call.method, path, scope, &Value::Null).await.status
}

fn documented(spec: &Value, method: &str, name: &str) -> BTreeSet<u16> {
    let responses = &spec["paths"][name][method.to_lowercase()]["responses"];
    responses.as_object().unwrap().keys().map(|status| status.parse().unwrap()).collect()
}

#[tokio::test]
async fn each_call_gives_every_status_it_documents_and_no_other() {
    let (database, open) = guarded(false).await;
    let (_required_database, required) = guarded(true).await;
    let unpublished_database = TestDatabase::migrated().await;
    let unpublished = guarded_on(unpublished_database.connect().await).await;
    let spec = open.get("/openapi.json").await.json();
    let mut given: BTreeMap<&str, BTreeSet<u16>> = BTreeMap::new();
    for call in &CALLS {
        let statuses = given.entry(call.name).or_default();
        statuses.insert(ask(&open, call, call.good, "admin").await);
        for &(path, status) in call.others {
            assert_eq!(ask(&open, call, path, "admin").await, status, "{path}");
            statuses.insert(status);
        }
        statuses.insert(ask_with_body(required.address, call.method, call.good, &[], b"").await.status);
        statuses.insert(ask(&required, call, call.good, "email").await);
        let (_limited_database, limited) = limited(rate(1)).await;
        for _ in 0..2 {
            let status = ask_with_body(limited.address, call.method, call.good, &[], b"").await.status;
            statuses.extend((status == 429).then_some(429));
        }
        statuses.insert(unavailable(&unpublished, &unpublished_database, call).await);
    }
    for call in &CALLS {
        if let Some(damage) = call.damage {
            database.execute(damage).await;
            given.entry(call.name).or_default().insert(ask(&open, call, call.good, "admin").await);
        }
    }
    for call in &CALLS {
        assert_eq!(
            given[call.name],
            documented(&spec, call.method, call.name),
            "{} {}",
            call.method,
            call.name
        );
    }
}

/// Without a live model, else without a secret, else without a schema.
async fn unavailable(service: &Service, database: &TestDatabase, call: &Call) -> u16 {
    if call.method == "POST" {
        let (_database, keyless) = limited(crate::client::options().limits).await;
        return ask_with_body(keyless.address, call.method, call.good, &[], b"").await.status;
    }
    if matches!(call.name, "/models" | "/experiments") {
        database.execute("ALTER SCHEMA public RENAME TO gone").await;
        let status = ask(service, call, call.good, "admin").await;
        database.execute("ALTER SCHEMA gone RENAME TO public").await;
        return status;
    }
    ask(service, call, call.good, "admin").await
}

#[tokio::test]
async fn setting_an_experiment_gives_every_status_it_documents_and_no_other() {
    let (database, service) = guarded(false).await;
    let wanted = |version| json!({"name": "e", "variants": [{"name": "a", "version": version, "weight": 1}]});
    let one = json!({"name": "a", "version": 1, "weight": 1});
    let twice = json!({"name": "e", "variants": [one, one]});
    let put = async |scope, body: &Value| send(&service, "PUT", "/experiments", scope, body).await.status;
    let raw = async |service: &Service, kind: &str, body: &str| {
        let (token, length) = (bearer("team", "admin"), body.len().to_string());
        let headers =
            [("authorization", token.as_str()), ("content-type", kind), ("content-length", &length)];
        ask_with_body(service.address, "PUT", "/experiments", &headers, body.as_bytes()).await.status
    };
    let mut statuses = BTreeSet::new();
    for (given, expected) in [
        (put("admin", &wanted(1)).await, 200),
        (put("admin", &Value::Null).await, 400),
        (ask_with_body(service.address, "PUT", "/experiments", &[], b"").await.status, 401),
        (put("write", &wanted(1)).await, 403),
        (put("admin", &wanted(9)).await, 404),
        (put("admin", &twice).await, 409),
        (raw(&service, "application/json", &" ".repeat((64 << 10) + 1)).await, 413),
        (raw(&service, "text/plain", "{}").await, 415),
        (raw(&limited(crate::client::options().limits).await.1, "application/json", "{}").await, 503),
    ] {
        assert_eq!(given, expected);
        statuses.insert(given);
    }
    let (_limited_database, limited) = limited(rate(1)).await;
    raw(&limited, "application/json", "{}").await;
    statuses.insert(raw(&limited, "application/json", "{}").await);
    let damage = "ALTER TABLE experiment_variants DROP CONSTRAINT experiment_variants_weight_check,
                  ALTER weight TYPE boolean USING true";
    database.execute(damage).await;
    statuses.insert(put("admin", &wanted(1)).await);
    let spec = service.get("/openapi.json").await.json();
    assert_eq!(statuses, documented(&spec, "PUT", "/experiments"));
}
