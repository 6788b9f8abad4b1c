//! Conjugate gradients beside the exact solver, seen from outside.

use als::{Config, Solver};

use crate::common::{assert_close, every_config, fit_all, on_threads, random_ratings};

fn descending(config: Config, steps: usize) -> Config {
    Config { solver: Solver::ConjugateGradient { steps }, ..config }
}

#[test]
fn as_many_steps_as_unknowns_come_as_far_as_the_exact_solver() {
    let ratings = random_ratings(60, 40, 2, 1);
    for config in every_config() {
        let (_, exact) = fit_all(&ratings, &config);
        let (_, descended) = fit_all(&ratings, &descending(config, config.rank + 1));
        for (exact, descended) in exact.iter().zip(&descended) {
            assert_close(*descended, *exact, 1e-4);
        }
    }
}

#[test]
fn every_iteration_goes_on_where_the_last_one_ended() {
    let ratings = random_ratings(300, 120, 2, 2);
    for config in every_config() {
        let config = Config { rank: 40, iterations: 12, ..config };
        let (_, exact) = fit_all(&ratings, &config);
        let (_, descended) = fit_all(&ratings, &descending(config, 2));
        assert!(descended[0] > exact[0] * 1.000_1, "two steps are not the minimum: {descended:?} {exact:?}");
        for pair in descended.windows(2) {
            assert!(pair[1] <= pair[0] * (1.0 + 1e-6), "{config:?}: {pair:?}");
        }
        assert!(descended[11] < descended[0], "{descended:?}");
    }
}

#[test]
fn threads_do_not_change_a_bit_of_a_descent() {
    let ratings = random_ratings(2000, 200, 1, 3);
    for config in every_config() {
        let config = descending(Config { rank: 19, iterations: 3, ..config }, 3);
        let alone = on_threads(1, || fit_all(&ratings, &config));
        let together = on_threads(3, || fit_all(&ratings, &config));
        assert_eq!(alone.0, together.0);
        assert_eq!(alone.1, together.1);
    }
}
