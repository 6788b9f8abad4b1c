//! The hyper-parameters as flags.

use als::{Config, Objective};
use clap::builder::RangedU64ValueParser;
use task::CommonArgs;

/// Trains the ALS model of a run on its silver ratings, without each user's latest ones (the holdout).
#[derive(Debug, clap::Parser)]
#[command(name = "train", version = task::REVISION, allow_negative_numbers = true)]
pub struct Train {
    #[command(flatten)]
    pub(crate) common: CommonArgs,

    /// What to learn: implicit ranks movies by who watched what, explicit predicts stars
    #[arg(long, value_enum, default_value_t = ObjectiveName::Implicit)]
    objective: ObjectiveName,

    /// Number of latent factors
    #[arg(long, default_value_t = 64, value_parser = RangedU64ValueParser::<usize>::new().range(1..=als::MAX_RANK as u64))]
    rank: usize,

    /// Number of iterations, each solving all movies and all users
    #[arg(long, default_value_t = 6, value_parser = RangedU64ValueParser::<usize>::new().range(1..=10_000))]
    iterations: usize,

    /// Weight of the squared factors (lambda) [default: 0.01 implicit, 0.05 explicit]
    #[arg(long, value_parser = non_negative)]
    regularization: Option<f64>,

    /// How regularisation grows with the number of ratings of a row: n to this power (nu)
    #[arg(long, default_value_t = 1.0, value_parser = exponent)]
    regularization_exponent: f64,

    /// Weight of every pair of user and movie, rated or not (alpha0, implicit)
    #[arg(long, default_value_t = 0.1, value_parser = non_negative)]
    unobserved_weight: f64,

    /// Extra weight of an observed pair per star (alpha, implicit); 0 counts all ratings alike
    #[arg(long, default_value_t = 0.0, value_parser = non_negative)]
    confidence_alpha: f64,

    /// Leave out the global mean and the biases of users and movies (explicit)
    #[arg(long)]
    no_biases: bool,

    /// Train on ratings of at least this many stars only [default: 4 implicit, 0 explicit]
    #[arg(long, value_parser = stars)]
    min_rating: Option<f64>,

    /// Seed of the initial factors: same seed, same factors, on any number of threads
    #[arg(long, default_value_t = 42)]
    seed: u32,

    /// Share of each user's latest ratings kept from training, for `evaluate`
    #[arg(long, default_value_t = 0.2, value_parser = share)]
    pub(crate) holdout: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ObjectiveName {
    Implicit,
    Explicit,
}

impl Train {
    /// The fewest stars of a rating to train on. A watched film that was not liked is no reason to recommend its
    /// like, but it does tell which stars to predict.
    pub(crate) fn min_rating(&self) -> f64 {
        self.min_rating.unwrap_or(match self.objective {
            ObjectiveName::Implicit => 4.0,
            ObjectiveName::Explicit => 0.0,
        })
    }

    /// All that the model depends on besides the ratings.
    pub(crate) fn inputs(&self) -> String {
        format!("{:?}, min_rating {}, holdout {}", self.config(), self.min_rating(), self.holdout)
    }

    /// The solver's configuration.
    pub(crate) fn config(&self) -> Config {
        let (objective, usual_regularization) = match self.objective {
            ObjectiveName::Implicit => {
                let (unobserved_weight, confidence_alpha) = (self.unobserved_weight, self.confidence_alpha);
                (Objective::Implicit { unobserved_weight, confidence_alpha }, 0.01)
            }
            ObjectiveName::Explicit => (Objective::Explicit { biases: !self.no_biases }, 0.05),
        };
        Config {
            objective,
            rank: self.rank,
            iterations: self.iterations,
            regularization: self.regularization.unwrap_or(usual_regularization),
            regularization_exponent: self.regularization_exponent,
            seed: u64::from(self.seed),
        }
    }
}

fn number(text: &str, expected: &str, fits: impl Fn(f64) -> bool) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| format!("not a number: give {expected}"))?;
    if fits(value) { Ok(value) } else { Err(format!("out of range: give {expected}")) }
}

fn non_negative(text: &str) -> Result<f64, String> {
    number(text, "a number of at least 0", |value| (0.0..=1e6).contains(&value))
}

fn exponent(text: &str) -> Result<f64, String> {
    number(text, "a number from 0 to 2", |value| (0.0..=2.0).contains(&value))
}

fn share(text: &str) -> Result<f64, String> {
    number(text, "a share from 0 to 0.9", |value| (0.0..=0.9).contains(&value))
}

fn stars(text: &str) -> Result<f64, String> {
    number(text, "stars from 0 to 5", |value| (0.0..=5.0).contains(&value))
}
