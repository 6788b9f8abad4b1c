//! Which variant of an experiment a user gets.
//!
//! ```text
//! seed(name)     FNV-1a, 64 bits, of the name's bytes
//! hash(name, u)  mix(seed(name) + u * 0x9E3779B97F4A7C15)        the u-th number of splitmix64 seeded with it
//! mix(z)         z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9; z = (z ^ z >> 27) * 0x94D049BB133111EB; z ^ z >> 31
//! point          hash * sum of the weights / 2^64, rounded down
//! ```
//!
//! Sums and products are those of 64 bits. The user gets the first variant at which the weights so far add up to more
//! than the point. So the same user always gets the same variant, on every instance; another name shuffles everybody;
//! and when weight is shifted between two neighbours, only users of these two move, no more than must.
//!
//! splitmix64: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.

use store::{Experiment, Variant};

/// The user's variant; `None` only if there is no variant.
pub(super) fn assign(experiment: &Experiment, user_id: i64) -> Option<&Variant> {
    let weight = |variant: &Variant| u64::from(variant.weight.unsigned_abs());
    let sum: u64 = experiment.variants.iter().map(weight).sum();
    let point = share_of(hash(&experiment.name, user_id), sum);
    let mut reached = 0;
    experiment.variants.iter().find(|variant| {
        reached += weight(variant);
        point < reached
    })
}

/// `hash * sum / 2^64`: uniform over `0..sum`.
fn share_of(hash: u64, sum: u64) -> u64 {
    // Below `sum`, so it fits.
    u64::try_from((u128::from(hash) * u128::from(sum)) >> 64).unwrap_or(u64::MAX)
}

fn hash(name: &str, user_id: i64) -> u64 {
    let step = user_id.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mix(seed(name).wrapping_add(step))
}

fn seed(name: &str) -> u64 {
    name.bytes()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: i64 = 100_000;

    fn experiment(name: &str, weights: &[i32]) -> Experiment {
        let variant = |(place, &weight)| Variant { name: format!("v{place}"), version: 1, weight };
        Experiment { name: name.to_owned(), variants: weights.iter().enumerate().map(variant).collect() }
    }

    /// The place of each user's variant.
    fn places(experiment: &Experiment) -> Vec<usize> {
        let place = |user_id| {
            let variant = assign(experiment, user_id).unwrap();
            experiment.variants.iter().position(|v| v.name == variant.name).unwrap()
        };
        (1..=USERS).map(place).collect()
    }

    fn share(places: &[usize], place: usize) -> f64 {
        let users = places.iter().filter(|&&p| p == place).count();
        f64::from(u32::try_from(users).unwrap()) / 100_000.0
    }

    #[test]
    fn the_hash_is_the_documented_one() {
        assert_eq!(seed("a"), 0xAF63_DC4C_8601_EC8C, "the test vector of FNV-1a");
        // The first numbers of splitmix64 seeded with 0, from its reference implementation.
        let splitmix = |step: u64| mix(step.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        assert_eq!((splitmix(1), splitmix(2)), (0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4));
    }

    #[test]
    fn shares_are_within_one_percent_of_the_weights() {
        for weights in [&[1][..], &[1, 1], &[90, 10], &[1, 2, 3, 4], &[1; 10], &[999, 1], &[i32::MAX; 10]] {
            for name in ["rank", "e2", "übung", "a-much-longer-name-of-an-experiment"] {
                let places = places(&experiment(name, weights));
                let sum: f64 = weights.iter().copied().map(f64::from).sum();
                for (place, &weight) in weights.iter().enumerate() {
                    let expected = f64::from(weight) / sum;
                    let found = share(&places, place);
                    assert!((found - expected).abs() < 0.01, "{name} {weights:?}: {found} for {expected}");
                }
            }
        }
    }

    #[test]
    fn the_answer_depends_on_nothing_but_the_experiment_and_the_user() {
        assert_eq!(places(&experiment("x", &[3, 7])), places(&experiment("x", &[3, 7])));
        // Versions play no part, and multiples of the weights change nothing.
        let mut other = experiment("x", &[30, 70]);
        other.variants[0].version = 9;
        assert_eq!(places(&experiment("x", &[3, 7])), places(&other));
    }

    #[test]
    fn another_name_shuffles_everybody() {
        let (one, two) = (places(&experiment("one", &[1, 1])), places(&experiment("two", &[1, 1])));
        let both: Vec<usize> = one.iter().zip(&two).map(|(one, two)| one * 2 + two).collect();
        for place in 0..4 {
            assert!((share(&both, place) - 0.25).abs() < 0.01, "the experiments are not independent");
        }
    }

    #[test]
    fn shifting_weight_moves_only_the_users_it_must() {
        let before = places(&experiment("x", &[80, 20, 100]));
        let after = places(&experiment("x", &[90, 10, 100]));
        let moves: Vec<usize> = before.iter().zip(&after).map(|(from, to)| from * 3 + to).collect();
        assert!((share(&moves, 3) - 0.05).abs() < 0.01, "of the second to the first");
        let stayed = share(&moves, 0) + share(&moves, 4) + share(&moves, 8);
        assert!((share(&moves, 3) + stayed - 1.0).abs() < 1e-9, "nobody else");
    }

    #[test]
    fn an_experiment_without_variants_assigns_nobody() {
        assert_eq!(assign(&experiment("x", &[]), 1), None);
    }
}
