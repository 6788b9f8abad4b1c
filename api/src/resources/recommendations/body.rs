//! What is asked and answered.

use poem_openapi::{Enum, Object, types::Example};
use serde::Serialize;

use super::super::{
    Id, Text,
    shapes::{Because, GivenRating, because, details},
};
use crate::serving::{
    catalogue::Movie,
    recommend::{Found, Wish},
    version::Scored,
};

/// What is recommended to one user.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub struct Recommendations {
    /// The user.
    pub user_id: Id,
    /// How many movies were asked for. There are fewer only where no more of them exist.
    #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
    pub n: u16,
    /// How many of the best were passed over.
    #[oai(validator(minimum(value = "0"), maximum(value = "100000")))]
    pub offset: u32,
    /// Whether the user was chosen at random.
    pub is_random: bool,
    /// The number of the model that made the list.
    pub model_version: Id,
    /// How the movies were chosen: `als` by the model, `fold_in` by the model and ratings it has not seen yet, `popular`
    /// where nothing is known of the user's taste.
    pub strategy: String,
    /// The user's variant of the running experiment, if there is one.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Only present, and true, where the database does not answer: there may be a newer answer.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale: Option<bool>,
    /// Movies the user has not rated, best first.
    pub results: Vec<Recommendation>,
}

/// A movie for a user.
#[derive(Debug, Object, Serialize)]
pub struct Recommendation {
    /// The user.
    pub user_id: Id,
    /// The movie, as the data set numbers it.
    pub movie_id: Id,
    /// Its title.
    pub title: Text,
    /// Higher is better. Scores of different models cannot be compared.
    pub score: f32,
    /// With `details=true`: the year of release, if known.
    #[oai(skip_serializing_if_is_none, validator(minimum(value = "0"), maximum(value = "9999")))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<i32>,
    /// With `details=true`: its genres.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub genres: Option<Vec<String>>,
    /// With `explain=true`: the rated movies that contributed most, at most three.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<Vec<Because>>,
}

/// What is recommended to somebody by their ratings alone.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub struct FoldedIn {
    /// How many movies were asked for. There are fewer only where no more of them exist.
    #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
    pub n: u16,
    /// How many of the best were passed over.
    #[oai(validator(minimum(value = "0"), maximum(value = "100000")))]
    pub offset: u32,
    /// The number of the model that ranked the movies.
    pub model_version: Id,
    /// `fold_in`, or `popular` where the model learns nothing from the ratings.
    pub strategy: String,
    /// Only present, and true, where the database does not answer: there may be a newer model.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale: Option<bool>,
    /// Movies that are not among the ratings, best first.
    pub results: Vec<Suggestion>,
}

/// A movie for somebody.
#[derive(Debug, Object, Serialize)]
pub struct Suggestion {
    /// The movie, as the data set numbers it.
    pub movie_id: Id,
    /// Its title.
    pub title: Text,
    /// Higher is better. Scores of different models cannot be compared.
    pub score: f32,
    /// With `details`: the year of release, if known.
    #[oai(skip_serializing_if_is_none, validator(minimum(value = "0"), maximum(value = "9999")))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<i32>,
    /// With `details`: its genres.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub genres: Option<Vec<String>>,
    /// With `explain`: the rated movies that contributed most, at most three.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<Vec<Because>>,
}

/// Ratings of somebody whom the model does not know, and which movies are wanted.
#[derive(Debug, Object)]
#[oai(example)]
pub struct Newcomer {
    /// What they have rated; of a movie named twice the last rating counts.
    #[oai(validator(min_items = "1", max_items = "1000"))]
    pub ratings: Vec<GivenRating>,
    /// How many movies.
    #[oai(nullable, default = "ten", validator(minimum(value = "1"), maximum(value = "100")))]
    pub n: u16,
    /// How many of the best to pass over.
    #[oai(nullable, default, validator(minimum(value = "0"), maximum(value = "100000")))]
    pub offset: u32,
    /// Only movies of at least one of these genres.
    #[oai(nullable, default, validator(max_items = "100"))]
    pub genre: Vec<Text>,
    /// None of these movies.
    #[oai(nullable, default, validator(max_items = "1000"))]
    pub exclude: Vec<Id>,
    /// Only movies released in this year or later.
    #[oai(nullable, validator(minimum(value = "1800"), maximum(value = "2200")))]
    pub min_year: Option<i32>,
    /// Only movies released in this year or earlier.
    #[oai(nullable, validator(minimum(value = "1800"), maximum(value = "2200")))]
    pub max_year: Option<i32>,
    /// Whether to say for each movie which ratings contributed most.
    #[oai(nullable, default)]
    pub explain: bool,
    /// Whether to give year and genres of each movie.
    #[oai(nullable, default)]
    pub details: bool,
}

