//! When a user rates.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::catalogue::FIRST_YEAR;

/// The first second of 1996, UTC.
pub(super) const BEGIN: i64 = 820_454_400;
/// The first second of 2026, UTC.
pub(super) const END: i64 = 1_767_225_600;
/// The service grows: fewer users come early than late.
const GROWTH: f64 = 0.7;
const SECONDS_PER_YEAR: i64 = 31_556_952;
const DAY: f64 = 86_400.0;
/// The longest session, in ratings, and the longest wait within one, in seconds.
const SESSION: u32 = 60;
const LONGEST_WAIT: i64 = 45;

/// The times at which a user rates `count` movies, ascending: sessions over weeks or years, seconds apart
/// within.
pub(super) fn times(rng: &mut ChaCha8Rng, count: u32, times: &mut Vec<i64>) {
    times.clear();
    // A session that begins now must end before the end.
    let last_start = (END - i64::from(SESSION) * LONGEST_WAIT) as f64;
    let share: f64 = rng.random();
    let first = BEGIN as f64 + (last_start - BEGIN as f64) * share.powf(GROWTH);
    let days = f64::from(count) * rng.random_range(0.02..4.0);
    let span = (days * DAY).min(last_start - first);
    let mut left = count;
    while left > 0 {
        let session = rng.random_range(5..=SESSION).min(left);
        let offset: f64 = rng.random();
        // Most sessions come soon after the first.
        let mut time = (first + span * offset * offset) as i64;
        for _ in 0..session {
            times.push(time);
            time += rng.random_range(2..=LONGEST_WAIT);
        }
        left -= session;
    }
    times.sort_unstable();
}

/// The year of a time between [`BEGIN`] and [`END`], to the day or so.
pub(super) fn year(time: i64) -> u16 {
    FIRST_YEAR + ((time - BEGIN) / SECONDS_PER_YEAR) as u16
}
