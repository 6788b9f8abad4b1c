//! Year and genres are in a list for those who ask for them.

use serde_json::{Value, json};

use crate::{
    cinema::{self, CINEPHILE, Cinema, REGULAR, STRANGER},
    client::Service,
    showing::showing,
};

async fn results(service: &Service, path: &str) -> Vec<Value> {
    let answer = service.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    let results = answer.json()["results"].as_array().unwrap().clone();
    assert!(!results.is_empty(), "{path}");
    results
}

/// Each has the year and the genres of its movie, and no year where none is known.
fn assert_detailed(cinema: &Cinema, results: &[Value]) {
    for result in results {
        let film = cinema.film(result["movie_id"].as_i64().unwrap());
        assert_eq!(result["genres"], json!(film.genres), "{result}");
        assert_eq!(result.get("year"), film.year.map(Value::from).as_ref(), "{result}");
    }
}

/// Everything but year and genres.
fn bare(mut results: Vec<Value>) -> Vec<Value> {
    for result in &mut results {
        result.as_object_mut().unwrap().retain(|name, _| name != "year" && name != "genres");
    }
    results
}

#[tokio::test]
async fn a_list_gives_year_and_genres_on_request_and_is_the_same_otherwise() {
    let cinema = cinema::implicit(1);
    let (_database, service) = showing(&cinema).await;
    let lists = [
        format!("/reco/{REGULAR}?n=100"),
        format!("/reco/{CINEPHILE}?n=9&offset=3&explain=true"),
        format!("/reco/{REGULAR}?n=20&genre=Drama&min_year=1950"),
        format!("/reco/{STRANGER}?n=30&fallback=popular"),
    ];
    for path in lists {
        let plain = results(&service, &path).await;
        assert_eq!(plain, bare(plain.clone()), "{path}");
        assert_eq!(plain, results(&service, &format!("{path}&details=false")).await, "{path}");
        let detailed = results(&service, &format!("{path}&details=true")).await;
        assert_detailed(&cinema, &detailed);
        assert_eq!(bare(detailed), plain, "{path}");
    }
    assert_detailed(&cinema, &results(&service, "/reco/random?n=100&details=true").await);
    let random = results(&service, "/reco/random?n=100").await;
    assert_eq!(random, bare(random.clone()));
}

#[tokio::test]
async fn what_a_user_has_rated_gives_year_and_genres_on_request() {
    let cinema = cinema::implicit(1);
    let (_database, service) = showing(&cinema).await;
    let path = format!("/users/{CINEPHILE}/ratings?n=100");
    let detailed = results(&service, &format!("{path}&details=true")).await;
    assert_detailed(&cinema, &detailed);
    assert!(detailed.iter().any(|rated| rated.get("year").is_none()), "a film without a year");
    assert_eq!(bare(detailed), results(&service, &path).await);
}

#[tokio::test]
async fn a_fold_in_gives_year_and_genres_on_request() {
    let cinema = cinema::implicit(1);
    let (_database, service) = showing(&cinema).await;
    let ratings = cinema.history(REGULAR);
    let list =
        async |wishes| service.fold_in(&ratings, wishes).await.json()["results"].as_array().unwrap().clone();
    let detailed = list(json!({"n": 100, "details": true})).await;
    assert_eq!(detailed.len(), 100);
    assert_detailed(&cinema, &detailed);
    assert_eq!(bare(detailed), list(json!({"n": 100})).await);
}
