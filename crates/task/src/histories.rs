//! Histories from `silver/ratings`.

use ::histories::{Histories, Tally, Times};
use lakehouse::Snapshot;
use lakehouse::tables::{SilverRatings, silver_ratings};

use crate::{MemoryArgs, Run};

/// Reads all ratings of a version, in two passes: so nothing is ever in memory but the histories. After the first it is known how
/// much memory a model of this rank takes, and so where they lie.
pub async fn read_histories(
    run: &Run,
    memory: &MemoryArgs,
    ratings: &Snapshot<SilverRatings>,
    times: Times,
    rank: usize,
) -> anyhow::Result<Histories> {
    let mut tally = Tally::default();
    silver_ratings::scan_ids(ratings, |user_id, movie_id| tally.add(user_id, movie_id)).await?;
    let memory = memory.of_ratings(run.scratch(), &tally, times, rank);
    let mut builder = tally.into_builder(times, &memory)?;
    silver_ratings::scan(ratings, |row| builder.push(row.user_id, row.movie_id, row.rating, row.rated_at))
        .await?;
    Ok(builder.build()?)
}
