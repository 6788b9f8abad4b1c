//! One module per table; the first line of each states the grain.

pub mod bronze_feedback;
pub mod bronze_links;
pub mod bronze_movies;
pub mod bronze_ratings;
pub mod bronze_source;
pub mod bronze_tags;
pub mod gold_evaluations;
pub mod gold_models;
pub mod gold_movie_factors;
pub mod gold_popular_movies;
pub mod gold_published;
pub mod gold_recommendations;
pub mod gold_served_movie_factors;
pub mod gold_served_user_factors;
pub mod gold_similar_movies;
pub mod gold_user_factors;
pub mod silver_keys;
pub mod silver_movies;
pub mod silver_ratings;
pub mod silver_rejected;
pub mod silver_stats;
pub mod silver_users;

pub use bronze_feedback::BronzeFeedback;
pub use bronze_links::BronzeLinks;
pub use bronze_movies::BronzeMovies;
pub use bronze_ratings::BronzeRatings;
pub use bronze_source::BronzeSource;
pub use bronze_tags::BronzeTags;
pub use gold_evaluations::GoldEvaluations;
pub use gold_models::GoldModels;
pub use gold_movie_factors::GoldMovieFactors;
pub use gold_popular_movies::GoldPopularMovies;
pub use gold_published::GoldPublished;
pub use gold_recommendations::GoldRecommendations;
pub use gold_served_movie_factors::GoldServedMovieFactors;
pub use gold_served_user_factors::GoldServedUserFactors;
pub use gold_similar_movies::GoldSimilarMovies;
pub use gold_user_factors::GoldUserFactors;
pub use silver_keys::SilverKeys;
pub use silver_movies::SilverMovies;
pub use silver_ratings::SilverRatings;
pub use silver_rejected::SilverRejected;
pub use silver_stats::SilverStats;
pub use silver_users::SilverUsers;

use crate::Table;

/// The names of all tables.
pub const NAMES: [&str; 22] = [
    BronzeFeedback::NAME,
    BronzeLinks::NAME,
    BronzeMovies::NAME,
    BronzeRatings::NAME,
    BronzeSource::NAME,
    BronzeTags::NAME,
    GoldEvaluations::NAME,
    GoldModels::NAME,
    GoldMovieFactors::NAME,
    GoldPopularMovies::NAME,
    GoldPublished::NAME,
    GoldRecommendations::NAME,
    GoldServedMovieFactors::NAME,
    GoldServedUserFactors::NAME,
    GoldSimilarMovies::NAME,
    GoldUserFactors::NAME,
    SilverKeys::NAME,
    SilverMovies::NAME,
    SilverRatings::NAME,
    SilverRejected::NAME,
    SilverStats::NAME,
    SilverUsers::NAME,
];

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "in a test a panic is the failure message")]
mod tests {
    use std::collections::BTreeSet;

    use super::NAMES;

    #[test]
    fn every_module_of_a_table_is_among_all_of_them() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tables");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let modules: BTreeSet<String> = files
            .map(|file| file.file_stem().unwrap().to_str().unwrap().replacen('_', "/", 1))
            .filter(|module| module != "mod")
            .collect();
        assert_eq!(modules, NAMES.map(str::to_owned).into());
    }
}
