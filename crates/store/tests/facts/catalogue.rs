//! A catalogue to search in.

use store::{Counts, Movie, Store, UserHistory, UserRecommendations};
use store_testing::{TestDatabase, begin};

/// Titles with year and genre. The movie at place `i` has id `i + 1` and, of 20 users, `20 - i` ratings: so the
/// list is in the order of popularity.
pub(crate) const MOVIES: [(&str, Option<i32>, &str); 20] = [
    ("Lord of the Rings: The Two Towers, The", Some(2002), "Fantasy"),
    ("Godfather, The", Some(1972), "Crime"),
    ("Amélie (Fabuleux destin d'Amélie Poulain, Le)", Some(2001), "Comédie"),
    ("Godfather: Part II, The", Some(1974), "Crime"),
    ("Up in the Air", Some(2009), "Drama"),
    ("Postman Always Rings Twice, The", Some(1981), "Crime"),
    ("American Beauty", Some(1999), "Drama"),
    ("L.A. Confidential", Some(1997), "Crime"),
    ("Schindler's List", Some(1993), "Drama"),
    ("Up", Some(2009), "Children"),
    ("Spider-Man 2", Some(2004), "Action"),
    ("Żółć \\N {1,2}", None, "Drama"),
    ("千と千尋の神隠し 🎬", Some(2001), "Fantasy"),
    ("100% Wolf", Some(2020), "Children"),
    ("'; DROP TABLE movies; --", None, "Crime"),
    ("E.T. the Extra-Terrestrial", Some(1982), "Children"),
    ("'burbs, The", Some(1989), "Comédie"),
    ("Straße, Die", Some(1958), "Drama"),
    ("Godfather of Harlem", Some(2019), "Crime"),
    ("American Beauty", Some(1927), "Comédie"),
];

/// Publishes it.
pub(crate) async fn publish(store: &Store, run_id: &str) -> i64 {
    let load = begin(store, run_id).await;
    for (movie_id, &(title, year, genre)) in (1..).zip(&MOVIES) {
        let (genres, imdb_id) = (vec![genre], Some("0211915"));
        let movie = Movie { movie_id, title, year, genres, imdb_id, tmdb_id: None, key: None };
        load.write(&movie).await.unwrap();
    }
    for user_id in 1..=20_i64 {
        let movie_ids: Vec<i64> = (1..=21 - user_id).collect();
        let (ratings, rated_at) = (vec![4.0; movie_ids.len()], vec![0; movie_ids.len()]);
        let history = UserHistory { user_id, movie_ids: &movie_ids, ratings: &ratings, rated_at: &rated_at };
        load.write(&history).await.unwrap();
    }
    load.write(&UserRecommendations { user_id: 1, movie_ids: &[1], scores: &[1.0] }).await.unwrap();
    let counts = Counts { movies: 20, recommendations: 1, user_histories: 20, ..Counts::default() };
    load.finish(&counts).await.unwrap().activate().await.unwrap().version
}

/// A database with the catalogue as its live version.
pub(crate) async fn published() -> (TestDatabase, Store, i64) {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let version = publish(&store, "catalogue").await;
    (database, store, version)
}
