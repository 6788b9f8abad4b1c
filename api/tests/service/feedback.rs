//! What users say, and that it counts from the next answer on.

use serde_json::{Value, json};
use store_testing::TestDatabase;

use crate::{
    cinema::{self, Cinema, Entry, GRUMBLER, REGULAR, STRANGER},
    client::{Answer, PATIENCE, Service, pool},
    showing::{assert_same, incurious, keyed, serving, showing},
    tokens::bearer,
};

/// A user's history after feedback; `None` takes a rating back.
fn after(cinema: &Cinema, user_id: i64, feedback: &[(i64, Option<f32>)]) -> Vec<Entry> {
    let mut history = cinema.histories.get(&user_id).cloned().unwrap_or_default();
    for &(movie_id, stars) in feedback {
        match stars {
            Some(stars) => history.insert(movie_id, stars),
            None => history.remove(&movie_id),
        };
    }
    history.into_iter().collect()
}

/// Asserts that a user is recommended what these ratings make best.
async fn assert_follows(service: &Service, cinema: &Cinema, user_id: i64, ratings: &[Entry]) {
    let list = service.list(&format!("/reco/{user_id}?n=100")).await;
    assert_eq!(list.strategy, "fold_in");
    let ranking = cinema.ranking(ratings);
    assert_same(&list.entries(), &ranking[..ranking.len().min(100)]);
}

/// The movies that a user has rated, newest first, with where the ratings come from.
async fn ratings(service: &Service, user_id: i64) -> Vec<(i64, String)> {
    let answer = service.get(&format!("/users/{user_id}/ratings?n=100")).await.json();
    let rated =
        |rated: &Value| (rated["movie_id"].as_i64().unwrap(), rated["source"].as_str().unwrap().to_owned());
    answer["results"].as_array().unwrap().iter().map(rated).collect()
}

#[tokio::test]
async fn a_rating_counts_in_the_next_answer() {
    let cinema = cinema::implicit(1);
    let (_database, service) = showing(&cinema).await;
    let best = service.list(&format!("/reco/{REGULAR}?n=2")).await.movie_ids();
    let mut said = Vec::new();
    for (movie_id, stars) in [(best[0], 5.0), (best[1], 0.5), (best[0], 1.0)] {
        let answer = service.rate(REGULAR, &[(movie_id, stars)]).await;
        assert_eq!((answer.status, &answer.json()["ratings"]), (200, &json!(1)));
        said.push((movie_id, Some(stars)));
        let list = service.list(&format!("/reco/{REGULAR}?n=100")).await;
        assert!(!list.movie_ids().contains(&movie_id));
        assert_follows(&service, &cinema, REGULAR, &after(&cinema, REGULAR, &said)).await;
    }
}

#[tokio::test]
async fn filters_and_explanations_know_of_feedback() {
    let cinema = cinema::implicit(1);
    let (_database, service) = showing(&cinema).await;
    let movie_id = cinema.list_of(REGULAR)[50].0;
    service.rate(REGULAR, &[(movie_id, 5.0)]).await;
    let merged = after(&cinema, REGULAR, &[(movie_id, Some(5.0))]);
    let path = format!("/reco/{REGULAR}?n=100&min_year=1980&explain=true");
    let list = service.list(&path).await;
    let mut expected = cinema.ranking(&merged);
    expected.retain(|(movie_id, _)| cinema.film(*movie_id).year.is_some_and(|year| year >= 1980));
    assert_same(&list.entries(), &expected);
    for listed in list.results {
        let (_, parts) = cinema.explain(&merged, listed.movie_id);
        let most = listed.because.unwrap().first().map(|part| (part.movie_id, part.contribution));
        assert_same(
            &Vec::from_iter(most),
            &Vec::from_iter(parts.first().copied().filter(|part| part.1 > 0.0)),
        );
    }
    let score = service.get(&format!("/score/{REGULAR}/{movie_id}")).await.json();
    assert_eq!((&score["strategy"], score["rating"].as_f64()), (&json!("fold_in"), Some(5.0)));
}

