//! `bench train`: how long an iteration takes, and what the loss is after it.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use als::{Config, Factors, Model, MovieIdx, Ratings, TrainingSet};

use crate::arguments::Arguments;
use crate::{Outcome, emit, input};

pub(crate) fn train(arguments: &Arguments) -> Outcome<()> {
    let config = arguments.config()?;
    let chunks = arguments.text("chunks").map(|count| count.parse()).transpose()?;
    let (start, folder) = (arguments.text("dump-start"), arguments.text("dump"));
    let ratings = input::ratings(arguments)?;
    arguments.all_used()?;
    if let Some(start) = start {
        dump_start(&ratings, &config, Path::new(&start))?;
    }
    let model = fit(&ratings, &config, chunks)?;
    match folder {
        Some(folder) => input::dump(&model, Path::new(&folder)),
        None => Ok(()),
    }
}

/// Writes what a fit begins with: random users, and movies that are solved before anything is read of them.
///
/// A random factor depends on the seed and its row alone. So those that a refresh gives to movies which had none are
/// also those that a fit gives to its users.
fn dump_start(ratings: &Ratings, config: &Config, folder: &Path) -> Outcome<()> {
    let users = ratings.users();
    let anything = Ratings::from_users(users, [[(MovieIdx(0), 1.0)]])?;
    let nothing = Factors::from_parts(config.rank, Vec::new(), Vec::new())?;
    let mut observer = |_: &als::Iteration<'_>| ControlFlow::Continue(());
    let model = als::refresh(
        &TrainingSet::new(&anything, None)?,
        config,
        &nothing,
        &vec![None; users],
        0,
        &mut observer,
    )?;
    fs::create_dir_all(folder)?;
    input::write(&folder.join("users.f32"), model.movies().values())?;
    input::write(&folder.join("movies.f32"), &vec![0.0; ratings.movies() * config.rank])
}

/// Fits a model and tells of each iteration. Its seconds include the loss.
pub(crate) fn fit(ratings: &Ratings, config: &Config, chunks: Option<usize>) -> Outcome<Model> {
    let model = als::fit(&TrainingSet::new(ratings, chunks)?, config, &mut |iteration| {
        let (number, seconds, loss) = (iteration.number, iteration.seconds, iteration.loss);
        emit(&format!(r#"{{"iteration":{number},"seconds":{seconds},"loss":{loss}}}"#));
        ControlFlow::Continue(())
    })?;
    Ok(model)
}