/// What to answer for a user of whom nothing is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "lowercase")]
pub enum Fallback {
    /// Popular movies instead of 404.
    Popular,
}

impl Recommendations {
    pub(super) fn new(found: &Found, user_id: i64, wish: &Wish, is_random: bool) -> Self {
        let user_id = Id(user_id);
        let recommendation = |Entry { movie, score, year, genres, because }: Entry| Recommendation {
            user_id,
            movie_id: Id(movie.movie_id),
            title: Text(movie.title.clone()),
            score,
            year,
            genres,
            because,
        };
        Self {
            user_id,
            n: narrow(wish.n),
            offset: narrow(wish.offset),
            is_random,
            model_version: Id(found.view.version.version),
            strategy: found.strategy.name().to_owned(),
            variant: found.view.variant.as_deref().map(str::to_owned),
            stale: found.view.is_stale.then_some(true),
            results: entries(found, wish).map(recommendation).collect(),
        }
    }
}

impl FoldedIn {
    pub(super) fn new(found: &Found, wish: &Wish) -> Self {
        let suggestion = |Entry { movie, score, year, genres, because }: Entry| Suggestion {
            movie_id: Id(movie.movie_id),
            title: Text(movie.title.clone()),
            score,
            year,
            genres,
            because,
        };
        Self {
            n: narrow(wish.n),
            offset: narrow(wish.offset),
            model_version: Id(found.view.version.version),
            strategy: found.strategy.name().to_owned(),
            stale: found.view.is_stale.then_some(true),
            results: entries(found, wish).map(suggestion).collect(),
        }
    }
}

/// A number that came in through a parameter of this size.
fn narrow<N: TryFrom<usize> + Default>(number: usize) -> N {
    N::try_from(number).unwrap_or_default()
}

/// What is said of one movie of a list.
struct Entry<'a> {
    movie: &'a Movie,
    score: f32,
    year: Option<i32>,
    genres: Option<Vec<String>>,
    because: Option<Vec<Because>>,
}

/// Each movie with its score and what else was asked.
fn entries<'a>(found: &'a Found, wish: &Wish) -> impl Iterator<Item = Entry<'a>> {
    let catalogue = &found.view.version.catalogue;
    let detailed = wish.details;
    let mut reasons = found.reasons.iter().flatten();
    found.movies.iter().map(move |scored: &Scored| {
        let movie = catalogue.movie(scored.place);
        let (year, genres) = details(catalogue, movie, detailed);
        Entry {
            movie,
            score: scored.score,
            year,
            genres,
            because: reasons.next().map(|reasons| because(catalogue, reasons)),
        }
    })
}

impl Example for Recommendations {
    fn example() -> Self {
        let movie = |movie_id, title: &str, score| Recommendation {
            user_id: Id(42),
            movie_id: Id(movie_id),
            title: title.into(),
            score,
            year: None,
            genres: None,
            because: None,
        };
        Self {
            user_id: Id(42),
            n: 2,
            offset: 0,
            is_random: false,
            model_version: Id(12),
            strategy: "als".to_owned(),
            variant: None,
            stale: None,
            results: vec![
                movie(4973, "Amélie (Fabuleux destin d'Amélie Poulain, Le)", 0.9731),
                movie(1197, "Princess Bride, The", 0.9442),
            ],
        }
    }
}

impl Example for FoldedIn {
    fn example() -> Self {
        let because =
            vec![Because { movie_id: Id(1197), title: "Princess Bride, The".into(), contribution: 0.41 }];
        let suggestion = Suggestion {
            movie_id: Id(4973),
            title: "Amélie (Fabuleux destin d'Amélie Poulain, Le)".into(),
            score: 0.9731,
            year: Some(2001),
            genres: Some(vec!["Comedy".to_owned(), "Romance".to_owned()]),
            because: Some(because),
        };
        Self {
            n: 1,
            offset: 0,
            model_version: Id(12),
            strategy: "fold_in".to_owned(),
            stale: None,
            results: vec![suggestion],
        }
    }
}

impl Example for Newcomer {
    fn example() -> Self {
        let rated = |movie_id, rating| GivenRating { movie_id: Id(movie_id), rating };
        Self {
            ratings: vec![rated(1197, 5.0), rated(296, 4.5)],
            n: 1,
            offset: 0,
            genre: vec!["Romance".into()],
            exclude: Vec::new(),
            min_year: Some(1990),
            max_year: None,
            explain: true,
            details: true,
        }
    }
}

/// How many movies, if nothing else is said.
pub(super) fn ten() -> u16 {
    10
}
