//! How many movies each user rates.

use rand_distr::{Distribution, LogNormal};

use super::{SampleSize, Stream, rng};

/// As in MovieLens, nobody rates fewer.
const LEAST: u32 = 20;

/// The number of ratings of each user: at least [`LEAST`], beyond that log-normal with a median of 50 and a
/// mean of 145 as in `ml-latest-small`, scaled so that they add up to `total`.
pub(super) fn per_user(size: SampleSize, total: u64) -> Vec<u32> {
    let users = size.users();
    let most = size.movies() / 2;
    let least = LEAST.min((total / u64::from(users)) as u32);
    let extra = extra(users);
    let scale = (total - u64::from(users * least)) as f64 / extra.iter().sum::<f64>();
    let mut counts: Vec<u32> = extra.iter().map(|extra| (least + (extra * scale) as u32).min(most)).collect();
    spread(&mut counts, total, most);
    counts
}

fn extra(users: u32) -> Vec<f64> {
    let mut rng = rng(Stream::Activity);
    match LogNormal::new(50_f64.ln(), 1.46) {
        Ok(distribution) => (0..users).map(|_| distribution.sample(&mut rng)).collect(),
        // Unreachable: the parameters are finite.
        Err(_) => vec![1.0; users as usize],
    }
}

/// Hands out what rounding and the upper bound left over, one by one.
fn spread(counts: &mut [u32], total: u64, most: u32) {
    let mut left = total - counts.iter().map(|&count| u64::from(count)).sum::<u64>();
    while left > 0 {
        for count in counts.iter_mut().filter(|count| **count < most) {
            if left == 0 {
                break;
            }
            *count += 1;
            left -= 1;
        }
    }
}