#[tokio::test]
async fn a_rating_that_is_taken_back_never_was() {
    let cinema = cinema::implicit(1);
    let (_database, service) = showing(&cinema).await;
    let path = format!("/reco/{REGULAR}?n=100");
    let before = service.list(&path).await;
    let movie_id = before.movie_ids()[0];
    service.rate(REGULAR, &[(movie_id, 4.5)]).await;
    assert_ne!(service.list(&path).await.movie_ids()[0], movie_id);
    let answer = service.take_back(REGULAR, movie_id).await;
    assert_eq!((answer.status, &answer.json()["ratings"]), (200, &json!(1)));
    let back = service.list(&path).await;
    assert_eq!((back.strategy.as_str(), back.entries()), ("als", before.entries()));
    assert_eq!(service.take_back(REGULAR, movie_id).await.status, 404);
}

#[tokio::test]
async fn a_published_rating_can_be_taken_back_and_given_anew() {
    let cinema = cinema::implicit(1);
    let (_database, service) = showing(&cinema).await;
    let learnt = cinema.history(REGULAR).into_iter().find(|&(_, stars)| stars >= cinema.min_rating);
    let (movie_id, stars) = learnt.unwrap();
    assert_eq!(service.take_back(REGULAR, movie_id).await.status, 200);
    assert_follows(&service, &cinema, REGULAR, &after(&cinema, REGULAR, &[(movie_id, None)])).await;
    assert!(ratings(&service, REGULAR).await.iter().all(|rated| rated.0 != movie_id));

    assert_eq!(service.rate(REGULAR, &[(movie_id, stars)]).await.status, 200);
    let list = service.list(&format!("/reco/{REGULAR}?n=100")).await;
    assert_same(&list.entries(), &cinema.list_of(REGULAR));
}

#[tokio::test]
async fn a_new_user_exists_from_their_first_rating_on() {
    let cinema = cinema::implicit(1);
    let (_database, service) = showing(&cinema).await;
    for path in [format!("/reco/{STRANGER}"), format!("/users/{STRANGER}/ratings")] {
        assert_eq!(service.get(&path).await.status, 404, "{path}");
    }
    assert_eq!(service.take_back(STRANGER, 7).await.status, 404);
    let given = [(7, 5.0), (35, 4.0)];
    service.rate(STRANGER, &given).await;
    assert_follows(&service, &cinema, STRANGER, &given).await;
    assert_eq!(service.get(&format!("/score/{STRANGER}/{}", cinema.known[9])).await.status, 200);
    for (movie_id, _) in given {
        assert_eq!(service.take_back(STRANGER, movie_id).await.status, 200);
    }
    let list = service.list(&format!("/reco/{STRANGER}?n=3")).await;
    assert_eq!((list.strategy.as_str(), list.movie_ids()), ("popular", cinema.popular()[..3].to_vec()));
    assert_eq!(ratings(&service, STRANGER).await, []);
}

#[tokio::test]
async fn a_user_from_whom_nothing_was_learnt_is_understood_from_the_first_good_rating_on() {
    let cinema = cinema::implicit(1);
    let (_database, service) = showing(&cinema).await;
    assert_eq!(service.list(&format!("/reco/{GRUMBLER}")).await.strategy, "popular");
    let movie_id = cinema.list_of(GRUMBLER)[0].0;
    service.rate(GRUMBLER, &[(movie_id, 5.0)]).await;
    assert_follows(&service, &cinema, GRUMBLER, &after(&cinema, GRUMBLER, &[(movie_id, Some(5.0))])).await;
}

