//! Lists of recommendations, as they are asked for and answered.

use poem_openapi::{Enum, Object, types::Example};
use serde::Serialize;

use crate::resources::{
    Id, Text,
    shapes::{GivenRating, Reason, because, details, key, latest},
};
use crate::serving::{
    catalogue::{Filter, Movie},
    recommend::{Found, Selection},
    version::{Rating, Scored},
};

/// Recommendations for a user.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub(crate) struct Recommendations {
    /// User id.
    pub(crate) user_id: Id,
    /// The id in the data set, where that is a text; `user_id` is the number given to it.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_key: Option<Text>,
    /// Number of movies asked for. There are fewer results only if no more movies match.
    #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
    pub(crate) n: u16,
    /// Number of results skipped.
    #[oai(validator(minimum(value = "0"), maximum(value = "100000")))]
    pub(crate) offset: u32,
    /// Whether the user was chosen at random.
    pub(crate) is_random: bool,
    /// Version of the model that made the list.
    pub(crate) model_version: Id,
    /// How the movies were chosen: `als` by the model, `fold_in` by the model with ratings given since it was trained,
    /// `popular` if the model knows nothing about the user's preferences.
    pub(crate) strategy: String,
    /// The user's variant of the running experiment, if any.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) variant: Option<String>,
    /// Present, and true, only while the database does not answer: there may be a newer answer.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stale: Option<bool>,
    /// Movies the user has not rated, best first.
    pub(crate) results: Vec<Recommendation>,
}

/// A movie recommended to a user.
#[derive(Debug, Object, Serialize)]
pub(crate) struct Recommendation {
    /// User id.
    pub(crate) user_id: Id,
    /// The id in the data set, where that is a text; `user_id` is the number given to it.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_key: Option<Text>,
    /// Movie id, as in the data set.
    pub(crate) movie_id: Id,
    /// The id in the data set, where that is a text; `movie_id` is the number given to it.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) movie_key: Option<Text>,
    /// Title, without the year.
    pub(crate) title: Text,
    /// Higher is better. Scores are comparable within one model version only.
    pub(crate) score: f32,
    /// Year of release, if known. Only with `details=true`.
    #[oai(skip_serializing_if_is_none, validator(minimum(value = "0"), maximum(value = "9999")))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) year: Option<i32>,
    /// Genres. Only with `details=true`.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) genres: Option<Vec<String>>,
    /// The rated movies that contributed most, at most three. Only with `explain=true`.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) because: Option<Vec<Reason>>,
}

/// Recommendations based on the given ratings alone.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub(crate) struct FoldInRecommendations {
    /// Number of movies asked for. There are fewer results only if no more movies match.
    #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
    pub(crate) n: u16,
    /// Number of results skipped.
    #[oai(validator(minimum(value = "0"), maximum(value = "100000")))]
    pub(crate) offset: u32,
    /// Version of the model that ranked the movies.
    pub(crate) model_version: Id,
    /// `fold_in`, or `popular` if the model learns nothing from the ratings.
    pub(crate) strategy: String,
    /// Present, and true, only while the database does not answer: there may be a newer answer.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stale: Option<bool>,
    /// Movies that are not among the ratings, best first.
    pub(crate) results: Vec<FoldInRecommendation>,
}

/// A movie recommended for the given ratings.
#[derive(Debug, Object, Serialize)]
pub(crate) struct FoldInRecommendation {
    /// Movie id, as in the data set.
    pub(crate) movie_id: Id,
    /// The id in the data set, where that is a text; `movie_id` is the number given to it.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) movie_key: Option<Text>,
    /// Title, without the year.
    pub(crate) title: Text,
    /// Higher is better. Scores are comparable within one model version only.
    pub(crate) score: f32,
    /// With `details`: the year of release, if known.
    #[oai(skip_serializing_if_is_none, validator(minimum(value = "0"), maximum(value = "9999")))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) year: Option<i32>,
    /// With `details`: its genres.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) genres: Option<Vec<String>>,
    /// With `explain`: the rated movies that contributed most, at most three.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) because: Option<Vec<Reason>>,
}

