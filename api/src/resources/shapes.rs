//! Shapes that several calls share.

use std::collections::BTreeMap;

use chrono::Utc;
use poem_openapi::Object;
use serde::Serialize;

use super::{Id, Text};
use crate::serving::{
    catalogue::{Catalogue, Movie},
    version::{Rating, Reasons, Scored},
};

/// A rating of a movie.
#[derive(Debug, Clone, Copy, Object)]
pub(crate) struct GivenRating {
    /// Movie id, as in the data set.
    pub(crate) movie_id: Id,
    /// Stars, from 0.5 to 5 in steps of 0.5.
    #[oai(validator(minimum(value = "0.5"), maximum(value = "5"), multiple_of = "0.5"))]
    pub(crate) rating: f32,
}

/// A rated movie that contributes to the score of another one.
#[derive(Debug, Object, Serialize)]
pub(crate) struct Reason {
    /// Id of the rated movie.
    pub(crate) movie_id: Id,
    /// The id in the data set, where that is a text; `movie_id` is the number given to it.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) movie_key: Option<Text>,
    /// Title of the rated movie.
    pub(crate) title: Text,
    /// What the rating adds to the score.
    pub(crate) contribution: f32,
}

/// Names the movies of an explanation.
pub(super) fn because(catalogue: &Catalogue, reasons: &Reasons) -> Vec<Reason> {
    let named = |scored: &Scored| {
        let movie = catalogue.movie(scored.place);
        Reason {
            movie_id: Id(movie.movie_id),
            movie_key: key(movie),
            title: Text(movie.title.clone()),
            contribution: scored.score,
        }
    };
    reasons.movies.iter().map(named).collect()
}

/// The key of a movie, if it has one.
pub(super) fn key(movie: &Movie) -> Option<Text> {
    movie.key.clone().map(Text)
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

/// Ratings given now, at most one for each movie: the last one given counts.
pub(super) fn latest(ratings: Vec<GivenRating>) -> Vec<Rating> {
    let rated_at = Utc::now().timestamp_micros();
    let latest: BTreeMap<i64, f32> =
        ratings.into_iter().map(|given| (given.movie_id.0, given.rating)).collect();
    latest.into_iter().map(|(movie_id, rating)| Rating { movie_id, rating, rated_at }).collect()
}
