//! The movies: what they are about, how good and how popular they are.

use rand::{RngExt, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp1, StandardNormal};

use super::{
    SampleSize, Stream,
    genres::{self, GENRES, TASTES, Taste},
    rng,
};

/// The first and the last year in which users rate.
pub(super) const FIRST_YEAR: u16 = 1996;
pub(super) const LAST_YEAR: u16 = 2025;

/// The weight of the movie of rank `r` is `(r + HEAD)^-1.25`: a power law with a flat head, whose most
/// popular movie gets 0.35% and whose first tenth gets two thirds of the ratings, as in MovieLens.
const HEAD: f32 = 100.0;

pub(super) struct Movie {
    pub(super) id: u32,
    pub(super) year: u16,
    /// Bit `g` is set if it is of genre `g`.
    pub(super) genres: u32,
    /// What its ratings have in common, about N(0, 1).
    pub(super) quality: f32,
    /// Of length 1.
    pub(super) taste: Taste,
    /// How many are more popular.
    pub(super) rank: usize,
}

/// What of a movie says whether somebody chooses it. Of a thousand that are looked at a few are chosen, so these lie together.
pub(super) struct Candidate {
    pub(super) index: u32,
    pub(super) year: u16,
    pub(super) taste: Taste,
}

/// All movies, in the order of their ids.
pub(super) struct Catalogue {
    pub(super) movies: Vec<Movie>,
    pub(super) by_rank: Vec<Candidate>,
    /// The fourth roots of the inverse of `HEAD` and of `HEAD` plus the number of movies.
    roots: (f32, f32),
}

impl Catalogue {
    pub(super) fn new(size: SampleSize) -> Self {
        let mut rng = rng(Stream::Catalogue);
        let directions = genres::directions();
        let count = size.movies();
        let mut by_rank: Vec<u32> = (0..count).collect();
        by_rank.shuffle(&mut rng);
        let mut movies = Vec::with_capacity(count as usize);
        let mut id = 0;
        for index in 0..count {
            let age = index as f32 / count as f32;
            id += id_gap(&mut rng, age);
            movies.push(movie(&mut rng, id, age, &directions));
        }
        for (rank, &movie) in by_rank.iter().enumerate() {
            let fame = 1.0 - (rank as f32 + 1.0).log2() / (count as f32).log2();
            movies[movie as usize].quality += 0.8 * (fame - 0.2);
            movies[movie as usize].rank = rank;
        }
        let candidate = |index: u32| {
            let &Movie { year, taste, .. } = &movies[index as usize];
            Candidate { index, year, taste }
        };
        let by_rank = by_rank.into_iter().map(candidate).collect();
        let root = |x: f32| x.sqrt().sqrt().recip();
        Self { movies, by_rank, roots: (root(HEAD), root(HEAD + count as f32)) }
    }

    /// The rank of a movie, the more popular the likelier. The power is such that its distribution can be
    /// inverted without a logarithm: with F(x) the share of the ranks below x, x = (a - F (a - b))^-4 - HEAD.
    pub(super) fn popular(&self, rng: &mut ChaCha8Rng) -> usize {
        let (first, last) = self.roots;
        let share: f32 = rng.random();
        let rank = (first - share * (first - last)).powi(4).recip() - HEAD;
        // A cast of a negative number gives 0.
        (rank as usize).min(self.by_rank.len() - 1)
    }
}

/// Ids are dense at first and sparse later, as in MovieLens.
fn id_gap(rng: &mut ChaCha8Rng, age: f32) -> u32 {
    1 + (age * age * 20.0 * rng.random::<f32>()) as u32
}

fn movie(rng: &mut ChaCha8Rng, id: u32, age: f32, directions: &[Taste; GENRES.len()]) -> Movie {
    let (genres, taste) = draw_genres(rng, directions);
    let quality = 0.8 * Distribution::<f32>::sample(&StandardNormal, rng);
    Movie { id, year: release_year(rng, age), genres, quality, taste, rank: 0 }
}

/// Movies enter in the order of their ids, most of them when they are new.
fn release_year(rng: &mut ChaCha8Rng, age: f32) -> u16 {
    let entered = FIRST_YEAR + (age * f32::from(LAST_YEAR - FIRST_YEAR)) as u16;
    let back: f32 = Exp1.sample(rng);
    if rng.random_bool(0.6) {
        entered - (back * 1.5) as u16
    } else {
        entered - (back * 18.0).min(90.0) as u16
    }
}

/// One to four genres and the taste they make; one movie in 300 has none listed.
fn draw_genres(rng: &mut ChaCha8Rng, directions: &[Taste; GENRES.len()]) -> (u32, Taste) {
    let count = [1, 1, 2, 2, 2, 3, 3, 4][rng.random_range(0..8)];
    let mut listed = 0;
    let mut taste = [0.0; TASTES];
    for _ in 0..count {
        let genre = genres::draw(rng);
        listed |= 1 << genre;
        taste = genres::plus(taste, 1.0, &directions[genre]);
    }
    if rng.random_ratio(1, 300) {
        listed = 0;
    }
    let own = genres::scaled_to(genres::normal(rng), 0.7);
    (listed, genres::scaled_to(genres::plus(genres::scaled_to(taste, 1.0), 1.0, &own), 1.0))
}
