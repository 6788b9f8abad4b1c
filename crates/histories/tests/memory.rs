//! Alone in its process, because it looks at the memory of all of it.

use std::fs;

use als::TrainingSet;
use contract::{Hyperparameters, Objective};
use histories::{Histories, Times};

const USERS: i64 = 20_000;
const EACH: i64 = 300;

/// Six million ratings in half stars, each user's together, made as they are asked for.
fn ratings() -> impl Iterator<Item = (i64, i64, f32, i64)> + Clone {
    let of_user = |user| {
        let stars = (1..=10_u8).map(|halves| 0.5 * f32::from(halves)).cycle();
        (0..EACH)
            .zip(stars)
            .map(move |(turn, stars)| (user, (31 * user + 7 * turn) % 5000, stars, EACH - turn))
    };
    (0..USERS).flat_map(of_user)
}

/// Bytes of this process by a name in its status, where the system tells them, as Linux does.
fn bytes(name: &str) -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: f64 = line.trim_matches([':', '\t', ' ']).split(' ').next()?.parse().ok()?;
    Some(1024.0 * kibibytes)
}

#[test]
fn at_its_peak_reading_takes_hardly_more_than_what_the_solver_keeps() {
    let Some(before) = bytes("VmRSS") else { return };
    let made_by = Hyperparameters { min_rating: 0.0, ..Hyperparameters::usual(Objective::Implicit) };
    let histories = Histories::collect(Times::for_learning(&made_by), ratings()).unwrap();
    let (ratings, _) = histories.into_training_of(&made_by, 0.0).unwrap();
    let set = TrainingSet::new(&ratings, None).unwrap();
    let peak = bytes("VmHWM").unwrap() - before;
    // Four bytes of the column and one of the stars, by user and by movie.
    let kept = f64::from(u32::try_from(set.ratings().len()).unwrap()) * 2.0 * 5.0;
    assert!(peak < 1.15 * kept, "{peak} bytes at the peak for {kept}");
}
