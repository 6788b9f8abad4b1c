//! Random initial factors.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

use crate::config::Config;
use crate::factors::Factors;
use crate::index::Index;
use crate::real::{count, single};

/// Writes a factor drawn from N(0, 0.1 / sqrt(k)) (Rendle et al. 2021, section 3.2), 0.1 / sqrt(k) being the standard
/// deviation, so that scores begin near 0 whatever the rank.
///
/// Every row has a random stream of its own: its factor depends on the seed and its index, not on the other rows.
pub(crate) fn seeded_factor<Row: Index>(config: &Config, row: Row, factor: &mut [f32]) {
    let mut random = ChaCha8Rng::seed_from_u64(config.seed);
    random.set_stream(u64::from(row.number()));
    let deviation = single(0.1 / count(factor.len()).sqrt());
    for entry in factor {
        let normal: f32 = StandardNormal.sample(&mut random);
        *entry = deviation * normal;
    }
}

/// Seeded factors for the rows for which `wanted` holds, zero for the others.
pub(crate) fn seeded<Row: Index>(config: &Config, rows: usize, wanted: impl Fn(Row) -> bool) -> Factors<Row> {
    let mut side = Factors::zeros(rows, config.rank);
    let (factors, _) = side.parts_mut();
    for (row, factor) in (0..).map(Row::new).zip(factors.chunks_mut(config.rank)) {
        if wanted(row) {
            seeded_factor(config, row, factor);
        }
    }
    side
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Objective, Solver};
    use crate::index::MovieIdx;
    use crate::real::squared_norm;

    fn config(seed: u64) -> Config {
        let objective = Objective::Explicit { biases: false };
        let (regularization, regularization_exponent) = (0.1, 1.0);
        let solver = Solver::Cholesky;
        Config { objective, rank: 64, iterations: 1, regularization, regularization_exponent, seed, solver }
    }

    #[test]
    fn the_deviation_is_a_tenth_of_the_root_of_the_rank() {
        let side = seeded::<MovieIdx>(&config(1), 2000, |_| true);
        let mean_square = squared_norm(side.values()) / count(side.values().len());
        assert!((mean_square.sqrt() - 0.1 / 8.0).abs() < 1e-4, "{}", mean_square.sqrt());
    }

    #[test]
    fn a_row_has_its_own_factor_whatever_the_other_rows() {
        let all = seeded::<MovieIdx>(&config(1), 20, |_| true);
        let one = seeded::<MovieIdx>(&config(1), 10, |movie| movie == MovieIdx(7));
        assert_eq!(all.row(MovieIdx(7)), one.row(MovieIdx(7)));
        assert_ne!(all.row(MovieIdx(7)), all.row(MovieIdx(8)));
        assert!(squared_norm(one.row(MovieIdx(6))) <= 0.0);
        assert_ne!(all, seeded::<MovieIdx>(&config(2), 20, |_| true));
    }
}
