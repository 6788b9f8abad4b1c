//! What callers and the service may keep, and for how long.

use std::collections::BTreeSet;

use api::{app::Options, serving::ServingOptions};

use crate::{
    cinema::{self, REGULAR, STRANGER, USERS},
    client::{Answer, Service},
    showing::{keyed, serving, showing},
};

/// Asks as somebody who has the answer with this tag.
async fn ask_with(service: &Service, path: &str, tag: &str) -> Answer {
    service.ask("GET", path, &[("if-none-match", tag)]).await
}

#[tokio::test]
async fn who_has_the_answer_is_told_so_without_a_body() {
    let (_database, service) = showing(&cinema::implicit(1)).await;
    for path in ["/reco/2", "/reco/2?n=3&genre=Drama&explain=true"] {
        let answer = service.get(path).await;
        assert_eq!(answer.headers["cache-control"], "private, no-cache");
        let tag = &answer.headers["etag"];
        let strong = tag.trim_start_matches("W/");
        for named in [tag, strong, "*", &format!("\"other\", {tag}")] {
            let unchanged = ask_with(&service, path, named).await;
            assert_eq!((unchanged.status, unchanged.body.len()), (304, 0), "{named}");
            assert_eq!(
                (&unchanged.headers["etag"], &unchanged.headers["cache-control"]),
                (tag, &answer.headers["cache-control"])
            );
        }
        for other in ["\"other\"", "", "W/", &tag[..tag.len() - 2]] {
            assert_eq!(ask_with(&service, path, other).await.status, 200, "{other}");
        }
    }
}

#[tokio::test]
async fn feedback_and_a_new_version_change_the_tag() {
    let (database, service) = showing(&cinema::implicit(1)).await;
    let (path, mut tags) = ("/reco/2", BTreeSet::new());
    let tag = service.get(path).await.headers["etag"].clone();
    let others = service.get("/reco/3").await.headers["etag"].clone();
    tags.insert(tag.clone());

    service.rate(REGULAR, &[(7, 5.0)]).await;
    let answer = ask_with(&service, path, &tag).await;
    assert_eq!(answer.status, 200);
    assert!(tags.insert(answer.headers["etag"].clone()), "{tags:?}");
    assert_eq!(ask_with(&service, "/reco/3", &others).await.status, 304, "of another user");

    cinema::implicit(2).publish(&database.connect().await, "run-2").await;
    let answer = service.until(path, |answer| answer.list().model_version == 2).await;
    assert!(tags.insert(answer.headers["etag"].clone()), "{tags:?}");
    for tag in &tags {
        let status = ask_with(&service, path, tag).await.status;
        assert_eq!(status, if *tag == answer.headers["etag"] { 304 } else { 200 });
    }
    assert_eq!(ask_with(&service, "/reco/3", &others).await.status, 200);
}

#[tokio::test]
async fn a_stranger_who_gets_popular_movies_is_recognized_after_the_first_rating() {
    let (_database, service) = showing(&cinema::implicit(1)).await;
    let path = format!("/reco/{STRANGER}?fallback=popular");
    let tag = service.get(&path).await.headers["etag"].clone();
    service.rate(STRANGER, &[(7, 5.0)]).await;
    let answer = ask_with(&service, &path, &tag).await;
    assert_eq!(answer.list().strategy, "fold_in");
}

#[tokio::test]
async fn what_is_not_the_same_the_next_time_has_no_tag() {
    let (_database, service) = showing(&cinema::implicit(1)).await;
    for path in ["/reco/random", "/reco/77", "/users/2/ratings"] {
        let answer = service.ask("GET", path, &[("if-none-match", "*")]).await;
        assert_ne!(answer.status, 304, "{path}");
        assert!(!answer.headers.contains_key("etag"), "{path}");
        assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
    }
}

#[tokio::test]
async fn a_service_without_memory_for_lists_answers_the_same() {
    let cinema = cinema::implicit(1);
    let (database, service) = showing(&cinema).await;
    let none = ServingOptions { cache_bytes: 0, ..keyed().serving };
    let forgetful = serving(&database, Options { serving: none, ..keyed() }).await;
    service.rate(STRANGER, &[(7, 5.0)]).await;
    forgetful.until("/reco/77", |answer| answer.status == 200).await;
    for user_id in USERS.chain([STRANGER]) {
        for wish in ["", "?n=100", "?genre=Drama&explain=true", "?n=9&offset=95"] {
            let path = format!("/reco/{user_id}{wish}");
            // The first time it is made, the second time it may be remembered.
            for _ in 0..2 {
                let (one, two) = (service.get(&path).await, forgetful.get(&path).await);
                assert_eq!((one.status, one.json()), (200, two.json()), "{path}");
            }
        }
    }
}
