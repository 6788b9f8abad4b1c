//! The service with a role that has the least rights, as it runs in containers. Most other tests give it one, too.

use serde_json::{Value, json};
use store::testing::Sample;

use crate::{
    admin::send,
    client::{Answer, Service},
    tokens::guarded,
};

async fn ok(service: &Service, method: &str, path: &str, body: &Value) -> Answer {
    let answer = send(service, method, path, "admin", body).await;
    assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text());
    answer
}

#[tokio::test]
async fn the_whole_service_works_with_the_least_rights() {
    let (database, service) = guarded(false).await;
    let is_role_of_api = "DO $$BEGIN
        ASSERT EXISTS (SELECT FROM pg_stat_activity
                       WHERE datname = current_database() AND usename = datname || '_api');
        ASSERT NOT has_table_privilege(current_database() || '_api', 'recommendations', 'INSERT');
    END$$";
    database.execute(is_role_of_api).await;
    // Published after the rights were given.
    Sample::default().publish(&database.connect().await, "run-2").await;
    service.until("/reco/1", |answer| answer.json()["model_version"] == 2).await;
    for path in [
        "/reco/1",
        "/reco/random",
        "/reco/1?genre=Drama",
        "/movies?q=amelie",
        "/movies?sort=year",
        "/movies/1",
        "/movies/1/similar",
        "/popular",
        "/users/1/ratings",
        "/models",
        "/models/live",
        "/experiments",
        "/health",
        "/health/ready",
        "/metrics",
        "/score/1/2",
    ] {
        let answer =
            service.ask("GET", path, &[("authorization", &crate::tokens::bearer("team", "admin"))]).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
    ok(&service, "POST", "/users/1/ratings", &json!({"ratings": [{"movie_id": 2, "rating": 5}]})).await;
    ok(&service, "DELETE", "/users/1/ratings/2", &json!({})).await;
    ok(&service, "POST", "/reco/fold-in", &json!({"ratings": [{"movie_id": 1, "rating": 5}]})).await;
    ok(&service, "POST", "/models/1/activate", &json!({})).await;
    assert_eq!(service.get("/reco/1").await.json()["model_version"], 1);
    let variants = json!([{"name": "new", "version": 2, "weight": 1}]);
    for variants in [&variants, &variants, &json!([])] {
        ok(&service, "PUT", "/experiments", &json!({"name": "e", "variants": variants})).await;
    }
}
