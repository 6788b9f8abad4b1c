//! `bench top-n` and `bench similar`: how long it takes to rank for every row of a side.

use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use als::{AlsError, BlockRanker, Config, Index, Model, MovieIdx, Ratings, ScoredMovie, UserIdx};

use crate::arguments::Arguments;
use crate::{Outcome, emit, input, train};

type Lists = Result<Vec<Vec<ScoredMovie>>, AlsError>;

pub(crate) fn top_n(arguments: &Arguments) -> Outcome<()> {
    let (n, block) = (arguments.number("n", 100)?, arguments.number("block", 2_048)?);
    let (ratings, model) = prepare(arguments)?;
    let started = Instant::now();
    let ranker = BlockRanker::new(&model, &ratings)?;
    let rank = |users: Range<UserIdx>| ranker.top_n(users, n);
    time_blocks(started.elapsed(), model.users().rows(), block, rank)
}

pub(crate) fn similar(arguments: &Arguments) -> Outcome<()> {
    let (n, block) = (arguments.number("n", 50)?, arguments.number("block", 8_192)?);
    let (_, model) = prepare(arguments)?;
    let rank = |movies: Range<MovieIdx>| als::similar_movies(model.movies(), movies, n);
    time_blocks(Duration::ZERO, model.movies().rows(), block, rank)
}

/// The ratings, and dumped factors or those of one iteration.
fn prepare(arguments: &Arguments) -> Outcome<(Ratings, Model)> {
    let config = Config { iterations: 1, ..arguments.config()? };
    let folder = arguments.text("factors");
    let ratings = input::ratings(arguments)?;
    arguments.all_used()?;
    let model = match folder {
        Some(folder) => input::dumped(config, Path::new(&folder))?,
        None => train::fit(&ratings, &config, None)?,
    };
    Ok((ratings, model))
}

/// Ranks block by block, as the pipeline does, after some preparation. The sum of all scores lets others compare
/// their results.
fn time_blocks<Row: Index>(
    preparation: Duration,
    rows: usize,
    block: usize,
    rank: impl Fn(Range<Row>) -> Lists,
) -> Outcome<()> {
    let row = |position: usize| u32::try_from(position).map(Row::new);
    let (mut seconds, mut entries, mut score_sum) = (preparation.as_secs_f64(), 0, 0.0);
    for start in (0..rows).step_by(block.max(1)) {
        let range = row(start)?..row(rows.min(start + block))?;
        let started = Instant::now();
        let lists = rank(range)?;
        seconds += started.elapsed().as_secs_f64();
        entries += lists.iter().map(Vec::len).sum::<usize>();
        score_sum += lists.iter().flatten().map(|entry| f64::from(entry.score)).sum::<f64>();
    }
    emit(&format!(r#"{{"rows":{rows},"entries":{entries},"score_sum":{score_sum},"seconds":{seconds}}}"#));
    Ok(())
}
