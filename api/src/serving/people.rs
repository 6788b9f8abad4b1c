//! What is known of one user, from memory or from the database.

use std::{collections::BTreeMap, sync::Arc};

use als::AlsError;
use chrono::{DateTime, Utc};

use super::{
    Serving, View,
    cache::{Key, List, Strategy},
    version::{Rating, Scored, ServedVersion, Taste},
};
use crate::errors::{self, Fault};

/// As many movies are kept of a list that is made here.
const LONGEST: usize = 100;

/// A user, as one request sees them.
#[derive(Debug, Clone)]
pub struct Person {
    /// What the request answers from.
    pub view: View,
    /// The user.
    pub user_id: i64,
    /// The revision of their feedback, 0 without any.
    pub revision: i64,
}

/// One rating of a user, and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OwnRating {
    /// The rating.
    pub rating: Rating,
    /// Whether it was given through the API and no run has taken it in yet.
    pub is_fresh: bool,
}

/// All that a user has rated, by movie.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OwnRatings {
    /// By ascending id of the movie.
    pub ratings: Vec<OwnRating>,
    /// Whether they differ from those that the version was made from.
    pub differ: bool,
}

/// What a user's ratings say about them, and how to call what is made from it.
#[derive(Debug)]
pub(crate) struct Solved {
    pub(crate) taste: Taste,
    pub(crate) strategy: Strategy,
}

/// Why something cannot be told of a user.
#[derive(Debug)]
pub(crate) enum Lack {
    /// The version's rows are gone: another one is live.
    VersionGone,
    /// Anything else, as the caller is told.
    Fault(Fault),
}

impl From<Fault> for Lack {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<store::StoreError> for Lack {
    fn from(error: store::StoreError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<Lack> for Fault {
    fn from(lack: Lack) -> Self {
        match lack {
            Lack::VersionGone => Self::unavailable(errors::UNAVAILABLE),
            Lack::Fault(fault) => fault,
        }
    }
}

impl Person {
    /// The version that answers.
    #[must_use]
    pub fn version(&self) -> &ServedVersion {
        &self.view.version
    }

    /// Whether there is a list for them, or feedback to make one from.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.is_published() || self.revision > 0
    }

    fn is_published(&self) -> bool {
        self.version().knows_user(self.user_id)
    }

    fn key(&self) -> Key {
        Key { version: self.version().version, user_id: self.user_id, revision: self.revision }
    }

    /// A tag that changes whenever an answer made for this user may; `None` where it is not known to be current.
    #[must_use]
    pub fn tag(&self) -> Option<String> {
        let version = self.version();
        let tag = || format!("W/\"{}-{:x}-{}\"", version.version, version.created_at, self.revision);
        (!self.view.is_stale).then(tag)
    }
}

impl Serving {
    /// A user as they are now.
    ///
    /// # Errors
    /// As [`Serving::view`].
    pub async fn person(&self, user_id: i64) -> Result<Person, Fault> {
        let view = self.view_for(user_id).await?;
        Ok(Person { view, user_id, revision: self.inner.revisions.of(user_id) })
    }

    /// Notes feedback that was just recorded: the next answer must know it.
    pub fn note_feedback(&self, user_id: i64, revision: i64) {
        self.inner.revisions.note([(user_id, revision)]);
    }

    /// The user's list; that of the version if their ratings are those it was made from.
    pub(crate) async fn list(&self, person: &Person) -> Result<Arc<List>, Lack> {
        let key = person.key();
        if let Some(list) = self.inner.memory.list(&key) {
            return Ok(list);
        }
        let list = if let Some(list) = self.shared_list(person, &key).await {
            Arc::new(list)
        } else {
            let list = self.make_list(person).await?;
            self.share_list(person, &key, &list);
            Arc::new(list)
        };
        self.inner.memory.keep_list(key, list.clone());
        Ok(list)
    }

    async fn shared_list(&self, person: &Person, key: &Key) -> Option<List> {
        let (shared, database) = (self.inner.shared.as_ref()?, self.inner.database.load_full()?);
        shared.find(&database, person.version(), key).await
    }

    fn share_list(&self, person: &Person, key: &Key, list: &List) {
        if let (Some(shared), Some(database)) = (&self.inner.shared, self.inner.database.load_full()) {
            shared.keep(&database, person.version(), key, list);
        }
    }

    async fn make_list(&self, person: &Person) -> Result<List, Lack> {
        if person.revision > 0 {
            let ratings = self.ratings(person).await?;
            if ratings.differ || !person.is_published() {
                return self.solve_list(person, ratings).await;
            }
        }
        let version = person.version();
        let found = self.inner.lookups.find(version.version, person.user_id).await?;
        let Some(list) = found else { return Err(Lack::VersionGone) };
        let scored = |(movie_id, score)| Some(Scored { place: version.catalogue.find(movie_id)?, score });
        let movies: Box<[Scored]> = list.movie_ids.into_iter().zip(list.scores).filter_map(scored).collect();
        // Only a user from whom the model learnt nothing has scores that are all exactly zero.
        let is_popular = movies.iter().all(|movie| same(movie.score, 0.0));
        let strategy = if is_popular { Strategy::Popular } else { Strategy::Als };
        Ok(List { strategy, movies, complete: false })
    }

