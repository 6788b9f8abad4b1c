//! Titles as MovieLens writes them, with all their oddities.

use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use super::words::{ADJECTIVES, ALTERNATIVES, FOREIGN, NAMES, NOUNS};

/// A title with its year in brackets. One in 100 has no year, one in 20 another title in brackets, and a few
/// have a range of years, a trailing space, quotes or an ellipsis.
pub(super) fn draw(rng: &mut ChaCha8Rng, year: u16) -> String {
    let mut title = name(rng);
    if rng.random_ratio(1, 20) {
        title = format!("{title} ({})", word(rng, &ALTERNATIVES));
    }
    match rng.random_range(0..1000) {
        0..10 => title,
        10..13 => format!("{title} ({year}–{})", year + 2),
        13..15 => format!("{title} ({year}) "),
        _ => format!("{title} ({year})"),
    }
}

fn name(rng: &mut ChaCha8Rng) -> String {
    let adjective = word(rng, &ADJECTIVES);
    let noun = word(rng, &NOUNS);
    let other = word(rng, &NOUNS);
    let who = word(rng, &NAMES);
    match rng.random_range(0..100) {
        // The article goes to the end: "Silent River, The".
        0..30 => format!("{adjective} {noun}, The"),
        30..42 => format!("{adjective} {noun}"),
        42..52 => format!("{noun} of the {other}, The"),
        52..60 => format!("{who}'s {noun}"),
        60..66 => format!("{who} and the {adjective} {noun}"),
        66..72 => format!("{noun}, {other} & {who}"),
        72..78 => {
            format!("{adjective} {noun} {}", ["II", "III", "2", "3: The Return"][rng.random_range(0..4)])
        }
        78..84 => format!("{adjective}: A {noun} Story"),
        84..88 => format!("{noun} {}", rng.random_range(2..3000)),
        88..91 => format!("\"{adjective} {noun}\""),
        91..93 => format!("...And {who} Said \"{adjective}\""),
        93..95 => format!("({adjective}) {noun}"),
        _ => word(rng, &FOREIGN).to_owned(),
    }
}

pub(super) fn word<'a>(rng: &mut ChaCha8Rng, words: &[&'a str]) -> &'a str {
    words.choose(rng).copied().unwrap_or_default()
}