#[tokio::test]
async fn ratings_are_listed_newest_first_with_their_source() {
    let cinema = cinema::implicit(1);
    let (_database, service) = showing(&cinema).await;
    let published = cinema.history(REGULAR);
    let new = cinema.list_of(REGULAR)[0].0;
    service.rate(REGULAR, &[(published[0].0, 4.0)]).await;
    service.rate(REGULAR, &[(new, 2.5)]).await;
    let fresh = |movie_id: i64| (movie_id, "feedback".to_owned());
    let mut expected = vec![fresh(new), fresh(published[0].0)];
    // Of the same moment, the greater id first.
    expected.extend(published[1..].iter().rev().map(|rated| (rated.0, "published".to_owned())));
    assert_eq!(ratings(&service, REGULAR).await, expected);

    let page = service.get(&format!("/users/{REGULAR}/ratings?n=2&offset=1")).await.json();
    let ids: Vec<i64> =
        page["results"].as_array().unwrap().iter().map(|r| r["movie_id"].as_i64().unwrap()).collect();
    assert_eq!(ids, [expected[1].0, expected[2].0]);
    assert_eq!((page["total"].as_u64(), &page["model_version"]), (Some(expected.len() as u64), &json!(1)));
    let first = &page["results"][0];
    assert_eq!(
        (first["rating"].as_f64(), &first["title"]),
        (Some(4.0), &json!(cinema.film(published[0].0).title))
    );
    assert!(first["rated_at"].as_str().unwrap().ends_with('Z'));
    let beyond = service.get(&format!("/users/{REGULAR}/ratings?offset=1000")).await.json();
    assert_eq!((&beyond["results"], &beyond["total"]), (&json!([]), &page["total"]));
}

#[tokio::test]
async fn of_ratings_one_of_which_is_unknown_none_is_stored() {
    let (database, service) = showing(&cinema::implicit(1)).await;
    let answer = service.rate(REGULAR, &[(7, 5.0), (8, 5.0)]).await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.detail(), "movie 8 is unknown; GET /movies finds movies");
    assert_eq!(database.connect().await.feedback_of(REGULAR).await.unwrap(), []);
}

#[tokio::test]
async fn what_was_never_rated_cannot_be_taken_back() {
    let cinema = cinema::implicit(1);
    let (_database, service) = showing(&cinema).await;
    let unseen = cinema.list_of(REGULAR)[0].0;
    for movie_id in [unseen, 8] {
        let answer = service.take_back(REGULAR, movie_id).await;
        let detail = format!("user {REGULAR} has not rated movie {movie_id}");
        assert_eq!((answer.status, answer.detail()), (404, detail));
    }
}

#[tokio::test]
async fn bad_feedback_is_400_and_not_stored() {
    let (database, service) = showing(&cinema::implicit(1)).await;
    let token = bearer("front end", "write");
    let headers = [("authorization", &*token)];
    let rated = |rating: Value| json!({"ratings": [{"movie_id": 7, "rating": rating}]});
    for body in
        [rated(json!(0)), rated(json!(5.5)), rated(json!(3.7)), rated(json!("x")), json!({"ratings": []})]
    {
        let answer = service.send("POST", "/users/2/ratings", &headers, &body).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
        assert!(answer.detail().starts_with("the body cannot be read"), "{}", answer.detail());
    }
    let answer = service.send("POST", "/users/-1/ratings", &headers, &rated(json!(5))).await;
    assert_eq!((answer.status, answer.detail().starts_with("user_id must be")), (400, true));
    let answer = service.ask("DELETE", "/users/2/ratings/x", &headers).await;
    assert_eq!((answer.status, answer.detail().starts_with("movie_id must be")), (400, true));
    assert_eq!(service.get("/users/2/ratings?n=0").await.status, 400);
    assert_eq!(database.connect().await.feedback_of(2).await.unwrap(), []);
}

#[tokio::test]
async fn feedback_needs_a_token_that_may_write() {
    let (database, service) = showing(&cinema::implicit(1)).await;
    let body = json!({"ratings": [{"movie_id": 7, "rating": 5}]});
    let both = async |headers: &[(&str, &str)]| -> [Answer; 2] {
        let post = service.send("POST", "/users/2/ratings", headers, &body).await;
        [post, service.ask("DELETE", "/users/2/ratings/7", headers).await]
    };
    for answer in both(&[]).await {
        assert_eq!((answer.status, answer.headers["www-authenticate"].as_str()), (401, "Bearer"));
    }
    for scope in ["read", "email"] {
        for answer in both(&[("authorization", &bearer("front end", scope))]).await {
            assert_eq!((answer.status, answer.detail().as_str()), (403, "the token lacks the scope `write`"));
        }
    }
    assert_eq!(database.connect().await.feedback_of(2).await.unwrap(), []);
    for answer in both(&[("authorization", &bearer("front end", "admin"))]).await {
        assert_eq!(answer.status, 200);
    }
}

