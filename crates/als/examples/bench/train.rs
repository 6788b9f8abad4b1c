//! `bench train`: how long an iteration takes, and what the loss is after it.

use std::ops::ControlFlow;
use std::path::Path;

use als::{Config, Model, Ratings};

use crate::arguments::Arguments;
use crate::{Outcome, emit, input};

pub(crate) fn train(arguments: &Arguments) -> Outcome<()> {
    let config = arguments.config()?;
    let folder = arguments.text("dump");
    let ratings = input::ratings(arguments)?;
    arguments.all_used()?;
    let model = fit(&ratings, &config)?;
    match folder {
        Some(folder) => input::dump(&model, Path::new(&folder)),
        None => Ok(()),
    }
}

/// Fits a model and tells of each iteration. Its seconds include the loss.
pub(crate) fn fit(ratings: &Ratings, config: &Config) -> Outcome<Model> {
    let model = als::fit(ratings, config, &mut |iteration| {
        let (number, seconds, loss) = (iteration.number, iteration.seconds, iteration.loss);
        emit(&format!(r#"{{"iteration":{number},"seconds":{seconds},"loss":{loss}}}"#));
        ControlFlow::Continue(())
    })?;
    Ok(model)
}