    async fn solve_list(&self, person: &Person, ratings: OwnRatings) -> Result<List, Lack> {
        let solved = self.solve_taste(person, ratings).await?;
        let (version, strategy) = (person.view.version.clone(), solved.strategy);
        let movies = self.compute(move || version.rank(&solved.taste, None, LONGEST)).await?;
        Ok(List { strategy, complete: movies.len() < LONGEST, movies: movies.into() })
    }

    /// The user's taste, solved from all their ratings.
    pub(crate) async fn taste(&self, person: &Person) -> Result<Arc<Solved>, Lack> {
        if let Some(solved) = self.inner.memory.taste(&person.key()) {
            return Ok(solved);
        }
        let ratings = self.ratings(person).await?;
        self.solve_taste(person, ratings).await
    }

    /// The same, for who has the ratings already.
    pub(crate) async fn solve_taste(&self, person: &Person, own: OwnRatings) -> Result<Arc<Solved>, Lack> {
        if let Some(solved) = self.inner.memory.taste(&person.key()) {
            return Ok(solved);
        }
        let is_fresh = own.differ || !person.is_published();
        let version = person.view.version.clone();
        let ratings: Vec<Rating> = own.ratings.iter().map(|own| own.rating).collect();
        let taste = self.compute(move || version.taste(&ratings)).await?;
        let solved = Arc::new(Solved { strategy: strategy_of(&taste, is_fresh), taste });
        self.inner.memory.keep_taste(person.key(), solved.clone());
        Ok(solved)
    }

    /// All that a user has rated: what the version was made from, and what they said since.
    pub(crate) async fn ratings(&self, person: &Person) -> Result<OwnRatings, Lack> {
        let store = &self.inner.store;
        let published = if person.is_published() {
            store.history(person.version().version, person.user_id).await?.ok_or(Lack::VersionGone)?
        } else {
            store::PublishedHistory::default()
        };
        let events = match person.revision {
            0 => Vec::new(),
            _ => store.feedback_of(person.user_id).await?,
        };
        let catalogue = &person.version().catalogue;
        Ok(merged(&published, &events, |movie_id| catalogue.find(movie_id).is_some()))
    }

    /// Runs something long off the threads that answer, no more at once than there are processors.
    pub(crate) async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, AlsError> + Send + 'static,
    ) -> Result<T, Fault> {
        let permit = self.inner.solvers.acquire().await;
        let done = tokio::task::spawn_blocking(work).await;
        drop(permit);
        match done {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                tracing::error!("{error}");
                Err(Fault::internal())
            }
            // The panic is in the log already.
            Err(_) => Err(Fault::internal()),
        }
    }
}

/// How lists made from a taste are called.
pub(crate) fn strategy_of(taste: &Taste, is_fresh: bool) -> Strategy {
    match (taste.is_blank(), is_fresh) {
        (true, _) => Strategy::Popular,
        (false, true) => Strategy::FoldIn,
        (false, false) => Strategy::Als,
    }
}

/// The later of a published rating and an event counts, and of the same moment the event: as the pipeline decides. Of movies
/// that the version does not have no run could take anything in: their ratings are told, but make no difference.
fn merged(
    published: &store::PublishedHistory,
    events: &[store::FeedbackEvent],
    has_movie: impl Fn(i64) -> bool,
) -> OwnRatings {
    let stars = published.movie_ids.iter().zip(&published.ratings).zip(&published.rated_at);
    let mut ratings: BTreeMap<i64, (f32, DateTime<Utc>, bool)> =
        stars.map(|((&movie_id, &rating), &rated_at)| (movie_id, (rating, rated_at, false))).collect();
    let mut differ = false;
    for event in events {
        let known = ratings.get(&event.movie_id).copied();
        if known.is_some_and(|(_, rated_at, _)| rated_at > event.rated_at) {
            continue;
        }
        match (known, event.rating) {
            (None, None) => {}
            (Some(_), None) => {
                ratings.remove(&event.movie_id);
                differ = true;
            }
            (Some((rating, rated_at, _)), Some(stars))
                if rated_at == event.rated_at && same(rating, stars) => {}
            (known, Some(stars)) => {
                ratings.insert(event.movie_id, (stars, event.rated_at, true));
                let is_new = known.is_none_or(|(rating, ..)| !same(rating, stars));
                differ |= is_new && has_movie(event.movie_id);
            }
        }
    }
    let own = |(movie_id, (rating, rated_at, is_fresh)): (i64, (f32, DateTime<Utc>, bool))| OwnRating {
        rating: Rating { movie_id, rating, rated_at: rated_at.timestamp_micros() },
        is_fresh,
    };
    OwnRatings { ratings: ratings.into_iter().map(own).collect(), differ }
}

/// Stars are exact.
fn same(left: f32, right: f32) -> bool {
    left.total_cmp(&right).is_eq()
}