#[tokio::test]
async fn without_a_key_feedback_is_503_and_says_what_to_set() {
    let database = TestDatabase::migrated().await;
    cinema::implicit(1).publish(&database.connect().await, "run-1").await;
    let service = Service::on(database.url()).await;
    for answer in [service.rate(REGULAR, &[(7, 5.0)]).await, service.take_back(REGULAR, 7).await] {
        assert_eq!(answer.status, 503);
        assert!(answer.detail().contains("API_JWT_SECRET"), "{}", answer.detail());
    }
}

#[tokio::test]
async fn feedback_through_one_instance_counts_in_the_others() {
    let cinema = cinema::implicit(1);
    let (database, service) = showing(&cinema).await;
    let other = serving(&database, incurious()).await;
    let path = format!("/reco/{REGULAR}?n=100");
    let best = other.list(&path).await.movie_ids()[0];
    service.rate(REGULAR, &[(best, 5.0)]).await;
    other.until(&path, |answer| answer.list().strategy == "fold_in").await;
    assert_follows(&other, &cinema, REGULAR, &after(&cinema, REGULAR, &[(best, Some(5.0))])).await;
}

#[tokio::test]
async fn feedback_whose_announcement_is_lost_counts_after_the_next_look() {
    let cinema = cinema::implicit(1);
    let (database, service) = showing(&cinema).await;
    let best = cinema.list_of(REGULAR)[0].0;
    // The announcement is a part of `record_feedback`, so this row is not announced.
    let row = format!("INSERT INTO feedback (user_id, movie_id, rating) VALUES ({REGULAR}, {best}, 5)");
    database.execute(&row).await;
    let path = format!("/reco/{REGULAR}?n=100");
    service.until(&path, |answer| answer.list().strategy == "fold_in").await;
    assert_follows(&service, &cinema, REGULAR, &after(&cinema, REGULAR, &[(best, Some(5.0))])).await;
}

#[tokio::test]
async fn feedback_given_before_the_service_started_counts() {
    let cinema = cinema::implicit(1);
    let database = TestDatabase::migrated().await;
    let store = pool(database.url(), PATIENCE);
    cinema.publish(&store, "run-1").await;
    store.record_feedback(STRANGER, &[(7, Some(5.0))]).await.unwrap();
    let service = serving(&database, keyed()).await;
    assert_follows(&service, &cinema, STRANGER, &[(7, 5.0)]).await;
}

#[tokio::test]
async fn feedback_that_the_live_version_was_made_from_changes_nothing_more() {
    let cinema = cinema::implicit(1);
    let (database, service) = showing(&cinema).await;
    let store = database.connect().await;
    let best = cinema.list_of(REGULAR)[0].0;
    service.rate(REGULAR, &[(best, 5.0)]).await;
    let event = store.feedback_of(REGULAR).await.unwrap()[0];
    let next = cinema.with((REGULAR, best), 5.0, event.rated_at.timestamp_micros());
    next.publish(&store, "run-2").await;
    let path = format!("/reco/{REGULAR}?n=100");
    let answer = service.until(&path, |answer| answer.list().model_version == 2).await.list();
    assert_eq!((answer.strategy.as_str(), answer.entries()), ("als", next.list_of(REGULAR)));
    assert!(ratings(&service, REGULAR).await.contains(&(best, "published".to_owned())));

    // What is said afterwards counts again.
    let second = next.list_of(REGULAR)[0].0;
    service.rate(REGULAR, &[(second, 4.0)]).await;
    assert_follows(&service, &next, REGULAR, &after(&next, REGULAR, &[(second, Some(4.0))])).await;
}
