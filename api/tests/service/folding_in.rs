//! Recommendations for somebody unknown, from their ratings alone.

use serde_json::{Value, json};

use crate::{
    cinema::{self, CINEPHILE, Entry, REGULAR, UNRATED},
    client::ask_with_body,
    showing::{assert_same, showing},
};

#[tokio::test]
async fn the_history_of_a_user_folds_in_to_their_published_list() {
    for cinema in [cinema::implicit(1), cinema::explicit()] {
        let (_database, service) = showing(&cinema).await;
        for user_id in [CINEPHILE, REGULAR] {
            let list = service.fold_in(&cinema.history(user_id), json!({"n": 100})).await.list();
            assert_eq!((list.strategy.as_str(), list.model_version), ("fold_in", 1));
            assert_same(&list.entries(), &cinema.list_of(user_id));
        }
    }
}

#[tokio::test]
async fn wishes_are_the_same_as_for_a_user() {
    let cinema = cinema::implicit(1);
    let (_database, service) = showing(&cinema).await;
    for (wishes, path) in [
        (json!({}), ""),
        (json!({"n": 4, "offset": 110}), "n=4&offset=110"),
        (json!({"genre": ["Drama", "Comédie"], "n": 100}), "genre=Drama&genre=Com%C3%A9die&n=100"),
        (json!({"exclude": [7, 14, 21], "n": 100}), "exclude=7&exclude=14&exclude=21&n=100"),
        (json!({"min_year": 1970, "max_year": 1990, "n": 100}), "min_year=1970&max_year=1990&n=100"),
        (json!({"min_year": 2100}), "min_year=2100"),
    ] {
        let folded = service.fold_in(&cinema.history(REGULAR), wishes).await.list();
        let listed = service.list(&format!("/reco/{REGULAR}?{path}")).await;
        assert_same(&folded.entries(), &listed.entries());
    }
}

#[tokio::test]
async fn an_explanation_is_given_where_it_is_asked_for() {
    let cinema = cinema::implicit(1);
    let (_database, service) = showing(&cinema).await;
    let ratings = cinema.history(REGULAR);
    let plain = service.fold_in(&ratings, json!({})).await.list();
    assert!(plain.results.iter().all(|listed| listed.because.is_none()));
    for listed in service.fold_in(&ratings, json!({"explain": true})).await.list().results {
        let (_, mut parts) = cinema.explain(&ratings, listed.movie_id);
        parts.truncate(3);
        let because = listed.because.unwrap();
        let given: Vec<Entry> = because.iter().map(|part| (part.movie_id, part.contribution)).collect();
        parts.retain(|part| part.1 > 0.0);
        assert_same(&given, &parts);
    }
}

#[tokio::test]
async fn of_a_movie_named_twice_the_last_rating_counts() {
    let cinema = cinema::implicit(1);
    let (_database, service) = showing(&cinema).await;
    let fold = async |ratings: &[Entry]| service.fold_in(ratings, json!({"n": 100})).await.list().entries();
    let last = fold(&[(7, 5.0), (21, 4.0)]).await;
    assert_eq!(fold(&[(21, 5.0), (7, 5.0), (21, 0.5), (21, 4.0)]).await, last);
    assert_ne!(fold(&[(21, 4.0), (7, 5.0), (21, 5.0)]).await, last);
}

#[tokio::test]
async fn ratings_from_which_nothing_is_learnt_give_popular_movies_but_not_the_rated_ones() {
    let cinema = cinema::implicit(1);
    let (_database, service) = showing(&cinema).await;
    let favourite = cinema.popular()[0];
    for ratings in [&[(favourite, 2.5)][..], &[(UNRATED, 5.0)]] {
        let list = service.fold_in(ratings, json!({"n": 100})).await.list();
        assert_eq!(list.strategy, "popular");
        let mut expected = cinema.ranking(ratings);
        expected.truncate(100);
        assert_eq!(list.entries(), expected);
    }
}

