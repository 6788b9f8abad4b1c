//! From ratings in any order to histories.

use std::collections::HashMap;

use als::{Index, MovieIdx, scattered};

use crate::histories::{Event, Histories};
use crate::ids::Ids;

/// Collects ratings in any order.
#[derive(Debug, Default)]
pub struct HistoriesBuilder {
    users: Interner,
    movies: Interner,
    events: Vec<(u32, Event)>,
}

impl HistoriesBuilder {
    /// Room for this many ratings.
    #[must_use]
    pub fn with_capacity(ratings: usize) -> Self {
        Self { events: Vec::with_capacity(ratings), ..Self::default() }
    }

    /// Adds one rating by outside ids; `rated_at` in microseconds since 1970.
    pub fn push(&mut self, user_id: i64, movie_id: i64, rating: f32, rated_at: i64) {
        let user = self.users.intern(user_id);
        let movie = MovieIdx(self.movies.intern(movie_id));
        self.events.push((user, Event { movie, rating, rated_at }));
    }

    /// Sorts users and movies by id, and histories by time.
    #[must_use]
    pub fn build(self) -> Histories {
        let (users, user_of) = self.users.into_ids();
        let (movies, movie_of) = self.movies.into_ids();
        let mut offsets = vec![0; users.len() + 1];
        for (user, _) in &self.events {
            offsets[user_of[*user as usize] as usize + 1] += 1;
        }
        for user in 0..users.len() {
            offsets[user + 1] += offsets[user];
        }
        let mut next = offsets.clone();
        let mut events = vec![Event { movie: MovieIdx(0), rating: 0.0, rated_at: 0 }; self.events.len()];
        for (user, event) in self.events {
            let place = &mut next[user_of[user as usize] as usize];
            events[*place] = Event { movie: MovieIdx(movie_of[event.movie.position()]), ..event };
            *place += 1;
        }
        // Many ratings share their second. In the order of their ids the same movies would always be held out.
        for (user, range) in (0..).zip(offsets.windows(2)) {
            let tie = |event: &Event| scattered(event.movie.0 ^ scattered(user));
            let by_time = |left: &Event, right: &Event| {
                left.rated_at.cmp(&right.rated_at).then_with(|| tie(left).cmp(&tie(right)))
            };
            events[range[0]..range[1]].sort_unstable_by(by_time);
        }
        Histories::new(users, movies, offsets, events)
    }
}

/// Numbers ids in the order in which they first appear.
#[derive(Debug, Default)]
struct Interner {
    known: HashMap<i64, u32>,
    ids: Vec<i64>,
    /// Ratings of one user mostly follow each other.
    last: Option<(i64, u32)>,
}

impl Interner {
    fn intern(&mut self, id: i64) -> u32 {
        if let Some((last, number)) = self.last
            && last == id
        {
            return number;
        }
        // More than 2^32 ids cannot be told apart; `Ratings` refuses that many.
        let next = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        let number = *self.known.entry(id).or_insert(next);
        if number == next {
            self.ids.push(id);
        }
        self.last = Some((id, number));
        number
    }

    /// The ids ascending, and for each number its place among them.
    fn into_ids<I: Index>(self) -> (Ids<I>, Vec<u32>) {
        let mut order: Vec<u32> = (0..).take(self.ids.len()).collect();
        order.sort_unstable_by_key(|&number| self.ids[number as usize]);
        let mut place = vec![0; order.len()];
        for (index, &number) in (0..).zip(&order) {
            place[number as usize] = index;
        }
        let ids = order.into_iter().map(|number| self.ids[number as usize]).collect();
        (Ids::new(ids), place)
    }
}
