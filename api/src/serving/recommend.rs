//! Answering a wish for movies: from the list that was made at night where that suffices, else by ranking anew.

use std::sync::Arc;

use super::{
    Serving, View,
    cache::Strategy,
    catalogue::{Filter, Place},
    people::{Lack, OwnRatings, Person, strategy_of},
    version::{Rating, Reasons, Scored, ServedVersion, Taste},
};
use crate::errors::Fault;

/// Reasons given for a movie.
const REASONS: usize = 3;

/// Which movies are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// How many of the best to pass over.
    pub offset: usize,
    /// How many to give.
    pub n: usize,
    /// Among which.
    pub filter: Filter,
    /// Whether to say why.
    pub explain: bool,
    /// Whether to give year and genres.
    pub details: bool,
}

impl Wish {
    fn needed(&self) -> usize {
        self.offset + self.n
    }

    fn cut(&self, movies: &[Scored]) -> Vec<Scored> {
        movies.iter().skip(self.offset).take(self.n).copied().collect()
    }
}

/// Movies for somebody.
#[derive(Debug)]
pub struct Found {
    /// What they come from.
    pub view: View,
    /// Changes whenever the answer may; `None` where it is not known to be current.
    pub tag: Option<String>,
    /// How they were chosen.
    pub strategy: Strategy,
    /// Best first.
    pub movies: Vec<Scored>,
    /// Why, for each movie, if that was asked.
    pub reasons: Option<Vec<Reasons>>,
}

/// The score of one movie for one user.
#[derive(Debug)]
pub struct Score {
    /// What it comes from.
    pub view: View,
    /// How it came about.
    pub strategy: Strategy,
    /// The score.
    pub score: f32,
    /// Why.
    pub reasons: Reasons,
    /// The user's own rating, if they have rated the movie.
    pub rated: Option<f32>,
}

impl Serving {
    /// The best unseen movies for a user; `None` if nothing is known of the user.
    ///
    /// # Errors
    /// 404 for an unknown genre, or why the answer cannot be given now.
    pub async fn recommend(&self, person: Person, wish: &Wish) -> Result<Option<Found>, Fault> {
        if !person.is_known() {
            return Ok(None);
        }
        match self.choose(&person, wish).await {
            Err(Lack::VersionGone) => match self.renewed(person.user_id).await? {
                Some(person) => Ok(Some(self.choose(&person, wish).await?)),
                None => Ok(None),
            },
            chosen => Ok(Some(chosen?)),
        }
    }

    /// The movies that most users have rated, for somebody of whom nothing is known.
    ///
    /// # Errors
    /// As [`Serving::recommend`].
    pub async fn popular(&self, wish: &Wish) -> Result<Found, Fault> {
        let view = self.view().await?;
        let marks = marks(&view.version, &wish.filter)?;
        let movies = view.version.popular(&[], marks.as_deref(), wish.offset, wish.n);
        let reasons = wish.explain.then(|| vec![Reasons::default(); movies.len()]);
        let tag = Person { view: view.clone(), user_id: 0, revision: 0 }.tag();
        Ok(Found { view, tag, strategy: Strategy::Popular, movies, reasons })
    }

    /// The best movies for somebody with these ratings, each of another movie.
    ///
    /// # Errors
    /// 404 for an unknown genre or movie, or why the answer cannot be given now.
    pub async fn fold_in(&self, ratings: Vec<Rating>, wish: &Wish) -> Result<Found, Fault> {
        let view = self.view().await?;
        if let Some(unknown) =
            ratings.iter().find(|rating| view.version.catalogue.find(rating.movie_id).is_none())
        {
            return Err(unknown_movie(unknown.movie_id));
        }
        let (version, own) = (view.version.clone(), wish.clone());
        let marks = marks(&version, &wish.filter)?;
        let work = move || {
            let taste = version.taste(&ratings)?;
            let movies = own.cut(&version.rank(&taste, marks.as_deref(), own.needed())?);
            let reasons = if own.explain { Some(reasons(&version, &taste, &movies)?) } else { None };
            Ok((strategy_of(&taste, true), movies, reasons))
        };
        let (strategy, movies, reasons) = self.compute(work).await?;
        Ok(Found { view, tag: None, strategy, movies, reasons })
    }

    /// The score of a movie for a user; `None` if nothing is known of the user.
    ///
    /// # Errors
    /// 404 for a movie that is unknown, to the catalogue or to the model; or why the answer cannot be given now.
    pub async fn score(&self, user_id: i64, movie_id: i64) -> Result<Option<Score>, Fault> {
        let person = self.person(user_id).await?;
        if !person.is_known() {
            return Ok(None);
        }
        match self.score_of(&person, movie_id).await {
            Err(Lack::VersionGone) => match self.renewed(user_id).await? {
                Some(person) => Ok(Some(self.score_of(&person, movie_id).await?)),
                None => Ok(None),
            },
            scored => Ok(Some(scored?)),
        }
    }

