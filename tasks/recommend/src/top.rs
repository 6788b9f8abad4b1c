//! `gold/recommendations`: the best unseen movies of every user.

use als::{BlockRanker, Index, UserIdx};
use lakehouse::TableWriter;
use lakehouse::tables::{GoldRecommendations, gold_recommendations};
use task::Run;

use crate::model::Served;
use crate::popular::Popularity;

/// Users per block: bounds the memory of their lists.
const BLOCK: usize = 2_048;

/// Ranks every movie for every user; committed by the caller.
pub(crate) async fn write(
    run: &Run,
    served: &Served,
    popularity: &Popularity,
    n: usize,
) -> anyhow::Result<TableWriter<GoldRecommendations>> {
    let mut writer = run.write::<GoldRecommendations>().await?;
    let mut rows = gold_recommendations::Rows::default();
    let users = served.users.len();
    let progress = task::Progress::items("recommend", Some(users as u64));
    let ranker = BlockRanker::new(&served.model, &served.seen)?;
    for start in (0..users).step_by(BLOCK) {
        let block = index(start)?..index(users.min(start + BLOCK))?;
        let lists = ranker.top_n(block.clone(), n)?;
        for (user, list) in (block.start.0..).map(UserIdx).zip(lists) {
            let user_id = served.users.id(user);
            // A user without a rating that the model learnt from has no taste: popular movies are the best guess.
            let seen = served.seen.by_user().row(user).0;
            let list = if served.knows(user) { list } else { popularity.unseen(seen, n) };
            for (rank, scored) in (1..).zip(list) {
                let movie_id = served.movies.id(scored.movie);
                rows.push(gold_recommendations::Row { user_id, rank, movie_id, score: scored.score });
            }
        }
        writer.write(&rows.take()?).await?;
        progress.add(BLOCK as u64);
    }
    Ok(writer)
}

fn index(position: usize) -> anyhow::Result<UserIdx> {
    Ok(UserIdx::new(u32::try_from(position)?))
}
