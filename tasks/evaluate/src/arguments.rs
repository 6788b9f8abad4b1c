//! The flags.

use clap::builder::RangedU64ValueParser;
use task::{CommonArgs, MemoryArgs, WrongUsage};

use crate::protocol::{HeldoutUsers, Protocol};

/// Measures a run's model on its holdout, against a popularity baseline, and closes the quality gate (exit code 3) if
/// it is not good enough to publish.
///
/// With any --protocol other than latest-share, it trains a model of its own, with the recorded hyper-parameters and on
/// the same ratings, and measures it as the papers do. Ratings below the run's --min-rating are then left out of both
/// training and testing. The metrics appear in the log and the report; nothing is committed, and no gate is decided.
#[derive(Debug, clap::Parser)]
#[command(name = "evaluate", version = task::REVISION, allow_negative_numbers = true)]
pub struct Evaluate {
    #[command(flatten)]
    pub(crate) common: CommonArgs,

    #[command(flatten)]
    pub(crate) memory: MemoryArgs,

    /// How much worse than the last published model a model may be, as a share of its metric
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, value_parser = share)]
    pub(crate) max_regression: f64,

    /// What is held out and how it is measured
    #[arg(long, value_enum, default_value_t = ProtocolName::LatestShare)]
    protocol: ProtocolName,

    /// Users that strong-generalization holds out for testing, and as many again for validation: a number, or a share
    /// of the users with at least 5 ratings [default: 0.1]
    #[arg(long, value_name = "NUMBER|SHARE", value_parser = heldout_users)]
    heldout_users: Option<HeldoutUsers>,

    /// Movies that leave-one-out samples for each held-out one [default: 100]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=10_000))]
    negatives: Option<usize>,

    /// Seed for what a protocol samples: users, their split, negatives [default: 42]
    #[arg(long)]
    seed: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ProtocolName {
    /// The trained model, on the ratings held out by `train --holdout`, ranked among all movies. Decides the gate
    LatestShare,
    /// Users the model has never seen: some are held out as a whole, 80% of each one's ratings are folded in and the
    /// other 20% are to be found among all movies: recall@20, recall@50, NDCG@100. Liang, Krishnan, Hoffman and
    /// Jebara, "Variational Autoencoders for Collaborative Filtering", 2018, as used by Rendle, Krichene, Zhang and
    /// Koren, "Revisiting the Performance of iALS on Item Recommendation Benchmarks", 2021
    StrongGeneralization,
    /// The latest rating of each user is to be found, among all movies and among a sample of them: HR@10, NDCG@10. He,
    /// Liao, Zhang, Nie, Hu and Chua, "Neural Collaborative Filtering", 2017, as used by Rendle, Krichene, Zhang and
    /// Anderson, "Neural Collaborative Filtering vs. Matrix Factorization Revisited", 2020. Both take every rating for
    /// a positive one: train with --min-rating 0 to compare with them
    LeaveOneOut,
}

impl Evaluate {
    /// Whether this measures by the rules of a paper, which decides about nothing.
    pub(crate) fn is_by_published_protocol(&self) -> bool {
        self.protocol != ProtocolName::LatestShare
    }

    /// The published protocol that was asked for, `None` for our own.
    ///
    /// # Errors
    /// A flag that the protocol does not read.
    pub(crate) fn published_protocol(&self) -> Result<Option<Protocol>, WrongUsage> {
        let strong = self.protocol == ProtocolName::StrongGeneralization;
        let leave_one_out = self.protocol == ProtocolName::LeaveOneOut;
        let flags = [
            ("--heldout-users", self.heldout_users.is_some(), strong),
            ("--negatives", self.negatives.is_some(), leave_one_out),
            ("--seed", self.seed.is_some(), strong || leave_one_out),
        ];
        if let Some((flag, ..)) = flags.into_iter().find(|&(_, given, read)| given && !read) {
            return Err(WrongUsage::new(format!(
                "{flag} does not apply to this --protocol: leave it out, or see --help for the protocol it belongs to"
            )));
        }
        let seed = u64::from(self.seed.unwrap_or(42));
        Ok(match self.protocol {
            ProtocolName::LatestShare => None,
            ProtocolName::StrongGeneralization => {
                let heldout = self.heldout_users.unwrap_or(HeldoutUsers::Share(0.1));
                Some(Protocol::StrongGeneralization { heldout, seed })
            }
            ProtocolName::LeaveOneOut => {
                Some(Protocol::LeaveOneOut { negatives: self.negatives.unwrap_or(100), seed })
            }
        })
    }
}

fn share(text: &str) -> Result<f64, String> {
    let expected = "give a share from 0 to 1, for example 0.1";
    let value: f64 = text.parse().map_err(|_| format!("not a number: {expected}"))?;
    if (0.0..=1.0).contains(&value) { Ok(value) } else { Err(format!("out of range: {expected}")) }
}

fn heldout_users(text: &str) -> Result<HeldoutUsers, String> {
    let expected = "give a number of users from 1 on, or a share of them above 0 and below 0.5";
    match (text.parse(), text.parse()) {
        (Ok(users), _) if users > 0 => Ok(HeldoutUsers::Number(users)),
        (Err(_), Ok(share)) if share > 0.0 && share < 0.5 => Ok(HeldoutUsers::Share(share)),
        _ => Err(format!("neither: {expected}")),
    }
}