    /// All that a user has rated; `None` if nothing is known of the user.
    ///
    /// # Errors
    /// Why the answer cannot be given now.
    pub async fn own_ratings(&self, user_id: i64) -> Result<Option<(Person, OwnRatings)>, Fault> {
        let person = self.person(user_id).await?;
        if !person.is_known() {
            return Ok(None);
        }
        match self.ratings(&person).await {
            Err(Lack::VersionGone) => match self.renewed(user_id).await? {
                Some(person) => {
                    let own = self.ratings(&person).await?;
                    Ok(Some((person, own)))
                }
                None => Ok(None),
            },
            own => Ok(Some((person, own?))),
        }
    }

    async fn score_of(&self, person: &Person, movie_id: i64) -> Result<Score, Lack> {
        let catalogue = &person.version().catalogue;
        let place = catalogue.find(movie_id).ok_or_else(|| unknown_movie(movie_id))?;
        if catalogue.movie(place).idx.is_none() {
            return Err(Fault::not_found(format!("nobody has rated movie {movie_id} yet")).into());
        }
        let own = self.ratings(person).await?;
        let rated = own.ratings.iter().map(|own| own.rating).find(|rating| rating.movie_id == movie_id);
        let solved = self.solve_taste(person, own).await?;
        let (view, strategy, version) = (person.view.clone(), solved.strategy, person.view.version.clone());
        let work = move || {
            let reasons = version.reasons(&solved.taste, &[place], REASONS)?.pop().unwrap_or_default();
            Ok((version.score(&solved.taste, place).unwrap_or_default(), reasons))
        };
        let (score, reasons) = self.compute(work).await?;
        Ok(Score { view, strategy, score, reasons, rated: rated.map(|rating| rating.rating) })
    }

    /// From the list if the wish is for its movies, else from the whole catalogue.
    async fn choose(&self, person: &Person, wish: &Wish) -> Result<Found, Lack> {
        if !wish.filter.is_open() {
            return self.choose_from_all(person, wish, None).await;
        }
        let list = self.list(person).await?;
        if !list.complete && wish.needed() > list.movies.len() {
            let solved = self.taste(person).await?;
            // With all that the user has seen it may hold every movie that there is.
            if list.movies.len() + solved.taste.seen() < person.version().catalogue.known() {
                return self.choose_from_all(person, wish, None).await;
            }
        }
        let movies = wish.cut(&list.movies);
        if wish.explain {
            return self.choose_from_all(person, wish, Some(movies)).await;
        }
        let (view, tag) = (person.view.clone(), person.tag());
        Ok(Found { view, tag, strategy: list.strategy, movies, reasons: None })
    }

    /// Ranks, unless the movies are `given`, and explains, if that is wished.
    async fn choose_from_all(
        &self,
        person: &Person,
        wish: &Wish,
        given: Option<Vec<Scored>>,
    ) -> Result<Found, Lack> {
        let (view, tag) = (person.view.clone(), person.tag());
        let marks = marks(&view.version, &wish.filter)?;
        let solved = self.taste(person).await?;
        let (strategy, version, wish) = (solved.strategy, view.version.clone(), wish.clone());
        let work = move || {
            let movies = match given {
                Some(movies) => movies,
                None => wish.cut(&version.rank(&solved.taste, marks.as_deref(), wish.needed())?),
            };
            let reasons = if wish.explain { Some(reasons(&version, &solved.taste, &movies)?) } else { None };
            Ok((movies, reasons))
        };
        let (movies, reasons) = self.compute(work).await?;
        Ok(Found { view, tag, strategy, movies, reasons })
    }

    /// A user in the version that is live now that the rows of the one before are gone; `None` if nothing is known of them
    /// there.
    async fn renewed(&self, user_id: i64) -> Result<Option<Person>, Fault> {
        self.refresh().await;
        Ok(Some(self.person(user_id).await?).filter(Person::is_known))
    }
}

fn marks(version: &ServedVersion, filter: &Filter) -> Result<Option<Vec<bool>>, Fault> {
    version.catalogue.marks(filter).map_err(|unknown| {
        Fault::not_found(format!("no movie has the genre {:?}; GET /genres lists them", unknown.0))
    })
}

pub(crate) fn unknown_movie(movie_id: i64) -> Fault {
    Fault::not_found(format!("movie {movie_id} is unknown; GET /movies finds movies"))
}

fn reasons(
    version: &Arc<ServedVersion>,
    taste: &Taste,
    movies: &[Scored],
) -> Result<Vec<Reasons>, als::AlsError> {
    if taste.is_blank() {
        return Ok(vec![Reasons::default(); movies.len()]);
    }
    let places: Vec<Place> = movies.iter().map(|movie| movie.place).collect();
    version.reasons(taste, &places, REASONS)
}
