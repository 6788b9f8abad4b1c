//! Candidates for the hyper-parameters.

use als::MAX_RANK;
use contract::{Hyperparameters, Objective};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// `count` candidates: the given one, and others drawn around it by its seed.
///
/// Rank and weights are drawn evenly on a logarithmic scale, for it is their order of magnitude that matters. With a
/// half-life the confidence alpha keeps its value: it stands in the weights of the ratings, which all candidates share.
pub(crate) fn draw(given: &Hyperparameters, count: usize) -> Vec<Hyperparameters> {
    let mut random = ChaCha8Rng::seed_from_u64(given.seed);
    let drawn = (1..count).map(|_| around(given, &mut random));
    std::iter::once(*given).chain(drawn).collect()
}

fn around(given: &Hyperparameters, random: &mut ChaCha8Rng) -> Hyperparameters {
    let rank = near(given.rank, random);
    let regularization = given.regularization * log_uniform(0.1, 10.0, random);
    let mut candidate = Hyperparameters { rank, regularization, ..*given };
    if given.objective == Objective::Implicit {
        candidate.unobserved_weight *= log_uniform(0.1, 10.0, random);
        let drawn = alpha(random);
        if given.half_life_days.is_none() {
            candidate.confidence_alpha = drawn;
        }
    }
    candidate
}

/// A rank from a quarter to the double: more costs time before it helps. A multiple of 8 where that is near enough,
/// which the solver's kernels like.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "ranks are small positive numbers"
)]
fn near(rank: usize, random: &mut ChaCha8Rng) -> usize {
    let drawn = (rank as f64 * log_uniform(0.25, 2.0, random)).round() as usize;
    let rounded = if drawn < 16 { drawn } else { drawn.next_multiple_of(8) };
    rounded.clamp(1, MAX_RANK)
}

/// 0, which no logarithmic scale holds, half of the time.
fn alpha(random: &mut ChaCha8Rng) -> f64 {
    if random.random_bool(0.5) { 0.0 } else { log_uniform(0.05, 5.0, random) }
}

fn log_uniform(lowest: f64, highest: f64, random: &mut ChaCha8Rng) -> f64 {
    random.random_range(f64::ln(lowest)..f64::ln(highest)).exp()
}

#[cfg(test)]
mod tests {
    use als::Config;

    use super::*;

    fn given() -> Hyperparameters {
        Hyperparameters { confidence_alpha: 0.3, ..Hyperparameters::usual(Objective::Implicit) }
    }

    fn alphas(candidates: &[Hyperparameters]) -> Vec<f64> {
        candidates.iter().map(|candidate| candidate.confidence_alpha).collect()
    }

    #[test]
    fn the_given_values_come_first_and_a_seed_draws_the_same() {
        let given = given();
        let candidates = draw(&given, 5);
        assert_eq!(candidates.len(), 5);
        assert_eq!(candidates[0], given);
        assert_eq!(candidates, draw(&given, 5));
        assert_ne!(candidates[1].rank, draw(&Hyperparameters { seed: 43, ..given }, 5)[1].rank);
        assert_eq!(draw(&given, 9)[..5], candidates, "more candidates are the same and more");
    }

    #[test]
    fn candidates_lie_around_the_given_values_and_are_valid() {
        let candidates = draw(&given(), 500);
        for candidate in &candidates {
            Config::from(candidate).validate().unwrap();
            assert!((16..=128).contains(&candidate.rank), "{candidate:?}");
            assert!((0.001..=0.1).contains(&candidate.regularization), "{candidate:?}");
        }
        // half of them lie on either side of the middle of the logarithmic scale
        let low = candidates.iter().filter(|candidate| candidate.rank <= 40).count();
        assert!((175..=275).contains(&low), "{low} of 500");
        let alphas = alphas(&candidates);
        assert!(alphas.iter().any(|alpha| *alpha > 1.0) && alphas.iter().any(|alpha| *alpha <= 0.0));
    }

    #[test]
    fn the_greatest_rank_is_kept_to() {
        let given = Hyperparameters { rank: MAX_RANK, ..given() };
        assert!(draw(&given, 100).iter().all(|candidate| Config::from(candidate).validate().is_ok()));
    }

    #[test]
    fn alpha_stays_with_a_half_life_and_an_explicit_objective_has_no_weights() {
        let fading = Hyperparameters { half_life_days: Some(30.0), ..given() };
        assert!(alphas(&draw(&fading, 50)).iter().all(|alpha| (alpha - 0.3).abs() < 1e-12));
        let explicit = draw(&Hyperparameters::usual(Objective::Explicit), 50);
        assert!(explicit.iter().all(|drawn| drawn.confidence_alpha + drawn.unobserved_weight <= 0.0));
    }
}
