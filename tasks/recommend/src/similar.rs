//! `gold/similar_movies`: the movies whose factors point the same way.

use als::{Index, MovieIdx};
use lakehouse::TableWriter;
use lakehouse::tables::{GoldSimilarMovies, gold_similar_movies};
use task::Run;

use crate::model::Served;

/// Movies per block: bounds the memory of their lists.
const BLOCK: usize = 8_192;

/// Ranks the movies most similar to each; committed by the caller.
pub(crate) async fn write(
    run: &Run,
    served: &Served,
    n: usize,
) -> anyhow::Result<TableWriter<GoldSimilarMovies>> {
    let mut writer = run.write::<GoldSimilarMovies>().await?;
    let mut rows = gold_similar_movies::Rows::default();
    let movies = served.movies.len();
    for start in (0..movies).step_by(BLOCK) {
        let block = index(start)?..index(movies.min(start + BLOCK))?;
        let lists = als::similar_movies(served.model.movies(), block.clone(), n)?;
        for (movie, list) in (block.start.0..).map(MovieIdx).zip(lists) {
            let movie_id = served.movies.id(movie);
            for (rank, scored) in (1..).zip(list) {
                let similar_movie_id = served.movies.id(scored.movie);
                rows.push(gold_similar_movies::Row { movie_id, rank, similar_movie_id, score: scored.score });
            }
        }
        writer.write(&rows.take()?).await?;
    }
    Ok(writer)
}

fn index(position: usize) -> anyhow::Result<MovieIdx> {
    Ok(MovieIdx::new(u32::try_from(position)?))
}
