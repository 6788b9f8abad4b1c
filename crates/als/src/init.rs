//! Random initial factors.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

use crate::config::Config;
use crate::factors::Factors;
use crate::index::Index;
use crate::real::{Real, count};

/// Writes a factor drawn from N(0, 0.1 / sqrt(k)) (Rendle et al. 2021, section 3.2), 0.1 / sqrt(k) being the standard
/// deviation, so that scores begin near 0 whatever the rank.
///
/// Every row has a random stream of its own: its factor depends on the seed and its index, not on the other rows.
pub(crate) fn seeded_factor<Row: Index>(config: &Config, row: Row, factor: &mut [f32]) {
    let mut random = ChaCha8Rng::seed_from_u64(config.seed);
    random.set_stream(u64::from(row.number()));
    let deviation = f32::of(0.1 / count(factor.len()).sqrt());
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
