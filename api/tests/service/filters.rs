//! Recommendations with filters are what remains of the whole ranking.

use crate::{
    cinema::{self, CINEPHILE, Cinema, Entry, Film, GRUMBLER, LONGEST, REGULAR, STRANGER},
    showing::{assert_same, showing},
};

/// A filter as it is asked for, and which movies it lets through.
type Filter = (&'static str, fn(&Film) -> bool);

fn has(film: &Film, genre: &str) -> bool {
    film.genres.contains(&genre)
}

const FILTERS: [Filter; 12] = [
    ("", |_| true),
    ("genre=Drama", |film| has(film, "Drama")),
    ("genre=Com%C3%A9die", |film| has(film, "Comédie")),
    ("genre=Drama&genre=Film-Noir", |film| has(film, "Drama") || has(film, "Film-Noir")),
    ("genre=Drama&genre=Drama", |film| has(film, "Drama")),
    ("exclude=14&exclude=21&exclude=1000000", |film| ![14, 21].contains(&film.movie_id)),
    ("min_year=1990", |film| film.year.is_some_and(|year| year >= 1990)),
    ("max_year=1960", |film| film.year.is_some_and(|year| year <= 1960)),
    ("min_year=1980&max_year=1980", |film| film.year == Some(1980)),
    ("min_year=1990&max_year=1980", |_| false),
    ("min_year=2100", |_| false),
    ("genre=Animation&exclude=7&min_year=1960&max_year=2000", |film| {
        has(film, "Animation")
            && film.movie_id != 7
            && film.year.is_some_and(|year| (1960..=2000).contains(&year))
    }),
];

fn remaining(cinema: &Cinema, ranking: &[Entry], (_, wanted): Filter) -> Vec<Entry> {
    ranking.iter().filter(|(movie_id, _)| wanted(cinema.film(*movie_id))).copied().collect()
}

fn best(ranking: &[Entry]) -> &[Entry] {
    &ranking[..ranking.len().min(LONGEST)]
}

#[tokio::test]
async fn a_filter_leaves_what_it_admits_of_the_whole_ranking() {
    let cinema = cinema::implicit(1);
    let (_database, service) = showing(&cinema).await;
    for user_id in [CINEPHILE, REGULAR, GRUMBLER] {
        let ranking = cinema.ranking(&cinema.history(user_id));
        for filter in FILTERS {
            let path = format!("/reco/{user_id}?n=100&{}", filter.0);
            let list = service.list(&path).await;
            assert_eq!(list.strategy, if user_id == GRUMBLER { "popular" } else { "als" }, "{path}");
            assert_same(&list.entries(), best(&remaining(&cinema, &ranking, filter)));
        }
    }
}

#[tokio::test]
async fn a_filter_searches_deeper_than_the_published_list() {
    let cinema = cinema::implicit(1);
    let (_database, service) = showing(&cinema).await;
    let ranking = cinema.ranking(&cinema.history(REGULAR));
    assert!(ranking.len() > LONGEST, "the cinema is too small for this test");
    let published: Vec<String> =
        cinema.list_of(REGULAR).iter().map(|(movie_id, _)| format!("exclude={movie_id}")).collect();
    let list = service.list(&format!("/reco/{REGULAR}?n=100&{}", published.join("&"))).await;
    assert_same(&list.entries(), &ranking[LONGEST..]);
}

#[tokio::test]
async fn pages_go_through_everything_without_gaps_or_repeats() {
    let cinema = cinema::implicit(1);
    let (_database, service) = showing(&cinema).await;
    for user_id in [CINEPHILE, REGULAR, GRUMBLER] {
        let ranking = cinema.ranking(&cinema.history(user_id));
        for filter in [FILTERS[0], FILTERS[3]] {
            let expected = remaining(&cinema, &ranking, filter);
            let mut found = Vec::new();
            loop {
                let path = format!("/reco/{user_id}?n=13&offset={}&{}", found.len(), filter.0);
                let page = service.list(&path).await.entries();
                assert!(page.len() <= 13);
                if page.is_empty() {
                    break;
                }
                found.extend(page);
            }
            assert_same(&found, &expected);
        }
    }
}

#[tokio::test]
async fn the_last_movies_are_given_where_fewer_than_asked_for_are_left() {
    let cinema = cinema::implicit(1);
    let (_database, service) = showing(&cinema).await;
    let ranking = cinema.ranking(&cinema.history(CINEPHILE));
    assert!(ranking.len() < LONGEST, "the cinephile has not seen enough for this test");
    let all = service.list(&format!("/reco/{CINEPHILE}?n=100")).await;
    assert_same(&all.entries(), &ranking);
    for (offset, left) in [(ranking.len() - 2, 2), (ranking.len(), 0), (100_000, 0)] {
        let list = service.list(&format!("/reco/{CINEPHILE}?n=10&offset={offset}")).await;
        assert_same(&list.entries(), &ranking[ranking.len() - left..]);
    }
}

#[tokio::test]
async fn titles_come_with_their_accents() {
    let cinema = cinema::implicit(1);
    let (_database, service) = showing(&cinema).await;
    for listed in service.list(&format!("/reco/{REGULAR}?n=100")).await.results {
        assert_eq!(listed.title, cinema.film(listed.movie_id).title);
    }
}

#[tokio::test]
async fn a_genre_that_no_movie_has_is_404_and_named() {
    let (_database, service) = showing(&cinema::implicit(1)).await;
    for (genre, named) in [("Western", "\"Western\""), ("drama", "\"drama\""), ("", "\"\"")] {
        let answer = service.get(&format!("/reco/{REGULAR}?genre=Drama&genre={genre}")).await;
        assert_eq!(answer.status, 404);
        assert_eq!(answer.detail(), format!("no movie has the genre {named}; GET /genres lists them"));
    }
}

#[tokio::test]
async fn a_bad_parameter_is_400_and_named() {
    let (_database, service) = showing(&cinema::implicit(1)).await;
    let ids = "a whole number from 0 to 9007199254740991, given at most 1000 times";
    let year = "a whole number from 1800 to 2200";
    for (parameter, wanted) in [
        ("exclude=-1", ids),
        ("exclude=1&exclude=x", ids),
        ("offset=-1", "a whole number from 0 to 100000"),
        ("offset=100001", "a whole number from 0 to 100000"),
        ("min_year=1799", year),
        ("max_year=2201", year),
        ("max_year=soon", year),
        ("explain=perhaps", "true or false"),
        ("details=perhaps", "true or false"),
        ("fallback=random", "popular"),
    ] {
        let answer = service.get(&format!("/reco/{REGULAR}?{parameter}")).await;
        let name = parameter.split('=').next().unwrap();
        assert_eq!(
            (answer.status, answer.detail()),
            (400, format!("{name} must be {wanted}")),
            "{parameter}"
        );
    }
}

#[tokio::test]
async fn a_stranger_gets_popular_movies_if_that_is_asked_for() {
    let cinema = cinema::implicit(1);
    let (_database, service) = showing(&cinema).await;
    let popular: Vec<Entry> = cinema.popular().into_iter().map(|movie_id| (movie_id, 0.0)).collect();
    for filter in FILTERS {
        let path = format!("/reco/{STRANGER}?n=100&{}", filter.0);
        assert_eq!(service.get(&path).await.status, 404, "{path}");
        let list = service.list(&format!("{path}&fallback=popular")).await;
        assert_eq!((list.strategy.as_str(), list.model_version), ("popular", 1));
        assert_same(&list.entries(), best(&remaining(&cinema, &popular, filter)));
    }
    let last = service.list(&format!("/reco/{STRANGER}?fallback=popular&n=5&offset=100")).await;
    assert_same(&last.entries(), &popular[100..105]);
}

#[tokio::test]
async fn a_user_who_is_known_needs_no_fallback() {
    let cinema = cinema::implicit(1);
    let (_database, service) = showing(&cinema).await;
    let list = service.list(&format!("/reco/{REGULAR}?n=100&fallback=popular")).await;
    assert_eq!(list.strategy, "als");
    assert_same(&list.entries(), &cinema.list_of(REGULAR));
}
