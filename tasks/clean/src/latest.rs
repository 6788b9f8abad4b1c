//! Of all that one user said about one movie, what counts.

use anyhow::ensure;
use contract::preference::last_word;
use lakehouse::tables::{BronzeRatings, SilverRatings, silver_ratings};
use lakehouse::{Table, TableWriter};
use task::Run;

use crate::quarantine::{Origin, Quarantine};
use crate::spill::{Partition, Rating};
use crate::stats::Statistics;
use crate::users::Users;
use crate::{Reason, feedback, record, spelling};

/// The good ratings and events of feedback, all of one user in one partition.
pub(crate) struct Partitions {
    partitions: Vec<Partition>,
    files: Files,
}

/// The source files that ratings have the indices of.
struct Files(Vec<String>);

impl Partitions {
    pub(crate) fn new(partitions: Vec<Partition>, files: Vec<String>) -> Self {
        Self { partitions, files: Files(files) }
    }

    /// Writes what counts of each user and movie; the others go to the quarantine. Committed by the caller.
    pub(crate) async fn write_latest(
        self,
        run: &Run,
        quarantine: &mut Quarantine,
        users: &mut Users<'_>,
        statistics: &mut Statistics,
    ) -> anyhow::Result<TableWriter<SilverRatings>> {
        let mut writer = run.write::<SilverRatings>().await?;
        let mut rows = silver_ratings::Rows::default();
        for mut partition in self.partitions {
            while partition.read_on()? {
                let kept = self.files.keep_what_may_count(&partition, quarantine).await?;
                partition.keep(kept);
            }
            let (mut ratings, rest) = partition.ratings()?;
            ensure!(rest.is_empty(), "a temporary file came back short");
            for pair in pairs(&mut ratings) {
                let latest = last_word(pair, Rating::statement);
                for (position, rating) in pair.iter().enumerate() {
                    if let Some(reason) = objection(rating, Some(position) == latest) {
                        quarantine.reject(self.files.origin(rating), &spelling::text(rating), reason).await?;
                        continue;
                    }
                    users.add(rating.user_id);
                    statistics.add(rating);
                    rows.push(silver(rating));
                }
            }
            if !rows.is_empty() {
                writer.write(&rows.take()?).await?;
            }
            users.flush().await?;
        }
        Ok(writer)
    }
}

impl Files {
    /// Of what was read of a partition so far, the records that may still count whatever follows: of each user and movie
    /// the last row and the last event. The others go to the quarantine.
    async fn keep_what_may_count(
        &self,
        partition: &Partition,
        quarantine: &mut Quarantine,
    ) -> anyhow::Result<Vec<u8>> {
        let (mut ratings, rest) = partition.ratings()?;
        let mut kept = Vec::new();
        for pair in pairs(&mut ratings) {
            for (rating, next) in pair.iter().zip(pair.iter().skip(1).map(Some).chain([None])) {
                if next.is_some_and(|next| next.is_feedback() == rating.is_feedback()) {
                    let text = spelling::text(rating);
                    quarantine.reject(self.origin(rating), &text, Reason::Superseded).await?;
                } else {
                    record::write(&mut kept, rating)?;
                }
            }
        }
        kept.extend_from_slice(rest);
        Ok(kept)
    }

    fn origin(&self, rating: &Rating<'_>) -> Origin<'_> {
        if rating.is_feedback() {
            return feedback::origin(rating.line);
        }
        Origin { table: BronzeRatings::NAME, file: &self.0[usize::from(rating.file)], line: rating.line }
    }
}

/// The ratings of each user and movie, from old to new.
fn pairs<'a, 'b>(ratings: &'b mut [Rating<'a>]) -> impl Iterator<Item = &'b [Rating<'a>]> {
    ratings.sort_unstable_by_key(order);
    ratings.chunk_by(|a, b| (a.user_id, a.movie_id) == (b.user_id, b.movie_id))
}

/// Why a rating does not reach silver, given whether it is what counts of its user and movie.
fn objection(rating: &Rating<'_>, counts: bool) -> Option<Reason> {
    match (counts, rating.half_stars) {
        (false, _) => Some(Reason::Superseded),
        (true, 0) => Some(Reason::Retracted),
        (true, _) => None,
    }
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