#[tokio::test]
async fn nothing_of_it_is_remembered() {
    let cinema = cinema::implicit(1);
    let (database, service) = showing(&cinema).await;
    assert_eq!(service.fold_in(&[(7, 5.0)], json!({})).await.status, 200);
    assert_eq!(database.connect().await.listen().await.unwrap().revisions_after(0).await.unwrap(), []);
}

#[tokio::test]
async fn an_unknown_movie_or_genre_is_404_and_named() {
    let (_database, service) = showing(&cinema::implicit(1)).await;
    let answer = service.fold_in(&[(7, 5.0), (8, 5.0)], json!({})).await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.detail(), "movie 8 is unknown; GET /movies finds movies");
    let answer = service.fold_in(&[(7, 5.0)], json!({"genre": ["Western"]})).await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.detail(), "no movie has the genre \"Western\"; GET /genres lists them");
}

#[tokio::test]
async fn a_body_that_makes_no_sense_is_400_and_says_where() {
    let (_database, service) = showing(&cinema::implicit(1)).await;
    let rated = |rating: Value| json!({"ratings": [{"movie_id": 7, "rating": rating}]});
    let wish = |name: &str, value: Value| json!({"ratings": [{"movie_id": 7, "rating": 5}], name: value});
    for (body, word) in [
        (rated(json!(0)), "`rating`"),
        (rated(json!(5.5)), "`rating`"),
        (rated(json!(3.7)), "`rating`"),
        (rated(json!(-1)), "`rating`"),
        (rated(json!("x")), "number"),
        (rated(Value::Null), "number"),
        (json!({"ratings": [{"movie_id": -1, "rating": 5}]}), "an id is a whole number from 0"),
        (json!({"ratings": [{"rating": 5}]}), "id"),
        (json!({"ratings": []}), "`ratings`"),
        (json!({"ratings": vec![json!({"movie_id": 7, "rating": 5}); 1001]}), "`ratings`"),
        (json!({}), "list_givenrating"),
        (json!([]), "foldinrequest"),
        (wish("n", json!(0)), "`n`"),
        (wish("n", json!(101)), "`n`"),
        (wish("offset", json!(-1)), "integer"),
        (wish("min_year", json!(1799)), "`min_year`"),
        (wish("exclude", json!(["x"])), "id"),
        (wish("explain", json!("perhaps")), "boolean"),
    ] {
        let answer = service.send("POST", "/reco/fold-in", &[], &body).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
        let detail = answer.detail().to_lowercase();
        assert!(detail.starts_with("the body cannot be read") && detail.contains(word), "{body}: {detail}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_json_is_400_or_415() {
    let (_database, service) = showing(&cinema::implicit(1)).await;
    let json = ("content-type", "application/json");
    let send = async |headers: &[(&str, &str)], body: &str| {
        let length = body.len().to_string();
        let headers = [headers, &[("content-length", &length)]].concat();
        ask_with_body(service.address, "POST", "/reco/fold-in", &headers, body.as_bytes()).await
    };
    for body in ["", "{", "{\"ratings\"", "nonsense"] {
        let answer = send(&[json], body).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
        assert!(answer.detail().starts_with("the body cannot be read"), "{}", answer.detail());
    }
    let good = r#"{"ratings":[{"movie_id":7,"rating":5}]}"#;
    for headers in [&[][..], &[("content-type", "text/plain")], &[("content-type", "nonsense")]] {
        let answer = send(headers, good).await;
        assert_eq!(answer.status, 415, "{headers:?}: {}", answer.text());
        assert_eq!(answer.detail(), "the body must be sent as application/json");
    }
    assert_eq!(send(&[("content-type", "application/json; charset=utf-8")], good).await.status, 200);
    assert_eq!(send(&[json], &format!("{good}{}", " ".repeat(64 * 1024))).await.status, 413);
}
