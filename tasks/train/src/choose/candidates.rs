//! Candidates for the hyper-parameters.

use als::{Config, MAX_RANK, Objective};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// `count` configurations: the given one, and others drawn around it by its seed.
///
/// Rank and weights are drawn evenly on a logarithmic scale, for it is their order of magnitude that matters. The
/// confidence alpha keeps its value unless it `may_vary`.
pub(crate) fn draw(given: &Config, count: usize, may_vary: bool) -> Vec<Config> {
    let mut random = ChaCha8Rng::seed_from_u64(given.seed);
    let drawn = (1..count).map(|_| around(given, may_vary, &mut random));
    std::iter::once(*given).chain(drawn).collect()
}

fn around(given: &Config, may_vary: bool, random: &mut ChaCha8Rng) -> Config {
    let rank = near(given.rank, random);
    let regularization = given.regularization * log_uniform(0.1, 10.0, random);
    let objective = match given.objective {
        Objective::Implicit { unobserved_weight, confidence_alpha } => {
            let unobserved_weight = unobserved_weight * log_uniform(0.1, 10.0, random);
            let drawn = alpha(random);
            Objective::Implicit {
                unobserved_weight,
                confidence_alpha: if may_vary { drawn } else { confidence_alpha },
            }
        }
        explicit @ Objective::Explicit { .. } => explicit,
    };
    Config { objective, rank, regularization, ..*given }
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
    use als::Solver;

    use super::*;

    fn given(objective: Objective) -> Config {
        Config {
            objective,
            rank: 64,
            iterations: 6,
            regularization: 0.01,
            regularization_exponent: 1.0,
            seed: 42,
            solver: Solver::Cholesky,
        }
    }

    const IMPLICIT: Objective = Objective::Implicit { unobserved_weight: 0.1, confidence_alpha: 0.3 };

    fn alphas(candidates: &[Config]) -> Vec<f64> {
        let alpha = |candidate: &Config| match candidate.objective {
            Objective::Implicit { confidence_alpha, .. } => confidence_alpha,
            Objective::Explicit { .. } => f64::NAN,
        };
        candidates.iter().map(alpha).collect()
    }

    #[test]
    fn the_given_values_come_first_and_a_seed_draws_the_same() {
        let given = given(IMPLICIT);
        let candidates = draw(&given, 5, true);
        assert_eq!(candidates.len(), 5);
        assert_eq!(candidates[0], given);
        assert_eq!(candidates, draw(&given, 5, true));
        assert_ne!(candidates[1].rank, draw(&Config { seed: 43, ..given }, 5, true)[1].rank);
        assert_eq!(draw(&given, 9, true)[..5], candidates, "more candidates are the same and more");
    }

    #[test]
    fn candidates_lie_around_the_given_values_and_are_valid() {
        let candidates = draw(&given(IMPLICIT), 500, true);
        for candidate in &candidates {
            candidate.validate().unwrap();
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
        let given = Config { rank: MAX_RANK, ..given(IMPLICIT) };
        assert!(draw(&given, 100, true).iter().all(|candidate| candidate.validate().is_ok()));
    }

    #[test]
    fn a_fixed_alpha_and_an_explicit_objective_stay() {
        assert!(alphas(&draw(&given(IMPLICIT), 50, false)).iter().all(|alpha| (alpha - 0.3).abs() < 1e-12));
        let explicit = Objective::Explicit { biases: false };
        assert!(draw(&given(explicit), 50, true).iter().all(|candidate| candidate.objective == explicit));
    }
}
