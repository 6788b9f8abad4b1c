//! What is known of one user, from memory or from the database.

use std::{collections::BTreeMap, sync::Arc};

use als::AlsError;
use chrono::{DateTime, Utc};
use contract::preference;

use super::{
    Serving, ServingError, View,
    memory::{Key, List, Strategy},
    version::{Profile, Rating, Scored, ServedVersion},
};

/// As many movies are kept of a list that is made here.
const LONGEST: usize = 100;

/// A user, as one request sees them.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    /// What the request answers from.
    pub(crate) view: View,
    pub(crate) user_id: i64,
    /// Their key, where it was given or had to be looked up.
    pub(crate) key: Option<Arc<str>>,
    /// The revision of their feedback, 0 without any.
    pub(crate) revision: i64,
}

/// One rating of a user, and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct OwnRating {
    pub(crate) rating: Rating,
    /// Whether it was given through the API and no run has taken it in yet.
    pub(crate) is_fresh: bool,
}

/// All that a user has rated, by movie.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct OwnRatings {
    /// By ascending id of the movie.
    pub(crate) ratings: Vec<OwnRating>,
    /// Whether they differ from those that the version was made from.
    pub(crate) differ: bool,
}

/// What a user's ratings say about them, and how to call what is made from it.
#[derive(Debug)]
pub(crate) struct Solved {
    /// The user's key, if they have one.
    pub(crate) user_key: Option<Arc<str>>,
    pub(crate) profile: Profile,
    pub(crate) strategy: Strategy,
}

impl Person {
    /// The version that answers.
    pub(crate) fn version(&self) -> &ServedVersion {
        &self.view.version
    }

    /// Whether the version was made from ratings of theirs, or there is feedback to make a list from.
    pub(crate) fn is_known(&self) -> bool {
        self.is_published() || self.revision > 0
    }

    /// This user, if anything is known of them.
    pub(crate) fn known(self) -> Result<Self, ServingError> {
        if self.is_known() {
            return Ok(self);
        }
        Err(match self.key {
            Some(key) => ServingError::UnknownUserKey { key },
            None => ServingError::UnknownUser { user_id: self.user_id },
        })
    }

    fn is_published(&self) -> bool {
        self.version().knows_user(self.user_id)
    }

    fn key(&self) -> Key {
        Key { version: self.version().version, user_id: self.user_id, revision: self.revision }
    }

    /// A tag that changes whenever an answer made for this user may; `None` where it is not known to be current.
    pub(crate) fn tag(&self) -> Option<String> {
        let version = self.version();
        let tag = || format!("W/\"{}-{:x}-{}\"", version.version, version.created_at, self.revision);
        (!self.view.is_stale).then(tag)
    }
}

impl Serving {
    /// A user as they are now.
    pub(crate) async fn person(&self, user_id: i64) -> Result<Person, ServingError> {
        let view = self.view_for(user_id).await?;
        Ok(Person { view, user_id, key: None, revision: self.inner.revisions.of(user_id) })
    }

    /// Asks about a user of whom something is known; once more of the version that is live then, if the rows of the one
    /// before are gone.
    pub(super) async fn of_known<T, F: Future<Output = Result<T, ServingError>>>(
        &self,
        person: Person,
        ask: impl Fn(Person) -> F,
    ) -> Result<T, ServingError> {
        let (user_id, key) = (person.user_id, person.key.clone());
        match ask(person.known()?).await {
            Err(ServingError::VersionGone) => {
                self.refresh().await;
                ask(Person { key, ..self.person(user_id).await? }.known()?).await
            }
            outcome => outcome,
        }
    }

    /// Notes feedback that was just recorded: the next answer must know it.
    pub(crate) fn note_feedback(&self, user_id: i64, revision: i64) {
        self.inner.revisions.note([(user_id, revision)]);
    }

