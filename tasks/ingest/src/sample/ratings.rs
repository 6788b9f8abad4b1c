//! The ratings, user by user.

use std::sync::Arc;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::{
    SampleSize, Stream, activity,
    catalogue::Catalogue,
    dirt::Dirt,
    genres::{self, GENRES, Taste},
    rng, sessions,
    text::{Lines, write_number},
};

/// MovieLens took half steps from February 2003 on.
const HALF_STEPS_SINCE: i64 = 1_045_526_400;
/// A movie that fits by `WELCOME` or more is always accepted; below, e^SELECTIVITY times less for each unit.
const WELCOME: f32 = 1.6;
const SELECTIVITY: f32 = 2.0;
/// Draws of a movie before any unseen one will do.
const DRAWS: u32 = 100;

#[derive(Debug, Clone, Copy)]
pub(super) struct Rating {
    pub(super) user: u32,
    pub(super) movie: u32,
    /// In half stars, 1 to 10.
    pub(super) half_stars: u8,
    pub(super) time: i64,
}

impl Rating {
    pub(super) fn write(self, out: &mut Vec<u8>) {
        write_number(out, self.user.into());
        out.push(b',');
        write_number(out, self.movie.into());
        out.extend_from_slice(&[b',', b'0' + self.half_stars / 2, b'.']);
        out.push(if self.half_stars.is_multiple_of(2) { b'0' } else { b'5' });
        out.push(b',');
        write_number(out, self.time);
        out.push(b'\n');
    }
}

struct User {
    /// Of length √8, so that its product with a movie's is about N(0, 1).
    taste: Taste,
    /// Where the user's average lies beside everybody's.
    habit: f32,
    uses_half_steps: bool,
}

/// All rating rows, sorted by user and movie as MovieLens has them.
pub(super) struct Ratings {
    catalogue: Arc<Catalogue>,
    directions: [Taste; GENRES.len()],
    activity: std::vec::IntoIter<u32>,
    rng: ChaCha8Rng,
    dirt: Dirt,
    user_id: u32,
    /// For each movie, by its rank, the last user who rated it.
    rated_by: Vec<u32>,
    times: Vec<i64>,
    chosen: Vec<(u32, i64)>,
}

impl Ratings {
    pub(super) fn new(size: SampleSize, catalogue: Arc<Catalogue>) -> Self {
        let dirty = size.dirty_ratings();
        let clean = size.ratings() - dirty;
        Self {
            directions: genres::directions(),
            activity: activity::per_user(size, clean).into_iter(),
            rng: rng(Stream::Ratings),
            dirt: Dirt::new(dirty, clean),
            user_id: 0,
            rated_by: vec![0; catalogue.movies.len()],
            times: Vec::new(),
            chosen: Vec::new(),
            catalogue,
        }
    }

    fn choose_movies(&mut self, user: &User, count: u32) {
        sessions::times(&mut self.rng, count, &mut self.times);
        self.chosen.clear();
        for &time in &self.times {
            let movie = choose(&self.catalogue, &mut self.rng, user, sessions::year(time), |rank| {
                self.rated_by[rank] == self.user_id
            });
            self.rated_by[self.catalogue.movies[movie as usize].rank] = self.user_id;
            self.chosen.push((movie, time));
        }
        self.chosen.sort_unstable();
    }
}

impl Lines for Ratings {
    /// Writes one user.
    fn write(&mut self, out: &mut Vec<u8>) -> bool {
        let Some(count) = self.activity.next() else { return false };
        self.user_id += 1;
        let user = User::draw(&mut self.rng, &self.directions);
        self.choose_movies(&user, count);
        for &(index, time) in &self.chosen {
            let movie = &self.catalogue.movies[index as usize];
            let half_stars = half_stars(&mut self.rng, &user, movie.quality, &movie.taste, time);
            let rating = Rating { user: self.user_id, movie: movie.id, half_stars, time };
            rating.write(out);
            self.dirt.after(rating, out);
        }
        true
    }
}

impl User {
    /// Somebody who likes two genres and has a taste besides.
    fn draw(rng: &mut ChaCha8Rng, directions: &[Taste; GENRES.len()]) -> Self {
        let mut taste = genres::scaled_to(genres::normal(rng), 0.6);
        for scale in [1.0, 0.7] {
            taste = genres::plus(taste, scale, &directions[genres::draw(rng)]);
        }
        Self {
            taste: genres::scaled_to(taste, 8_f32.sqrt()),
            habit: StandardNormal.sample(rng),
            uses_half_steps: rng.random_bool(0.6),
        }
    }
}

/// Chooses an unseen movie that is out by `year`: by popularity, then by how well it fits. `seen` takes ranks.
fn choose(
    catalogue: &Catalogue,
    rng: &mut ChaCha8Rng,
    user: &User,
    year: u16,
    seen: impl Fn(usize) -> bool,
) -> u32 {
    for _ in 0..DRAWS {
        let rank = catalogue.popular(rng);
        let movie = &catalogue.by_rank[rank];
        if seen(rank) || movie.year > year {
            continue;
        }
        let fit = genres::dot(&user.taste, &movie.taste);
        if rng.random::<f32>() < (SELECTIVITY * (fit - WELCOME)).exp() {
            return movie.index;
        }
    }
    let count = catalogue.movies.len() as u32;
    let start = rng.random_range(0..count);
    let round =
        || (start..count).chain(0..start).filter(|&index| !seen(catalogue.movies[index as usize].rank));
    let out = |index: &u32| catalogue.movies[*index as usize].year <= year;
    round().find(out).or_else(|| round().next()).unwrap_or(start)
}

fn half_stars(rng: &mut ChaCha8Rng, user: &User, quality: f32, taste: &Taste, time: i64) -> u8 {
    let noise: f32 = StandardNormal.sample(rng);
    let fit = genres::dot(&user.taste, taste);
    let stars = 2.88 + 0.4 * user.habit + 0.4 * quality + 0.45 * fit + 0.7 * noise;
    if time >= HALF_STEPS_SINCE && user.uses_half_steps {
        (stars * 2.0).round().clamp(1.0, 10.0) as u8
    } else {
        stars.round().clamp(1.0, 5.0) as u8 * 2
    }
}
