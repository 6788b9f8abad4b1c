//! Choosing movies: from the list that was made at night where that suffices, else by ranking anew.

use std::sync::Arc;

use rand::seq::IndexedRandom;

use super::{
    Serving, ServingError, View,
    catalogue::{Filter, Place},
    people::{OwnRatings, Person, strategy_of},
    version::{Profile, Rating, Reasons, Scored, ServedVersion},
};

pub(crate) use super::memory::Strategy;

/// Reasons given for a movie.
const REASONS: usize = 3;

/// Random users that are tried: more than one is needed only where a version goes live at that moment, or where one has
/// rated everything.
const CHANCES: usize = 3;

/// Which movies are wanted, and what is to be said of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selection {
    /// How many of the best to skip.
    pub(crate) offset: usize,
    pub(crate) n: usize,
    pub(crate) filter: Filter,
    pub(crate) explain: bool,
    /// Whether to give year and genres.
    pub(crate) details: bool,
}

impl Selection {
    fn needed(&self) -> usize {
        self.offset + self.n
    }

    fn cut(&self, movies: &[Scored]) -> Vec<Scored> {
        movies.iter().skip(self.offset).take(self.n).copied().collect()
    }
}

/// The movies that were chosen.
#[derive(Debug)]
pub(crate) struct Found {
    /// What they come from.
    pub(crate) view: View,
    /// The key of the user, if they have one.
    pub(crate) user_key: Option<Arc<str>>,
    /// Changes whenever the answer may; `None` where it is not known to be current.
    pub(crate) tag: Option<String>,
    pub(crate) strategy: Strategy,
    /// Best first.
    pub(crate) movies: Vec<Scored>,
    /// Why, for each movie, if that was asked.
    pub(crate) reasons: Option<Vec<Reasons>>,
}

/// The score of one movie for one user.
#[derive(Debug)]
pub(crate) struct Score {
    /// What it comes from.
    pub(crate) view: View,
    /// The key of the user, if they have one.
    pub(crate) user_key: Option<Arc<str>>,
    pub(crate) strategy: Strategy,
    pub(crate) score: f32,
    pub(crate) reasons: Reasons,
    /// The user's own rating, if they have rated the movie.
    pub(crate) rated: Option<f32>,
}

impl Serving {
    /// The best unseen movies for a user.
    pub(crate) async fn recommend(&self, person: Person, wanted: &Selection) -> Result<Found, ServingError> {
        self.of_known(person, |person| self.choose(person, wanted)).await
    }

    /// The same for a randomly chosen user of the live version, and who that is.
    pub(crate) async fn recommend_at_random(&self, wanted: &Selection) -> Result<(i64, Found), ServingError> {
        for chance in 1..=CHANCES {
            let view = self.view().await?;
            let user = view.version.users().choose(&mut rand::rng()).copied();
            let user_id = user.ok_or(ServingError::NoModel)?;
            let person = self.person(user_id).await?;
            match self.recommend(person, wanted).await {
                // Another version has gone live in between.
                Err(ServingError::UnknownUser { .. }) => {}
                Ok(found) if found.movies.is_empty() && chance < CHANCES => {}
                outcome => return outcome.map(|found| (user_id, found)),
            }
        }
        Err(ServingError::VersionGone)
    }

    /// The movies that most users have rated, for unknown users.
    pub(crate) async fn popular(&self, wanted: &Selection) -> Result<Found, ServingError> {
        let view = self.view().await?;
        let marks = view.version.catalogue.marks(&wanted.filter)?;
        let movies = view.version.popular(&[], marks.as_deref(), wanted.offset, wanted.n);
        let reasons = wanted.explain.then(|| vec![Reasons::default(); movies.len()]);
        let tag = Person { view: view.clone(), user_id: 0, key: None, revision: 0 }.tag();
        Ok(Found { view, user_key: None, tag, strategy: Strategy::Popular, movies, reasons })
    }

    /// The best movies for a user with these ratings, each of another movie.
    pub(crate) async fn fold_in(
        &self,
        ratings: Vec<Rating>,
        wanted: &Selection,
    ) -> Result<Found, ServingError> {
        let view = self.view().await?;
        for rating in &ratings {
            view.version.catalogue.locate(rating.movie_id)?;
        }
        let (version, own) = (view.version.clone(), wanted.clone());
        let marks = version.catalogue.marks(&wanted.filter)?;
        let work = move || {
            let profile = version.profile(&ratings)?;
            let movies = own.cut(&version.rank(&profile, marks.as_deref(), own.needed())?);
            let reasons = if own.explain { Some(reasons(&version, &profile, &movies)?) } else { None };
            Ok((strategy_of(&profile, true), movies, reasons))
        };
        let (strategy, movies, reasons) = self.compute(work).await?;
        Ok(Found { view, user_key: None, tag: None, strategy, movies, reasons })
    }

