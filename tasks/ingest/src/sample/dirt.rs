//! Rating rows that must not reach the clean table.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{
    Stream,
    ratings::Rating,
    rng,
    sessions::{BEGIN, END},
};

/// The number of ways in which a rating row is wrong.
pub(super) const KINDS: usize = 18;

/// 2100-01-01, and beyond any plausible date.
const FUTURE: i64 = 4_102_444_800;
/// No sample has so many movies.
const UNKNOWN_MOVIE: u32 = 90_000_000;

/// Strews wrong rows among right ones: evenly, and each kind in turn.
pub(super) struct Dirt {
    rng: ChaCha8Rng,
    dirty: u64,
    clean: u64,
    due: u64,
    kind: usize,
}

impl Dirt {
    /// Gives exactly `dirty` wrong rows over `clean` right ones.
    pub(super) fn new(dirty: u64, clean: u64) -> Self {
        // Half a step early, so that a blank row is never at the end of the file, where it is none.
        Self { rng: rng(Stream::Dirt), dirty, clean, due: clean / 2, kind: 0 }
    }

    /// Writes a wrong row after a right one, if one is due. Each leads to exactly one rejected row.
    pub(super) fn after(&mut self, rating: Rating, out: &mut Vec<u8>) {
        self.due += self.dirty;
        if self.due < self.clean {
            return;
        }
        self.due -= self.clean;
        self.write(rating, out);
        self.kind = (self.kind + 1) % KINDS;
    }

    fn write(&mut self, rating: Rating, out: &mut Vec<u8>) {
        let Rating { user, movie, time, .. } = rating;
        let line = match self.kind {
            0 => self.duplicate(rating),
            1 => format!("{user},{movie},7.0,{time}"),
            2 => format!("{user},{movie},0.0,{time}"),
            3 => format!("{user},{movie},four,{time}"),
            4 => format!("{user},{movie},{time}"),
            5 => format!("{user},{UNKNOWN_MOVIE},4.0,{time}"),
            6 => format!("{user},{movie},4.0,{}", FUTURE + time - BEGIN),
            7 => format!("{user},{movie},4.0,-{time}"),
            8 => format!("-{user},{movie},4.0,{time}"),
            9 => format!("{user},-{movie},4.0,{time}"),
            10 => "#### checkpoint: 4096 rows flushed ####".to_owned(),
            11 => format!("{user},{movie},NaN,{time}"),
            12 => format!("{user},{movie},3.7,{time}"),
            13 => format!("{user},{movie},\"4,0\",{time}"),
            14 => format!("{user},{movie},4.0,{time},web"),
            15 => format!("{user},{movie},\"4.0,{time}"),
            16 => format!("{user},,4.0,{time}"),
            _ => String::new(),
        };
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }

    /// The same user and movie at another time: whichever is older is superseded.
    fn duplicate(&mut self, rating: Rating) -> String {
        let Rating { user, movie, half_stars, time } = rating;
        let days = self.rng.random_range(1..=40);
        let other = if time + days * 86_400 < END { time + days * 86_400 } else { time - days * 86_400 };
        let stars = f32::from(11 - half_stars) / 2.0;
        format!("{user},{movie},{stars:.1},{other}")
    }
}
