//! Histories from `silver/ratings`.

use ::histories::{Histories, Tally, Times};
use als::Memory;
use lakehouse::Snapshot;
use lakehouse::tables::{SilverRatings, silver_ratings};

/// Reads all ratings of a version, in two passes: so nothing is ever in memory but the histories, where `memory` says for the
/// ratings that were counted.
pub async fn read_histories(
    ratings: &Snapshot<SilverRatings>,
    times: Times,
    memory: impl FnOnce(&Tally) -> Memory,
) -> anyhow::Result<Histories> {
    let mut tally = Tally::default();
    silver_ratings::scan_ids(ratings, |user_id, movie_id| tally.add(user_id, movie_id)).await?;
    let memory = memory(&tally);
    let mut builder = tally.into_builder(times, &memory)?;
    silver_ratings::scan(ratings, |row| builder.push(row.user_id, row.movie_id, row.rating, row.rated_at))
        .await?;
    Ok(builder.build()?)
}