    /// The score of a movie for a user.
    pub(crate) async fn score(&self, user_id: i64, movie_id: i64) -> Result<Score, ServingError> {
        let person = self.person(user_id).await?;
        self.of_known(person, |person| self.score_of(person, movie_id)).await
    }

    /// All that a user has rated. Their key is looked up, too.
    pub(crate) async fn own_ratings(&self, user_id: i64) -> Result<(Person, OwnRatings), ServingError> {
        let person = self.person(user_id).await?;
        let ask = |person: Person| async move {
            let (own, key) = (self.ratings(&person).await?, self.key_of(&person).await?);
            Ok((Person { key, ..person }, own))
        };
        self.of_known(person, ask).await
    }

    async fn score_of(&self, person: Person, movie_id: i64) -> Result<Score, ServingError> {
        let catalogue = &person.version().catalogue;
        let place = catalogue.locate(movie_id)?;
        if catalogue.movie(place).idx.is_none() {
            return Err(ServingError::UnratedMovie { movie_id });
        }
        let own = self.ratings(&person).await?;
        let rated = own.ratings.iter().map(|own| own.rating).find(|rating| rating.movie_id == movie_id);
        let solved = self.solve_profile(&person, own).await?;
        let (view, strategy, version) = (person.view.clone(), solved.strategy, person.view.version.clone());
        let user_key = solved.user_key.clone();
        let work = move || {
            let reasons = version.reasons(&solved.profile, &[place], REASONS)?.pop().unwrap_or_default();
            Ok((version.score(&solved.profile, place).unwrap_or_default(), reasons))
        };
        let (score, reasons) = self.compute(work).await?;
        Ok(Score { view, user_key, strategy, score, reasons, rated: rated.map(|rating| rating.rating) })
    }

    /// From the list if it holds all that is wanted, else from the whole catalogue.
    async fn choose(&self, person: Person, wanted: &Selection) -> Result<Found, ServingError> {
        if !wanted.filter.is_open() {
            return self.choose_from_all(&person, wanted, None).await;
        }
        let list = self.list(&person).await?;
        if !list.complete && wanted.needed() > list.movies.len() {
            let solved = self.profile(&person).await?;
            // With all that the user has seen it may hold every movie that there is.
            if list.movies.len() + solved.profile.seen() < person.version().catalogue.known() {
                return self.choose_from_all(&person, wanted, None).await;
            }
        }
        let movies = wanted.cut(&list.movies);
        if wanted.explain {
            return self.choose_from_all(&person, wanted, Some(movies)).await;
        }
        let (view, tag, user_key) = (person.view.clone(), person.tag(), list.user_key.clone());
        Ok(Found { view, user_key, tag, strategy: list.strategy, movies, reasons: None })
    }

    /// Ranks, unless the movies are `given`, and explains, if that is wanted.
    async fn choose_from_all(
        &self,
        person: &Person,
        wanted: &Selection,
        given: Option<Vec<Scored>>,
    ) -> Result<Found, ServingError> {
        let (view, tag) = (person.view.clone(), person.tag());
        let marks = view.version.catalogue.marks(&wanted.filter)?;
        let solved = self.profile(person).await?;
        let (strategy, version, wanted) = (solved.strategy, view.version.clone(), wanted.clone());
        let user_key = solved.user_key.clone();
        let work = move || {
            let movies = match given {
                Some(movies) => movies,
                None => wanted.cut(&version.rank(&solved.profile, marks.as_deref(), wanted.needed())?),
            };
            let reasons =
                if wanted.explain { Some(reasons(&version, &solved.profile, &movies)?) } else { None };
            Ok((movies, reasons))
        };
        let (movies, reasons) = self.compute(work).await?;
        Ok(Found { view, user_key, tag, strategy, movies, reasons })
    }
}

fn reasons(
    version: &Arc<ServedVersion>,
    profile: &Profile,
    movies: &[Scored],
) -> Result<Vec<Reasons>, als::AlsError> {
    if profile.is_blank() {
        return Ok(vec![Reasons::default(); movies.len()]);
    }
    let places: Vec<Place> = movies.iter().map(|movie| movie.place).collect();
    version.reasons(profile, &places, REASONS)
}
