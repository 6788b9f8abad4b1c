//! Why a movie is recommended, and what it scores.

use serde_json::Value;

use crate::{
    cinema::{self, CINEPHILE, Cinema, Entry, GRUMBLER, REGULAR, STRANGER, UNRATED},
    showing::{Because, assert_same, showing},
};

/// The reasons that should be given: the three greatest, none against.
fn reasons(cinema: &Cinema, ratings: &[Entry], movie_id: i64) -> Vec<Entry> {
    let (_, parts) = cinema.explain(ratings, movie_id);
    parts.into_iter().filter(|&(_, part)| part > 0.0).take(3).collect()
}

fn given(because: &[Because]) -> Vec<Entry> {
    because.iter().map(|because| (because.movie_id, because.contribution)).collect()
}

fn number(value: &Value) -> f32 {
    serde_json::from_value(value.clone()).unwrap()
}

#[tokio::test]
async fn an_explanation_names_the_ratings_that_add_most_and_changes_nothing_else() {
    let cinema = cinema::implicit(1);
    let (_database, service) = showing(&cinema).await;
    for user_id in [CINEPHILE, REGULAR] {
        let ratings = cinema.history(user_id);
        for wish in ["n=100", "n=5&offset=3", "n=5&offset=80", "n=7&genre=Drama"] {
            let path = format!("/reco/{user_id}?{wish}");
            let (plain, explained) =
                (service.list(&path).await, service.list(&format!("{path}&explain=true")).await);
            assert_eq!(plain.entries(), explained.entries(), "{path}");
            assert_eq!(plain.strategy, explained.strategy);
            assert!(plain.results.iter().all(|listed| listed.because.is_none()));
            for listed in &explained.results {
                let because = given(listed.because.as_ref().unwrap());
                assert_same(&because, &reasons(&cinema, &ratings, listed.movie_id));
            }
        }
    }
}

#[tokio::test]
async fn popular_movies_have_no_reasons() {
    let (_database, service) = showing(&cinema::implicit(1)).await;
    for path in [format!("/reco/{GRUMBLER}"), format!("/reco/{STRANGER}?fallback=popular")] {
        let joint = if path.contains('?') { '&' } else { '?' };
        for listed in service.list(&format!("{path}{joint}explain=true")).await.results {
            assert!(listed.because.unwrap().is_empty());
        }
    }
}

#[tokio::test]
async fn the_score_of_a_movie_is_the_one_in_the_list() {
    for cinema in [cinema::implicit(1), cinema::explicit()] {
        let (_database, service) = showing(&cinema).await;
        for user_id in [CINEPHILE, REGULAR, GRUMBLER] {
            let list = service.list(&format!("/reco/{user_id}?n=100")).await;
            for (movie_id, score) in list.entries().into_iter().step_by(30) {
                let answer = service.get(&format!("/score/{user_id}/{movie_id}")).await.json();
                assert!((number(&answer["score"]) - score).abs() < 1e-5, "{answer}: {score}");
                assert_eq!(answer["title"], *cinema.film(movie_id).title);
                assert_eq!(
                    (&answer["strategy"], &answer["rating"]),
                    (&list.strategy.clone().into(), &Value::Null)
                );
            }
        }
    }
}

#[tokio::test]
async fn a_score_is_its_base_and_what_every_rating_adds() {
    for cinema in [cinema::implicit(1), cinema::explicit()] {
        let (_database, service) = showing(&cinema).await;
        let ratings = cinema.history(REGULAR);
        for &movie_id in cinema.known.iter().step_by(25) {
            let (base, parts) = cinema.explain(&ratings, movie_id);
            let answer = service.get(&format!("/score/{REGULAR}/{movie_id}")).await.json();
            assert!((number(&answer["base"]) - base).abs() < 1e-5, "{answer}: {base}");
            let score = base + parts.iter().map(|part| part.1).sum::<f32>();
            assert!((number(&answer["score"]) - score).abs() < 1e-4, "{answer}: {score}");
            let because: Vec<Because> = serde_json::from_value(answer["because"].clone()).unwrap();
            assert_same(&given(&because), &reasons(&cinema, &ratings, movie_id));
        }
    }
}

#[tokio::test]
async fn the_score_of_a_rated_movie_comes_with_the_rating() {
    let cinema = cinema::implicit(1);
    let (_database, service) = showing(&cinema).await;
    for (movie_id, stars) in cinema.history(REGULAR) {
        let answer = service.get(&format!("/score/{REGULAR}/{movie_id}")).await.json();
        assert!((number(&answer["rating"]) - stars).abs() < 1e-6, "{answer}");
    }
}

#[tokio::test]
async fn a_score_that_nobody_can_tell_is_404_and_says_why() {
    let cinema = cinema::implicit(1);
    let (_database, service) = showing(&cinema).await;
    for (user_id, movie_id, detail) in [
        (
            STRANGER,
            7,
            "user 77 is unknown; try /reco/77?fallback=popular, or POST /reco/fold-in with some ratings"
                .to_owned(),
        ),
        (REGULAR, 8, "movie 8 is unknown; GET /movies finds movies".to_owned()),
        (REGULAR, UNRATED, format!("nobody has rated movie {UNRATED} yet")),
    ] {
        let answer = service.get(&format!("/score/{user_id}/{movie_id}")).await;
        assert_eq!((answer.status, answer.detail()), (404, detail));
    }
}

#[tokio::test]
async fn a_score_of_something_that_is_no_id_is_400() {
    let (_database, service) = showing(&cinema::implicit(1)).await;
    for (path, name) in [("/score/x/7", "user_id"), ("/score/2/-1", "movie_id")] {
        let answer = service.get(path).await;
        let detail = format!("{name} must be a whole number from 0 to 9007199254740991");
        assert_eq!((answer.status, answer.detail()), (400, detail), "{path}");
    }
}
