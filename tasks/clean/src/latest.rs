//! Of all that one user said about one movie, what counts.

use lakehouse::tables::{BronzeRatings, SilverRatings, silver_ratings};
use lakehouse::{Lake, Provenance, Table, TableWriter};

use crate::quarantine::{Origin, Quarantine};
use crate::spill::{self, Partition, Rating};
use crate::stats::Statistics;
use crate::{Reason, feedback};

/// The good ratings and events of feedback, all of one user in one partition.
pub(crate) struct Partitions {
    partitions: Vec<Partition>,
    files: Vec<String>,
}

impl Partitions {
    /// `files` are the source files that ratings have the indices of.
    pub(crate) fn new(partitions: Vec<Partition>, files: Vec<String>) -> Self {
        Self { partitions, files }
    }

    /// Writes what counts of each user and movie; the others go to the quarantine. Committed by the caller.
    pub(crate) async fn write_latest(
        self,
        lake: &Lake,
        by: &Provenance,
        quarantine: &mut Quarantine,
        statistics: &mut Statistics,
    ) -> anyhow::Result<TableWriter<SilverRatings>> {
        let mut writer = lake.write::<SilverRatings>(by).await?;
        let mut rows = silver_ratings::Rows::default();
        for partition in self.partitions {
            let bytes = partition.read()?;
            let mut ratings = spill::ratings(&bytes)?;
            ratings.sort_unstable_by_key(order);
            for pair in ratings.chunk_by(|a, b| (a.user_id, a.movie_id) == (b.user_id, b.movie_id)) {
                let latest = latest(pair);
                for (position, rating) in pair.iter().enumerate() {
                    if let Some(reason) = objection(rating, position == latest) {
                        quarantine.reject(origin(rating, &self.files), rating.raw, reason).await?;
                        continue;
                    }
                    statistics.add(rating);
                    rows.push(silver(rating));
                }
            }
            if !rows.is_empty() {
                writer.write(&rows.take()?).await?;
            }
        }
        Ok(writer)
    }
}

/// Why a rating does not reach silver, given whether it is what counts of its user and movie.
fn objection(rating: &Rating<'_>, counts: bool) -> Option<Reason> {
    match (counts, rating.half_stars) {
        (false, _) => Some(Reason::Superseded),
        (true, 0) => Some(Reason::Retracted),
        (true, _) => None,
    }
}

fn origin<'a>(rating: &Rating<'_>, files: &'a [String]) -> Origin<'a> {
    if rating.is_feedback() {
        return feedback::origin(rating.line);
    }
    Origin { table: BronzeRatings::NAME, file: &files[usize::from(rating.file)], line: rating.line }
}

/// By user and movie, the rows of the data set before the events, each of the two from old to new: rows by their time
/// and then their line, events by their id alone, as the API has them.
fn order(rating: &Rating<'_>) -> (i64, i64, bool, i64, i64) {
    let moment = if rating.is_feedback() { 0 } else { rating.rated_at };
    (rating.user_id, rating.movie_id, rating.is_feedback(), moment, rating.line)
}

/// The position of what counts among all of one user and movie in their [`order`]: the later of the last row of the
/// data set and the last event; of the same moment the event.
fn latest(pair: &[Rating<'_>]) -> usize {
    let last = pair.len() - 1;
    let events = pair.partition_point(|rating| !rating.is_feedback());
    match events.checked_sub(1) {
        Some(row) if events > last || pair[row].rated_at > pair[last].rated_at => row,
        _ => last,
    }
}

fn silver(rating: &Rating<'_>) -> silver_ratings::Row<'static> {
    silver_ratings::Row {
        user_id: rating.user_id,
        movie_id: rating.movie_id,
        rating: f32::from(rating.half_stars) / 2.0,
        rated_at: rating.rated_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: u16 = 0;
    const EVENT: u16 = spill::FEEDBACK;

    /// Sorts (file, time, line or id), all of one user and movie, and says which counts.
    fn counts(given: &[(u16, i64, i64)]) -> (u16, i64, i64) {
        let rating = |&(file, rated_at, line)| Rating {
            user_id: 1,
            movie_id: 2,
            rated_at,
            line,
            half_stars: 7,
            file,
            raw: "",
        };
        let mut pair: Vec<_> = given.iter().map(rating).collect();
        pair.sort_unstable_by_key(order);
        let Rating { file, rated_at, line, .. } = pair[latest(&pair)];
        (file, rated_at, line)
    }

    #[test]
    fn the_later_of_row_and_event_counts_and_of_the_same_moment_the_event() {
        assert_eq!(counts(&[(ROW, 5, 1)]), (ROW, 5, 1));
        assert_eq!(counts(&[(EVENT, 5, 1)]), (EVENT, 5, 1));
        assert_eq!(counts(&[(ROW, 5, 1), (EVENT, 6, 1)]), (EVENT, 6, 1));
        assert_eq!(counts(&[(EVENT, 4, 1), (ROW, 5, 1)]), (ROW, 5, 1));
        assert_eq!(counts(&[(ROW, 5, 9), (EVENT, 5, 1)]), (EVENT, 5, 1));
    }

    #[test]
    fn of_rows_the_later_moment_counts_and_then_the_later_line() {
        assert_eq!(counts(&[(ROW, 7, 1), (ROW, 5, 2)]), (ROW, 7, 1));
        assert_eq!(counts(&[(ROW, 7, 3), (ROW, 7, 2)]), (ROW, 7, 3));
    }

    #[test]
    fn of_events_the_greater_id_counts_even_if_the_clock_went_back() {
        assert_eq!(counts(&[(EVENT, 9, 1), (EVENT, 8, 2)]), (EVENT, 8, 2));
        assert_eq!(counts(&[(EVENT, 9, 1), (EVENT, 6, 2), (ROW, 7, 1)]), (ROW, 7, 1));
    }
}