    /// The user's list; that of the version if their ratings are those it was made from.
    pub(super) async fn list(&self, person: &Person) -> Result<Arc<List>, ServingError> {
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

    async fn make_list(&self, person: &Person) -> Result<List, ServingError> {
        if person.revision > 0 {
            let ratings = self.ratings(person).await?;
            if ratings.differ || !person.is_published() {
                return self.solve_list(person, ratings).await;
            }
        }
        let version = person.version();
        let found = self.inner.lookups.find(version.version, person.user_id).await?;
        let Some(list) = found else {
            // They have rated every movie that could be recommended; or the version is gone, and their history with it.
            return self.solve_list(person, self.ratings(person).await?).await;
        };
        let scored = |(movie_id, score)| Some(Scored { place: version.catalogue.find(movie_id)?, score });
        let movies: Box<[Scored]> = list.movie_ids.into_iter().zip(list.scores).filter_map(scored).collect();
        // Only a user from whom the model learnt nothing has scores that are all exactly zero.
        let is_popular = movies.iter().all(|movie| same(movie.score, 0.0));
        let strategy = if is_popular { Strategy::Popular } else { Strategy::Als };
        Ok(List { user_key: self.key_of(person).await?, strategy, movies, complete: false })
    }

    async fn solve_list(&self, person: &Person, ratings: OwnRatings) -> Result<List, ServingError> {
        let solved = self.solve_profile(person, ratings).await?;
        let (version, strategy, user_key) =
            (person.view.version.clone(), solved.strategy, solved.user_key.clone());
        let movies = self.compute(move || version.rank(&solved.profile, None, LONGEST)).await?;
        Ok(List { user_key, strategy, complete: movies.len() < LONGEST, movies: movies.into() })
    }

    /// The user's profile, solved from all their ratings.
    pub(super) async fn profile(&self, person: &Person) -> Result<Arc<Solved>, ServingError> {
        if let Some(solved) = self.inner.memory.profile(&person.key()) {
            return Ok(solved);
        }
        let ratings = self.ratings(person).await?;
        self.solve_profile(person, ratings).await
    }

    /// The same, for who has the ratings already.
    pub(super) async fn solve_profile(
        &self,
        person: &Person,
        own: OwnRatings,
    ) -> Result<Arc<Solved>, ServingError> {
        if let Some(solved) = self.inner.memory.profile(&person.key()) {
            return Ok(solved);
        }
        let is_fresh = own.differ || !person.is_published();
        let version = person.view.version.clone();
        let ratings: Vec<Rating> = own.ratings.iter().map(|own| own.rating).collect();
        let profile = self.compute(move || version.profile(&ratings)).await?;
        let (user_key, strategy) = (self.key_of(person).await?, strategy_of(&profile, is_fresh));
        let solved = Arc::new(Solved { user_key, profile, strategy });
        self.inner.memory.keep_profile(person.key(), solved.clone());
        Ok(solved)
    }

    /// All that a user has rated: what the version was made from, and what they said since.
    pub(super) async fn ratings(&self, person: &Person) -> Result<OwnRatings, ServingError> {
        let store = &self.inner.store;
        let published = if person.is_published() {
            store.history(person.version().version, person.user_id).await?.ok_or(ServingError::VersionGone)?
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
    pub(super) async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, AlsError> + Send + 'static,
    ) -> Result<T, ServingError> {
        let _permit = self.inner.solvers.acquire().await;
        Ok(tokio::task::spawn_blocking(work).await??)
    }
}

/// How lists made from a profile are called.
pub(crate) fn strategy_of(profile: &Profile, is_fresh: bool) -> Strategy {
    match (profile.is_blank(), is_fresh) {
        (true, _) => Strategy::Popular,
        (false, true) => Strategy::FoldIn,
        (false, false) => Strategy::Als,
    }
}

/// What counts of a published rating and the last event is for [`preference`] to say, as in the pipeline. Feedback on movies
/// that the version does not have is listed, but makes no difference: no run could take it in.
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
        let event_counts = |rated_at: DateTime<Utc>| {
            preference::event_counts(rated_at.timestamp_micros(), event.rated_at.timestamp_micros())
        };
        if known.is_some_and(|(_, rated_at, _)| !event_counts(rated_at)) {
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
