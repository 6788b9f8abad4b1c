//! Numbers by outside id, looked up twice for every rating.

use std::collections::HashMap;

use foldhash::fast::RandomState;

/// Ids below this are places of a table, which costs 16 MB at most: so are those of nearly all movies there are, and a lookup is
/// one read. Others are hashed.
const LOW: usize = 1 << 22;
/// In the table: nothing.
const NONE: u32 = u32::MAX;

/// Numbers by outside id.
#[derive(Debug, Default)]
pub struct ById {
    low: Vec<u32>,
    high: HashMap<i64, u32, RandomState>,
}

impl ById {
    /// Ids with their places.
    pub fn places(ids: impl IntoIterator<Item = i64>) -> Self {
        let mut places = Self::default();
        for (place, id) in (0..).zip(ids) {
            places.insert(id, place);
        }
        places
    }

    /// The number of an id.
    #[must_use]
    pub fn get(&self, id: i64) -> Option<u32> {
        match low(id) {
            Some(place) => self.low.get(place).copied().filter(|&number| number != NONE),
            None => self.high.get(&id).copied(),
        }
    }

    /// Gives an id a number, below 2^32 - 1.
    pub fn insert(&mut self, id: i64, number: u32) {
        let Some(place) = low(id) else {
            self.high.insert(id, number);
            return;
        };
        if place >= self.low.len() {
            self.low.resize((place + 1).next_power_of_two(), NONE);
        }
        self.low[place] = number;
    }
}

fn low(id: i64) -> Option<usize> {
    usize::try_from(id).ok().filter(|&place| place < LOW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_every_kind_are_found_and_no_others() {
        let ids = [i64::MIN, -1, 0, 7, (1 << 22) - 1, 1 << 22, (1 << 53) - 1];
        let places = ById::places(ids);
        for (place, id) in (0..).zip(ids) {
            assert_eq!(places.get(id), Some(place), "{id}");
        }
        for id in [-2, 1, 8, 1 << 21, (1 << 22) + 1, i64::MAX] {
            assert_eq!(places.get(id), None, "{id}");
        }
        assert_eq!(ById::default().get(0), None);
    }
}
