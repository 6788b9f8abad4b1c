use std::time::Duration;

use api::app::Options;
use store_testing::TestDatabase;

use crate::client::{Service, options, published};

#[tokio::test]
async fn a_bad_n_is_400_and_names_the_range() {
    let (_database, service) = published().await;
    for n in ["0", "101", "abc", "-1", "70000", "1.5", "", "%00", "1e1"] {
        for path in ["/reco/1", "/reco/random"] {
            let answer = service.get(&format!("{path}?n={n}")).await;
            assert_eq!(answer.status, 400, "{path}?n={n}");
            assert_eq!(answer.detail(), "n must be a whole number from 1 to 100");
        }
    }
}

#[tokio::test]
async fn the_ends_of_the_range_are_good() {
    let (_database, service) = published().await;
    for n in [1, 100] {
        assert_eq!(service.get(&format!("/reco/1?n={n}")).await.status, 200);
    }
}

#[tokio::test]
async fn a_bad_user_id_is_400() {
    let (_database, service) = published().await;
    for id in ["abc", "-1", "1.0", "9007199254740992", "99999999999999999999", "%27%20OR%201=1"] {
        let answer = service.get(&format!("/reco/{id}")).await;
        assert_eq!(answer.status, 400, "{id}");
        assert_eq!(answer.detail(), "user_id must be a whole number from 0 to 9007199254740991");
    }
}

#[tokio::test]
async fn an_unknown_user_is_404_and_named() {
    let (_database, service) = published().await;
    let answer = service.get("/reco/9007199254740991").await;
    assert_eq!(answer.status, 404);
    assert!(answer.detail().starts_with("user 9007199254740991 is unknown; "), "{}", answer.detail());
}

#[tokio::test]
async fn an_unknown_path_is_404_in_json() {
    let (_database, service) = published().await;
    for path in ["/nothing", "/reco", "/reco/1/2", "/docs/x"] {
        let answer = service.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.detail().contains("GET /"));
    }
}

#[tokio::test]
async fn a_path_that_is_not_text_is_400() {
    let (_database, service) = published().await;
    for (path, status) in [("/reco/%ff", 400), ("/%ff", 404)] {
        let answer = service.get(path).await;
        assert_eq!((answer.status, answer.detail().is_empty()), (status, false), "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_wrong_method_is_405_and_told_the_right_ones() {
    let (_database, service) = published().await;
    for path in ["/", "/reco/1", "/reco/random", "/health", "/docs", "/openapi.json"] {
        for method in ["POST", "DELETE", "OPTIONS", "BREW"] {
            let answer = service.ask(method, path, &[]).await;
            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(answer.headers["allow"], "GET, HEAD");
            assert!(answer.detail().contains("allow"));
        }
    }
}

#[tokio::test]
async fn before_the_first_publish_the_service_is_unavailable_and_says_what_to_do() {
    let database = TestDatabase::migrated().await;
    let service = Service::on(database.url()).await;
    for path in ["/reco/1", "/reco/random", "/health"] {
        let answer = service.get(path).await;
        assert_eq!(answer.status, 503, "{path}");
        assert_eq!(answer.detail(), "no model is live yet; run the pipeline once, then try again");
        assert_eq!(answer.headers["retry-after"], "2");
    }
    assert_eq!(service.get("/health").await.json()["database"], "connected");
}

#[tokio::test]
async fn a_database_without_our_schema_is_unavailable_and_says_what_to_do() {
    let database = TestDatabase::empty().await;
    let service = Service::impatient(database.url(), options()).await;
    let answer = service.get("/health").await;
    assert_eq!((answer.status, &answer.json()["database"]), (503, &"outdated".into()));
    assert_eq!(answer.detail(), "the database has to be migrated: run `admin migrate`");
    assert_eq!(service.get("/reco/1").await.status, 503);
}

#[tokio::test]
async fn a_broken_table_is_500_and_its_cause_is_not_sent() {
    let (database, service) = published().await;
    let service = service.ready().await;
    database.execute("ALTER TABLE recommendations RENAME COLUMN scores TO points").await;
    database.execute("ALTER TABLE recommendations ADD COLUMN scores text").await;
    let answer = service.get("/reco/1").await;
    assert_eq!(answer.status, 500, "{}", answer.text());
    assert_eq!(answer.detail(), "internal error; quote the x-request-id of this answer when you report it");
    assert!(answer.headers.contains_key("x-request-id"));
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_503() {
    let (database, _service) = published().await;
    let options = Options { request_timeout: Duration::from_millis(300), ..options() };
    let slow = Service::with(database.connect().await, options).await.ready().await;
    let mut session = database.session().await;
    session.execute("BEGIN; LOCK TABLE recommendations IN ACCESS EXCLUSIVE MODE").await;
    let answer = slow.get("/reco/1").await;
    assert_eq!((answer.status, answer.headers["retry-after"].as_str()), (503, "2"));
    assert_eq!(answer.detail(), "the answer took too long; try again in a few seconds");
    session.execute("ROLLBACK").await;
    slow.until("/reco/1", |answer| answer.status == 200).await;
}