/// Ratings of a user whom the model does not know, and which movies to return.
#[derive(Debug, Object)]
#[oai(example)]
pub(crate) struct FoldInRequest {
    /// Ratings to build a profile from. If a movie appears twice, its last rating counts.
    #[oai(validator(min_items = "1", max_items = "1000"))]
    pub(crate) ratings: Vec<GivenRating>,
    /// Number of movies to return.
    #[oai(nullable, default = "ten", validator(minimum(value = "1"), maximum(value = "100")))]
    pub(crate) n: u16,
    /// Results to skip, for paging.
    #[oai(nullable, default, validator(minimum(value = "0"), maximum(value = "100000")))]
    pub(crate) offset: u32,
    /// Only movies of at least one of these genres.
    #[oai(nullable, default, validator(max_items = "100"))]
    pub(crate) genre: Vec<Text>,
    /// Movies to leave out.
    #[oai(nullable, default, validator(max_items = "1000"))]
    pub(crate) exclude: Vec<Id>,
    /// Only movies released in this year or later.
    #[oai(nullable, validator(minimum(value = "1800"), maximum(value = "2200")))]
    pub(crate) min_year: Option<i32>,
    /// Only movies released in this year or earlier.
    #[oai(nullable, validator(minimum(value = "1800"), maximum(value = "2200")))]
    pub(crate) max_year: Option<i32>,
    /// Return the ratings that contributed most to each movie.
    #[oai(nullable, default)]
    pub(crate) explain: bool,
    /// Return the year and genres of each movie.
    #[oai(nullable, default)]
    pub(crate) details: bool,
}

/// What to return for unknown users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "lowercase")]
pub(crate) enum Fallback {
    /// Popular movies.
    Popular,
}

impl Recommendations {
    pub(super) fn new(found: &Found, user_id: i64, wanted: &Selection, is_random: bool) -> Self {
        let (user_id, user_key) = (Id(user_id), found.user_key.clone().map(Text));
        let recommendation = |Entry { movie, score, year, genres, because }: Entry| Recommendation {
            user_id,
            user_key: user_key.clone(),
            movie_id: Id(movie.movie_id),
            movie_key: key(movie),
            title: Text(movie.title.clone()),
            score,
            year,
            genres,
            because,
        };
        Self {
            results: entries(found, wanted).map(recommendation).collect(),
            user_id,
            user_key,
            n: narrow(wanted.n),
            offset: narrow(wanted.offset),
            is_random,
            model_version: Id(found.view.version.version),
            strategy: found.strategy.name().to_owned(),
            variant: found.view.variant.as_deref().map(str::to_owned),
            stale: found.view.is_stale.then_some(true),
        }
    }
}

impl FoldInRecommendations {
    pub(super) fn new(found: &Found, wanted: &Selection) -> Self {
        let suggestion = |Entry { movie, score, year, genres, because }: Entry| FoldInRecommendation {
            movie_id: Id(movie.movie_id),
            movie_key: key(movie),
            title: Text(movie.title.clone()),
            score,
            year,
            genres,
            because,
        };
        Self {
            n: narrow(wanted.n),
            offset: narrow(wanted.offset),
            model_version: Id(found.view.version.version),
            strategy: found.strategy.name().to_owned(),
            stale: found.view.is_stale.then_some(true),
            results: entries(found, wanted).map(suggestion).collect(),
        }
    }
}

impl FoldInRequest {
    /// The ratings, each of another movie, and which movies to return.
    pub(super) fn split(self) -> (Vec<Rating>, Selection) {
        let Self { ratings, n, offset, genre, exclude, min_year, max_year, explain, details } = self;
        let genres = genre.iter().map(|genre| genre.0.to_string()).collect();
        let filter = Filter { genres, exclude: ids(&exclude), min_year, max_year };
        let wanted = Selection { offset: offset as usize, n: n.into(), filter, explain, details };
        (latest(ratings), wanted)
    }
}

pub(super) fn ids(given: &[Id]) -> Vec<i64> {
    given.iter().map(|id| id.0).collect()
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
    because: Option<Vec<Reason>>,
}

/// Each movie with its score and what else was asked.
fn entries<'a>(found: &'a Found, wanted: &Selection) -> impl Iterator<Item = Entry<'a>> {
    let catalogue = &found.view.version.catalogue;
    let detailed = wanted.details;
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
            user_key: None,
            movie_id: Id(movie_id),
            movie_key: None,
            title: title.into(),
            score,
            year: None,
            genres: None,
            because: None,
        };
        Self {
            user_id: Id(42),
            user_key: None,
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

impl Example for FoldInRecommendations {
    fn example() -> Self {
        let because = vec![Reason {
            movie_id: Id(1197),
            movie_key: None,
            title: "Princess Bride, The".into(),
            contribution: 0.41,
        }];
        let suggestion = FoldInRecommendation {
            movie_id: Id(4973),
            movie_key: None,
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

impl Example for FoldInRequest {
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

pub(super) fn ten() -> u16 {
    10
}
