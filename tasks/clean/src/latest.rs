//! Of all that one user said about one movie, what counts.

use contract::preference::last_word;
use lakehouse::tables::{BronzeRatings, SilverRatings, silver_ratings};
use lakehouse::{Table, TableWriter};
use task::Run;

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
        run: &Run,
        quarantine: &mut Quarantine,
        statistics: &mut Statistics,
    ) -> anyhow::Result<TableWriter<SilverRatings>> {
        let mut writer = run.write::<SilverRatings>().await?;
        let mut rows = silver_ratings::Rows::default();
        for partition in self.partitions {
            let bytes = partition.read()?;
            let mut ratings = spill::ratings(&bytes)?;
            ratings.sort_unstable_by_key(order);
            for pair in ratings.chunk_by(|a, b| (a.user_id, a.movie_id) == (b.user_id, b.movie_id)) {
                let latest = last_word(pair, Rating::statement);
                for (position, rating) in pair.iter().enumerate() {
                    if let Some(reason) = objection(rating, Some(position) == latest) {
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

/// By user and movie, and what was said of the two from old to new.
fn order(rating: &Rating<'_>) -> (i64, i64, (bool, i64, i64)) {
    (rating.user_id, rating.movie_id, rating.statement().order())
}

fn silver(rating: &Rating<'_>) -> silver_ratings::Row<'static> {
    silver_ratings::Row {
        user_id: rating.user_id,
        movie_id: rating.movie_id,
        rating: f32::from(rating.half_stars) / 2.0,
        rated_at: rating.rated_at,
    }
}
