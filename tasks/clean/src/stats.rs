//! `silver/stats`: what the data of a run look like.

use std::collections::BTreeMap;

use histories::ById;
use lakehouse::tables::{SilverStats, silver_stats};
use lakehouse::{LakehouseError, TableWriter};
use task::{Report, Run, gauges};

use crate::Reason;
use crate::movies::{Adjusted, Catalogue};
use crate::spill::Rating;

/// What the names of the statistics `rejected.TABLE.REASON` begin with.
const REJECTED: &str = "rejected.";
/// And those of texts that were made clean, `adjusted.movies.WHAT`.
const ADJUSTED: &str = "adjusted.movies.";

const QUANTILES: [(&str, f64); 7] =
    [("min", 0.0), ("p10", 0.1), ("p25", 0.25), ("p50", 0.5), ("p75", 0.75), ("p90", 0.9), ("max", 1.0)];

/// Collected while the ratings pass, ordered by user within a partition and each user in one partition.
#[derive(Debug, Default)]
pub(crate) struct Statistics {
    rows: u64,
    /// Ratings of 0.5, 1.0, ... 5.0.
    ratings: [u64; 10],
    /// Ratings per user, in no order.
    activity: Vec<u64>,
    last_user: Option<i64>,
    /// Movies with ratings, numbered as they come.
    movies: ById,
    movie_count: u32,
    /// First and last `rated_at` in microseconds.
    range: Option<(i64, i64)>,
}

impl Statistics {
    pub(crate) fn add(&mut self, rating: &Rating<'_>) {
        self.rows += 1;
        self.ratings[usize::from(rating.half_stars) - 1] += 1;
        if self.last_user.replace(rating.user_id) != Some(rating.user_id) {
            self.activity.push(0);
        }
        if let Some(count) = self.activity.last_mut() {
            *count += 1;
        }
        if self.movies.get(rating.movie_id).is_none() {
            self.movies.insert(rating.movie_id, self.movie_count);
            self.movie_count += 1;
        }
        let (first, last) = self.range.unwrap_or((rating.rated_at, rating.rated_at));
        self.range = Some((first.min(rating.rated_at), last.max(rating.rated_at)));
    }

    /// The statistics by name.
    pub(crate) fn values(
        mut self,
        catalogue: &Catalogue,
        rejected: &BTreeMap<String, u64>,
    ) -> Vec<(String, f64)> {
        let (rows, users, movies) =
            (float(self.rows), float(self.activity.len() as u64), float(self.movie_count.into()));
        let stars = (1_u8..).zip(self.ratings);
        let sum: f64 = stars.clone().map(|(half, count)| f64::from(half) / 2.0 * float(count)).sum();
        let mut values = vec![
            ("ratings.rows".to_owned(), rows),
            ("ratings.users".to_owned(), users),
            ("ratings.movies".to_owned(), movies),
            ("ratings.density".to_owned(), rows / (users * movies)),
            ("ratings.mean".to_owned(), sum / rows),
            ("movies.rows".to_owned(), float(catalogue.len() as u64)),
        ];
        for (name, share) in QUANTILES {
            values.push((format!("ratings.rating.{name}"), rating_quantile(&self.ratings, share)));
        }
        self.activity.sort_unstable();
        for (name, share) in QUANTILES {
            let count = self.activity.get(quantile_index(self.activity.len() as u64, share));
            values.push((format!("ratings.per_user.{name}"), float(count.copied().unwrap_or_default())));
        }
        let (first, last) = self.range.unwrap_or_default();
        values.push(("ratings.first_at".to_owned(), float_seconds(first)));
        values.push(("ratings.last_at".to_owned(), float_seconds(last)));
        let Adjusted { titles_cut, genres_cut, control_characters } = catalogue.adjusted;
        let adjusted = [
            ("titles_cut", titles_cut),
            ("genres_cut", genres_cut),
            ("control_characters", control_characters),
        ];
        values.extend(adjusted.map(|(what, texts)| (format!("{ADJUSTED}{what}"), float(texts))));
        values.extend(rejected.iter().map(|(reason, rows)| (format!("{REJECTED}{reason}"), float(*rows))));
        values
    }
}

