//! The movies and links files.

use std::sync::Arc;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{
    Stream,
    catalogue::{Catalogue, Movie},
    genres::GENRES,
    rng,
    text::{Lines, write_field, write_number},
    titles,
};

/// Rows of movies that are wrong. Their ids are none that a rating names.
const DIRTY_MOVIES: [&str; 4] = [
    "x17,Unreadable Id (1999),Drama\n",
    "91000001,No Genres Column (2001)\n",
    "-3,Negative Id (2003),Comedy\n",
    "91000002,,Drama\n",
];

pub(super) struct Movies {
    catalogue: Arc<Catalogue>,
    rng: ChaCha8Rng,
    next: usize,
}

impl Movies {
    pub(super) fn new(catalogue: Arc<Catalogue>) -> Self {
        Self { catalogue, rng: rng(Stream::Titles), next: 0 }
    }
}

impl Lines for Movies {
    fn write(&mut self, out: &mut Vec<u8>) -> bool {
        let Some(movie) = self.catalogue.movies.get(self.next) else { return false };
        write_number(out, movie.id.into());
        out.push(b',');
        write_field(out, &titles::draw(&mut self.rng, movie.year));
        out.push(b',');
        write_genres(out, movie);
        out.push(b'\n');
        let part = self.catalogue.movies.len() / DIRTY_MOVIES.len();
        if self.next % part == part / 2 {
            out.extend_from_slice(DIRTY_MOVIES[self.next / part % DIRTY_MOVIES.len()].as_bytes());
        }
        self.next += 1;
        true
    }
}

fn write_genres(out: &mut Vec<u8>, movie: &Movie) {
    let mut listed = GENRES.iter().enumerate().filter(|(genre, _)| movie.genres & (1 << genre) != 0);
    let Some((_, (first, _))) = listed.next() else {
        out.extend_from_slice(b"(no genres listed)");
        return;
    };
    out.extend_from_slice(first.as_bytes());
    for (_, (name, _)) in listed {
        out.push(b'|');
        out.extend_from_slice(name.as_bytes());
    }
}

pub(super) struct Links {
    catalogue: Arc<Catalogue>,
    rng: ChaCha8Rng,
    next: usize,
}

impl Links {
    pub(super) fn new(catalogue: Arc<Catalogue>) -> Self {
        Self { catalogue, rng: rng(Stream::Links), next: 0 }
    }
}

impl Lines for Links {
    /// Writes one movie: its other ids are made up, and one movie in 1000 has no TMDB id.
    fn write(&mut self, out: &mut Vec<u8>) -> bool {
        let Some(movie) = self.catalogue.movies.get(self.next) else { return false };
        let imdb = u64::from(movie.id) * 37 + self.rng.random_range(0..37);
        let line = match self.rng.random_range(0..1000) {
            0 => format!("{},{imdb:07},\n", movie.id),
            1 if self.next > 0 => format!("{},tt{imdb:07},?\n", movie.id),
            _ => format!("{},{imdb:07},{}\n", movie.id, u64::from(movie.id) * 5 + 2),
        };
        out.extend_from_slice(line.as_bytes());
        self.next += 1;
        true
    }
}
