//! The hyper-parameters as flags.

use clap::builder::RangedU64ValueParser;
use contract::{Hyperparameters, Objective, Solver};
use task::{CommonArgs, MemoryArgs, WrongUsage};

/// What `--help` says of choosing: it must be honest about what was looked at.
const CHOOSING: &str = "\
Choosing hyper-parameters: --patience and --tune use a validation set, the latest --holdout share of each user's \
training ratings (of about 10,000 users at most). The holdout itself is not used, so that `evaluate` is not flattered \
by the choice. The chosen model is then trained on all training ratings.

--tune searches the rank (a quarter to double) and the regularization (a tenth to ten times); for implicit also the \
unobserved weight (a tenth to ten times) and the confidence alpha (0, or 0.05 to 5; fixed with --half-life), by \
successive halving. The given values are the first candidate. The same seed tries the same candidates.";

/// Trains an ALS model on the run's silver ratings, without the holdout (each user's latest ratings).
#[derive(Debug, clap::Parser)]
#[command(name = "train", version = task::REVISION, allow_negative_numbers = true, after_help = CHOOSING)]
pub struct Train {
    #[command(flatten)]
    pub(crate) common: CommonArgs,

    #[command(flatten)]
    pub(crate) memory: MemoryArgs,

    /// implicit ranks movies by what users liked; explicit predicts stars
    #[arg(long, value_enum, default_value_t = ObjectiveName::Implicit)]
    objective: ObjectiveName,

    /// Number of latent factors
    #[arg(long, default_value_t = 64, value_parser = RangedU64ValueParser::<usize>::new().range(1..=als::MAX_RANK as u64))]
    rank: usize,

    /// Number of iterations; each solves all movies, then all users
    #[arg(long, default_value_t = 6, value_parser = RangedU64ValueParser::<usize>::new().range(1..=10_000))]
    iterations: usize,

    /// Regularization strength (lambda) [default: 0.01 implicit, 1.2 explicit]
    #[arg(long, value_parser = non_negative)]
    regularization: Option<f64>,

    /// Regularization of a row grows with its number of ratings to this power (nu) [default: 1 implicit, 0.5 explicit]
    #[arg(long, value_parser = exponent)]
    regularization_exponent: Option<f64>,

    /// Weight of every user-movie pair, rated or not (alpha0; implicit only)
    #[arg(long, default_value_t = 0.1, value_parser = non_negative)]
    unobserved_weight: f64,

    /// Extra weight per star of a rated pair (alpha; implicit only). 0 weights all ratings equally
    #[arg(long, default_value_t = 0.0, value_parser = non_negative)]
    confidence_alpha: f64,

    /// Train without global mean and biases (explicit only)
    #[arg(long)]
    no_biases: bool,

    /// Train only on ratings with at least this many stars [default: 4 implicit, 0 explicit]
    #[arg(long, value_parser = stars)]
    min_rating: Option<f64>,

    /// Days after which a rating has half its weight, counted back from the newest rating (implicit only) [default: no
    /// decay]
    #[arg(long = "half-life", visible_alias = "half-life-days", value_name = "DAYS", value_parser = days)]
    half_life: Option<f64>,

    /// How each row is solved: exactly (cholesky), or by conjugate gradients (cg), for very large ranks
    #[arg(long, value_enum, default_value_t = SolverName::Cholesky)]
    solver: SolverName,

    /// Conjugate-gradient steps per row and iteration (--solver cg)
    #[arg(long, default_value_t = 3, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1000))]
    cg_steps: usize,

    /// Chunks of users, in whose order the equations of the movies are summed: machines and memory change nothing of a model,
    /// their number does, by rounding [default: one for every 16,777,216 ratings]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=10_000))]
    chunks: Option<usize>,