/// Writes the statistics; committed by the caller.
pub(crate) async fn write(
    values: &[(String, f64)],
    run: &Run,
) -> Result<TableWriter<SilverStats>, LakehouseError> {
    let mut rows = silver_stats::Rows::default();
    for (name, value) in values {
        rows.push(silver_stats::Row { name, value: *value, run_id: run.id() });
    }
    let mut writer = run.write::<SilverStats>().await?;
    writer.write(&rows.take()?).await?;
    Ok(writer)
}

/// Reports the statistics of a run, be they of now or of an earlier attempt.
pub(crate) fn report(values: &[(String, f64)], report: &mut Report) {
    let told =
        |name: &str, value: f64| name.starts_with(REJECTED) || (name.starts_with(ADJUSTED) && value > 0.0);
    for (name, value) in values.iter().filter(|(name, value)| told(name, *value)) {
        report.metric(name, *value);
    }
    for reason in Reason::ALL.map(Reason::code) {
        let is_of_reason = |name: &str| name.starts_with(REJECTED) && name.rsplit('.').next() == Some(reason);
        let rows = values.iter().filter(|(name, _)| is_of_reason(name)).map(|(_, rows)| rows).sum();
        report.gauge(gauges::REJECTED_ROWS, &[("reason", reason)], rows);
    }
    for (gauge, wanted) in [
        (gauges::DATASET_RATINGS, "ratings.rows"),
        (gauges::DATASET_USERS, "ratings.users"),
        (gauges::DATASET_MOVIES, "movies.rows"),
    ] {
        if let Some((_, value)) = values.iter().find(|(name, _)| name == wanted) {
            report.gauge(gauge, &[], *value);
        }
    }
}

/// The index of a quantile by the nearest rank among `count` sorted values.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= share <= 1")]
fn quantile_index(count: u64, share: f64) -> usize {
    (float(count.saturating_sub(1)) * share).round() as usize
}

fn rating_quantile(counts: &[u64; 10], share: f64) -> f64 {
    let rank = quantile_index(counts.iter().sum(), share) as u64;
    let mut seen = 0;
    for (half, count) in (1_u8..).zip(counts) {
        seen += count;
        if rank < seen {
            return f64::from(half) / 2.0;
        }
    }
    0.0
}

/// A count as a float.
#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

#[allow(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^52")]
fn float_seconds(micros: i64) -> f64 {
    (micros / 1_000_000) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spelling::Spelling;

    fn rating(user_id: i64, movie_id: i64, half_stars: u8, seconds: i64) -> Rating<'static> {
        let rated_at = seconds * 1_000_000;
        Rating { user_id, movie_id, half_stars, rated_at, line: 1, file: 0, spelling: Spelling::Usual }
    }

    #[test]
    fn statistics_count_users_movies_and_quantiles() {
        let mut statistics = Statistics::default();
        for (user, movie, half, second) in [(1, 10, 2, 100), (1, 11, 4, 50), (2, 10, 8, 200), (3, 10, 10, 70)]
        {
            statistics.add(&rating(user, movie, half, second));
        }
        let rejected = BTreeMap::from([("ratings.bad_rating".to_owned(), 3)]);
        let values: BTreeMap<_, _> =
            statistics.values(&Catalogue::default(), &rejected).into_iter().collect();
        for (name, value) in [
            ("ratings.rows", 4.0),
            ("ratings.users", 3.0),
            ("ratings.movies", 2.0),
            ("ratings.density", 4.0 / 6.0),
            ("ratings.mean", 3.0),
            ("movies.rows", 0.0),
            ("ratings.rating.min", 1.0),
            ("ratings.rating.max", 5.0),
            ("ratings.per_user.p50", 1.0),
            ("ratings.per_user.max", 2.0),
            ("ratings.first_at", 50.0),
            ("ratings.last_at", 200.0),
            ("rejected.ratings.bad_rating", 3.0),
        ] {
            assert_eq!(values.get(name), Some(&value), "{name}");
        }
    }
}
