//! What several calls take and answer.

use std::collections::BTreeMap;

use chrono::Utc;
use poem_openapi::Object;
use serde::Serialize;

use super::{Id, Text};
use crate::serving::{
    catalogue::{Catalogue, Movie},
    version::{Rating, Reasons},
};

/// A rating as it is given.
#[derive(Debug, Clone, Copy, Object)]
pub struct GivenRating {
    /// The movie, as the data set numbers it.
    pub movie_id: Id,
    /// Stars: 0.5, 1, 1.5 and so on to 5.
    #[oai(validator(minimum(value = "0.5"), maximum(value = "5"), multiple_of = "0.5"))]
    pub rating: f32,
}

/// A rated movie that speaks for another one.
#[derive(Debug, Object, Serialize)]
pub struct Because {
    /// The rated movie.
    pub movie_id: Id,
    /// Its title.
    pub title: Text,
    /// What its rating adds to the score.
    pub contribution: f32,
}

/// Names the movies of an explanation.
pub(super) fn because(catalogue: &Catalogue, reasons: &Reasons) -> Vec<Because> {
    let named = |scored: &crate::serving::version::Scored| {
        let movie = catalogue.movie(scored.place);
        Because { movie_id: Id(movie.movie_id), title: Text(movie.title.clone()), contribution: scored.score }
    };
    reasons.movies.iter().map(named).collect()
}

/// Year and genres of a movie, where they are asked for.
pub(super) fn details(
    catalogue: &Catalogue,
    movie: &Movie,
    asked: bool,
) -> (Option<i32>, Option<Vec<String>>) {
    let genres = || catalogue.genres_of(movie).map(str::to_owned).collect();
    (movie.year.filter(|_| asked), asked.then(genres))
}

/// Ratings given now, each of another movie: of one that is named twice the last counts.
pub(super) fn latest(ratings: Vec<GivenRating>) -> Vec<Rating> {
    let rated_at = Utc::now().timestamp_micros();
    let latest: BTreeMap<i64, f32> =
        ratings.into_iter().map(|given| (given.movie_id.0, given.rating)).collect();
    latest.into_iter().map(|(movie_id, rating)| Rating { movie_id, rating, rated_at }).collect()
}
