//! The flags.

use task::CommonArgs;

/// Measures the model of a run on its holdout beside a popularity baseline, and closes the quality gate (exit
/// code 3) on a model that is not good enough to be published.
#[derive(Debug, clap::Parser)]
#[command(name = "evaluate", version = task::REVISION, allow_negative_numbers = true)]
pub struct Evaluate {
    #[command(flatten)]
    pub(crate) common: CommonArgs,

    /// How much worse than the last published model is still good enough, as a share of its figure
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, value_parser = share)]
    pub(crate) max_regression: f64,
}

fn share(text: &str) -> Result<f64, String> {
    let expected = "give a share from 0 to 1, for example 0.1";
    let value: f64 = text.parse().map_err(|_| format!("not a number: {expected}"))?;
    if (0.0..=1.0).contains(&value) { Ok(value) } else { Err(format!("out of range: {expected}")) }
}