    /// Stop after this many iterations without improvement of NDCG@10 (explicit: RMSE) on the validation set
    /// (--iterations at most); the model is then trained anew with the best number. 0 turns this off
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = RangedU64ValueParser::<usize>::new().range(0..=10_000))]
    pub(crate) patience: usize,

    /// Number of hyper-parameter candidates to try, including the given values. 0 turns this off
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = RangedU64ValueParser::<usize>::new().range(0..=10_000))]
    pub(crate) tune: usize,

    /// Time limit in seconds. Except for the first, no iteration is started that would not finish in time, judging by
    /// the slowest so far. Choosing hyper-parameters gets half of it [default: none]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) max_seconds: Option<f64>,

    /// Seed of the initial factors. The same seed gives the same factors on any number of threads
    #[arg(long, default_value_t = 42)]
    seed: u32,

    /// Share of each user's ratings, the latest ones, held out for `evaluate`
    #[arg(long, default_value_t = 0.2, value_parser = share)]
    pub(crate) holdout: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ObjectiveName {
    Implicit,
    Explicit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum SolverName {
    Cholesky,
    Cg,
}

impl Train {
    /// Refuses flags that contradict each other.
    pub(crate) fn check_flags(&self) -> Result<(), WrongUsage> {
        if self.half_life.is_some() && self.objective == ObjectiveName::Explicit {
            return Err(WrongUsage::new(
                "--half-life needs the implicit objective: leave it out, or give --objective implicit",
            ));
        }
        if self.chooses() && self.holdout <= 0.0 {
            return Err(WrongUsage::new(
                "--holdout 0 leaves --patience and --tune no ratings to choose by: give a share above 0",
            ));
        }
        Ok(())
    }

    /// Whether anything is to be chosen by validation.
    pub(crate) fn chooses(&self) -> bool {
        self.patience > 0 || self.tune > 0
    }

    /// What is to be trained, unless something better is chosen.
    pub(crate) fn hyperparameters(&self) -> Hyperparameters {
        let objective = match self.objective {
            ObjectiveName::Implicit => Objective::Implicit,
            ObjectiveName::Explicit => Objective::Explicit,
        };
        let is_implicit = objective == Objective::Implicit;
        let usual = Hyperparameters::usual(objective);
        Hyperparameters {
            objective,
            rank: self.rank,
            iterations: self.iterations,
            regularization: self.regularization.unwrap_or(usual.regularization),
            regularization_exponent: self.regularization_exponent.unwrap_or(usual.regularization_exponent),
            unobserved_weight: if is_implicit { self.unobserved_weight } else { 0.0 },
            confidence_alpha: if is_implicit { self.confidence_alpha } else { 0.0 },
            biases: usual.biases && !self.no_biases,
            min_rating: self.min_rating.unwrap_or(usual.min_rating),
            half_life_days: self.half_life,
            seed: u64::from(self.seed),
            solver: match self.solver {
                SolverName::Cholesky => Solver::Cholesky,
                SolverName::Cg => Solver::Cg,
            },
            cg_steps: (self.solver == SolverName::Cg).then_some(self.cg_steps),
            chunks: self.chunks,
        }
    }

    /// All that the model depends on besides the ratings and what was chosen.
    pub(crate) fn given(&self) -> String {
        let Self { holdout, patience, tune, max_seconds, .. } = self;
        let given = self.hyperparameters();
        format!("{given:?}, holdout {holdout}, patience {patience}, tune {tune}, max seconds {max_seconds:?}")
    }
}

fn number(text: &str, expected: &str, fits: impl Fn(f64) -> bool) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| format!("not a number: give {expected}"))?;
    if fits(value) { Ok(value) } else { Err(format!("out of range: give {expected}")) }
}

fn non_negative(text: &str) -> Result<f64, String> {
    number(text, "a number of at least 0", |value| (0.0..=1e6).contains(&value))
}

fn days(text: &str) -> Result<f64, String> {
    number(text, "days from 0.001 to 1000000", |value| (0.001..=1e6).contains(&value))
}

fn seconds(text: &str) -> Result<f64, String> {
    number(text, "a number above 0, at most 1000000000", |value| value > 0.0 && value <= 1e9)
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
