//! The genres of MovieLens, each a direction of taste.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::{Stream, rng};

/// The dimensions of a taste.
pub(super) const TASTES: usize = 8;

pub(super) type Taste = [f32; TASTES];

/// The genres with their shares in `ml-latest-small`, in percent.
pub(super) const GENRES: [(&str, u32); 19] = [
    ("Action", 8),
    ("Adventure", 6),
    ("Animation", 3),
    ("Children", 3),
    ("Comedy", 17),
    ("Crime", 5),
    ("Documentary", 2),
    ("Drama", 20),
    ("Fantasy", 4),
    ("Film-Noir", 1),
    ("Horror", 4),
    ("IMAX", 1),
    ("Musical", 2),
    ("Mystery", 3),
    ("Romance", 7),
    ("Sci-Fi", 4),
    ("Thriller", 7),
    ("War", 2),
    ("Western", 1),
];

/// The direction of each genre, of length 1.
pub(super) fn directions() -> [Taste; GENRES.len()] {
    let mut rng = rng(Stream::Genres);
    std::array::from_fn(|_| scaled_to(normal(&mut rng), 1.0))
}

/// A genre, as often as it is in MovieLens.
pub(super) fn draw(rng: &mut ChaCha8Rng) -> usize {
    let total: u32 = GENRES.iter().map(|(_, share)| share).sum();
    let mut at = rng.random_range(0..total);
    for (genre, (_, share)) in GENRES.iter().enumerate() {
        if at < *share {
            return genre;
        }
        at -= share;
    }
    0
}

/// A taste of independent standard normal values.
pub(super) fn normal(rng: &mut ChaCha8Rng) -> Taste {
    std::array::from_fn(|_| StandardNormal.sample(rng))
}

pub(super) fn dot(a: &Taste, b: &Taste) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The sum of `a` and `scale` times `b`.
pub(super) fn plus(a: Taste, scale: f32, b: &Taste) -> Taste {
    std::array::from_fn(|i| scale.mul_add(b[i], a[i]))
}

/// The same direction with another length.
pub(super) fn scaled_to(taste: Taste, length: f32) -> Taste {
    let scale = length / dot(&taste, &taste).sqrt().max(f32::MIN_POSITIVE);
    taste.map(|value| value * scale)
}
