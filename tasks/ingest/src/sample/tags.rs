//! The tags file.

use std::{io::Write, sync::Arc};

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{
    SampleSize, Stream,
    catalogue::Catalogue,
    rng,
    sessions::{BEGIN, END},
    text::{Lines, write_field},
    titles,
    words::TAGS,
};

/// One tag in this many is wrong.
const DIRTY_EVERY: u64 = 500;

/// All tags, sorted by user: most are put by few.
pub(super) struct Tags {
    catalogue: Arc<Catalogue>,
    rng: ChaCha8Rng,
    users: u32,
    count: u64,
    next: u64,
}

impl Tags {
    pub(super) fn new(size: SampleSize, catalogue: Arc<Catalogue>) -> Self {
        Self { catalogue, rng: rng(Stream::Tags), users: size.users(), count: size.tags(), next: 0 }
    }

    /// The user of a tag; the eighth power makes the first users put most.
    fn user(&self) -> u32 {
        let share = (self.next as f64 / self.count as f64).powi(8);
        1 + (share * f64::from(self.users)) as u32
    }
}

impl Lines for Tags {
    fn write(&mut self, out: &mut Vec<u8>) -> bool {
        if self.next == self.count {
            return false;
        }
        let user = self.user();
        let popular = &self.catalogue.by_rank[self.catalogue.popular(&mut self.rng)];
        let movie = self.catalogue.movies[popular.index as usize].id;
        let time = self.rng.random_range(BEGIN..END);
        let tag = titles::word(&mut self.rng, &TAGS);
        let kind = if self.next % DIRTY_EVERY == DIRTY_EVERY / 2 { self.next / DIRTY_EVERY % 4 } else { 4 };
        let tag = if kind == 0 { "" } else { tag };
        // Writing to memory cannot fail.
        let _ = match kind {
            1 => write!(out, "{user},{movie}\n,"),
            2 => write!(out, "{user},no such movie,"),
            _ => write!(out, "{user},{movie},"),
        };
        write_field(out, tag);
        let _ = if kind == 3 { writeln!(out, ",{time}x") } else { writeln!(out, ",{time}") };
        self.next += 1;
        true
    }
}
