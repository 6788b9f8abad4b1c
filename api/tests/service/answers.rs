use serde_json::json;
use store_testing::Sample;

use crate::{
    cinema::{self, REGULAR, movie_key, user_key},
    client::published,
    showing::showing,
};

#[tokio::test]
async fn a_users_list_is_answered_best_first_with_its_titles() {
    let (_database, service) = published().await;
    let answer = service.get("/reco/2?n=3").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "application/json; charset=utf-8");
    assert_eq!(
        answer.json(),
        json!({
            "user_id": 2, "n": 3, "offset": 0, "is_random": false, "model_version": 1, "strategy": "als",
            "results": [
                {"user_id": 2, "movie_id": 3, "title": "Żółć \\N {1,2}", "score": 1.0},
                {"user_id": 2, "movie_id": 4, "title": "千と千尋の神隠し 🎬", "score": 0.5},
                {"user_id": 2, "movie_id": 5, "title": "'; DROP TABLE movies; --", "score": 0.333_333_34},
            ],
        })
    );
    assert!(answer.text().contains("0.33333334}"), "{}", answer.text());
}

#[tokio::test]
async fn ten_movies_are_the_default_and_a_short_list_is_no_error() {
    let (_database, service) = published().await;
    let answer = service.get("/reco/1").await.json();
    assert_eq!((answer["n"].as_u64(), answer["results"].as_array().unwrap().len()), (Some(10), 5));
}

#[tokio::test]
async fn random_is_not_taken_for_a_user_id() {
    let (_database, service) = published().await;
    let answer = service.get("/reco/random?n=1").await;
    assert_eq!(answer.status, 200);
    let answer = answer.json();
    assert_eq!(answer["is_random"], true);
    let user_id = answer["user_id"].as_i64().unwrap();
    assert!(Sample::default().users.contains(&user_id));
    assert_eq!(answer["results"][0]["movie_id"], Sample::default().list_of(user_id)[0]);
}

#[tokio::test]
async fn health_tells_the_model_and_its_age() {
    let (_database, service) = published().await;
    let answer = service.get("/health").await;
    assert_eq!(answer.status, 200);
    let health = answer.json();
    assert_eq!((&health["status"], &health["database"]), (&json!("ok"), &json!("connected")));
    assert_eq!((&health["model_version"], &health["model_run_id"]), (&json!(1), &json!("run-1")));
    assert_eq!((&health["users"], &health["movies"]), (&json!(3), &json!(5)));
    assert!(health["model_age_seconds"].as_u64().unwrap() < 60);
}

#[tokio::test]
async fn the_welcome_lists_endpoints_that_all_exist() {
    let (_database, service) = showing(&cinema::implicit(1).with_keys()).await;
    let welcome = service.get("/").await.json();
    for endpoint in welcome["endpoints"].as_array().unwrap() {
        let (method, path) = (endpoint["method"].as_str().unwrap(), endpoint["path"].as_str().unwrap());
        let key = if path.starts_with("/movies") { movie_key(7) } else { user_key(REGULAR) };
        let path = path.replace("{user_id}", "2").replace("{movie_id}", "7").replace("{key}", &key);
        let status = service.ask(method, &path, &[]).await.status;
        // Those that write want a token or a body first.
        let wanted = if method == "GET" { &[200][..] } else { &[400, 401, 415, 503] };
        assert!(wanted.contains(&status), "{method} {path}: {status}");
    }
}

#[tokio::test]
async fn head_answers_like_get_without_a_body() {
    let (_database, service) = published().await;
    let answer = service.ask("HEAD", "/reco/1", &[]).await;
    assert_eq!((answer.status, answer.body.len()), (200, 0));
}

#[tokio::test]
async fn a_new_model_is_answered_once_it_is_live() {
    let (database, service) = published().await;
    let store = database.connect().await;
    let next = Sample { users: vec![9], ..Sample::default() }.load(&store, "run-2").await;
    assert_eq!(service.get("/reco/9").await.status, 404);
    next.activate().await.unwrap();
    let answer = service.until("/reco/9", |answer| answer.status == 200).await;
    assert_eq!(answer.json()["model_version"], 2);
    assert_eq!(service.get("/reco/1").await.status, 404);
}
