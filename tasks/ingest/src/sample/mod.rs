//! A built-in data set in MovieLens form: made up, the same every time, and deliberately dirty.
//!
//! Users and movies have latent tastes, so that a model which learns them beats popularity. A movie is chosen
//! by its popularity, which follows a power law, and by how well it fits the user's taste; the rating follows
//! the taste, the movie's quality and the user's habit. One rating row in a thousand is wrong in one of the
//! ways that `clean` must catch.
//!
//! The sample is written as the text of CSV files and read back like any other, so that both ways give the
//! same rows.

// Sizes and years fit their types by the bounds of `SampleSize`, and a made-up value may lose digits.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "the arithmetic is statistical, and bounded by `SampleSize`"
)]

mod activity;
mod catalogue;
mod dirt;
mod genres;
mod movies;
mod ratings;
mod sessions;
mod size;
mod tags;
#[cfg(test)]
mod tests;
mod text;
mod titles;
mod words;

use std::sync::Arc;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

pub(crate) use self::size::SampleSize;
use self::{catalogue::Catalogue, text::TextReader};
use crate::table::Table;

/// Raised whenever the same size gives other rows.
pub(crate) const VERSION: u32 = 2;
pub(crate) const SEED: u64 = 0xC1_1E_1A_CE;

pub(crate) struct Sample {
    size: SampleSize,
    catalogue: Arc<Catalogue>,
}

impl Sample {
    /// Makes up the movies; all else is made up while it is read.
    pub(crate) fn new(size: SampleSize) -> Self {
        Self { size, catalogue: Arc::new(Catalogue::new(size)) }
    }

    pub(crate) fn size(&self) -> SampleSize {
        self.size
    }

    /// The text of the CSV file of a table.
    pub(crate) fn reader(&self, table: Table) -> TextReader {
        let catalogue = Arc::clone(&self.catalogue);
        match table {
            Table::Ratings => TextReader::new(table, ratings::Ratings::new(self.size, catalogue)),
            Table::Movies => TextReader::new(table, movies::Movies::new(catalogue)),
            Table::Tags => TextReader::new(table, tags::Tags::new(self.size, catalogue)),
            Table::Links => TextReader::new(table, movies::Links::new(catalogue)),
        }
    }
}

/// A generator of its own for each use, so that no table depends on whether another was read.
fn rng(stream: Stream) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    rng.set_stream(stream as u64);
    rng
}

#[derive(Clone, Copy)]
enum Stream {
    Genres = 1,
    Catalogue,
    Titles,
    Links,
    Activity,
    Ratings,
    Dirt,
    Tags,
}
