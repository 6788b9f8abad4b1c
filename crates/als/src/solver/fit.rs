//! Alternating least squares: solve all movies, then all users, and again.

use std::ops::ControlFlow;
use std::time::Instant;

use crate::config::Config;
use crate::error::AlsError;
use crate::factors::Factors;
use crate::index::{Index, MovieIdx, UserIdx, same_rows};
use crate::model::{Model, check_movies};
use crate::ratings::Ratings;
use crate::solver::gramian::{Background, Gramian};
use crate::solver::half_step::{Losses, half_step};
use crate::solver::init::{seeded, seeded_factor};
use crate::solver::loss::{all_pairs, movie_ridges};
use crate::solver::row::Fixed;

/// How far a fit has come.
#[derive(Clone, Copy)]
pub struct Iteration<'a> {
    /// Counted from 1.
    pub number: usize,
    /// The loss after this iteration; it never rises but for rounding.
    pub loss: f64,
    /// How long this iteration took, the loss included.
    pub seconds: f64,
    /// The model as it would be returned now: to measure, or to clone and keep.
    pub model: &'a Model,
}

/// Hears of each iteration, and may end the fit with [`ControlFlow::Break`]: the model of that iteration is then what
/// the fit returns.
pub type Observer<'a> = dyn FnMut(&Iteration<'_>) -> ControlFlow<()> + 'a;

/// Fits a model from seeded random user factors, on the threads of the current rayon pool.
///
/// # Errors
/// A configuration out of range, no ratings, or a row whose equations have no unique solution.
pub fn fit(ratings: &Ratings, config: &Config, observer: &mut Observer<'_>) -> Result<Model, AlsError> {
    let alternation = Alternation::new(ratings, config)?;
    let rated = |user| !ratings.by_user().row(user).0.is_empty();
    let movies = Factors::zeros(ratings.movies(), config.rank);
    alternation.run(seeded(config, ratings.users(), rated), movies, config.iterations, observer)
}

/// Brings a model up to date with other, usually more, ratings by a few iterations from its movie factors.
///
/// `previous_of` has an entry for each movie of `ratings`: its index in `previous`, or `None` for a movie that had none and
/// begins with a seeded random factor. All users are solved against these movies first, so nothing else of the
/// previous model matters; then follow `iterations` iterations, possibly none, as in [`fit`]. `config.iterations` is not
/// read.
///
/// # Errors
/// As [`fit`]; factors of another rank, or a `previous_of` that does not fit.
pub fn refresh(
    ratings: &Ratings,
    config: &Config,
    previous: &Factors<MovieIdx>,
    previous_of: &[Option<MovieIdx>],
    iterations: usize,
    observer: &mut Observer<'_>,
) -> Result<Model, AlsError> {
    let alternation = Alternation::new(ratings, config)?;
    let movies = carry_over(ratings, config, previous, previous_of)?;
    let mut users = Factors::zeros(ratings.users(), config.rank);
    alternation.solve_users(&movies, alternation.gramian(&movies).as_ref(), &mut users, Losses::Skip)?;
    alternation.run(users, movies, iterations, observer)
}

/// Lays the previous movie factors out by the new index.
fn carry_over(
    ratings: &Ratings,
    config: &Config,
    previous: &Factors<MovieIdx>,
    previous_of: &[Option<MovieIdx>],
) -> Result<Factors<MovieIdx>, AlsError> {
    check_movies(config, 0.0, previous)?;
    same_rows::<MovieIdx>(ratings.movies(), previous_of.len())?;
    let mut movies = Factors::zeros(ratings.movies(), config.rank);
    let (factors, biases) = movies.parts_mut();
    let rows = factors.chunks_mut(config.rank).zip(biases);
    for ((movie, &previous_movie), (factor, bias)) in (0..).map(MovieIdx::new).zip(previous_of).zip(rows) {
        let Some(previous_movie) = previous_movie else {
            seeded_factor(config, movie, factor);
            continue;
        };
        previous.contains(previous_movie)?;
        factor.copy_from_slice(previous.row(previous_movie));
        *bias = previous.bias(previous_movie);
    }
    Ok(movies)
}

/// What stays the same from iteration to iteration.
struct Alternation<'a> {
    ratings: &'a Ratings,
    config: &'a Config,
    mean: f32,
}

impl<'a> Alternation<'a> {
    fn new(ratings: &'a Ratings, config: &'a Config) -> Result<Self, AlsError> {
        config.validate()?;
        if ratings.is_empty() {
            return Err(AlsError::NoRatings);
        }
        config.check_confidences(ratings)?;
        Ok(Self { ratings, config, mean: config.global_mean(ratings) })
    }

    /// Movies first: the users come out solved for the movie factors that are served.
    fn run(
        &self,
        users: Factors<UserIdx>,
        movies: Factors<MovieIdx>,
        iterations: usize,
        observer: &mut Observer<'_>,
    ) -> Result<Model, AlsError> {
        let mut model = Model::from_parts(*self.config, self.mean, users, movies)?;
        let mut user_gramian = self.gramian(model.users());
        for number in 1..=iterations {
            let started = Instant::now();
            let (users, movies) = model.sides_mut();
            self.solve_movies(users, user_gramian.as_ref(), movies)?;
            let movie_gramian = self.gramian(movies);
            let own = self.solve_users(movies, movie_gramian.as_ref(), users, Losses::Sum)?;
            user_gramian = self.gramian(users);
            let gramians = user_gramian.as_ref().zip(movie_gramian.as_ref());
            let loss =
                own + all_pairs(self.config, gramians) + movie_ridges(self.config, self.ratings, movies);
            let seconds = started.elapsed().as_secs_f64();
            if observer(&Iteration { number, loss, seconds, model: &model }).is_break() {
                break;
            }
        }
        Ok(model)
    }

    fn solve_movies(
        &self,
        users: &Factors<UserIdx>,
        gramian: Option<&Gramian>,
        movies: &mut Factors<MovieIdx>,
    ) -> Result<(), AlsError> {
        let background = self.background(gramian);
        half_step(self.ratings.by_movie(), self.fixed(users, background.as_ref()), movies, Losses::Skip)?;
        Ok(())
    }

    fn solve_users(
        &self,
        movies: &Factors<MovieIdx>,
        gramian: Option<&Gramian>,
        users: &mut Factors<UserIdx>,
        losses: Losses,
    ) -> Result<f64, AlsError> {
        let background = self.background(gramian);
        half_step(self.ratings.by_user(), self.fixed(movies, background.as_ref()), users, losses)
    }

    /// The Gramian of a side, unless only observed ratings count.
    fn gramian<Row: Index>(&self, side: &Factors<Row>) -> Option<Gramian> {
        (self.config.unobserved_weight() > 0.0).then(|| Gramian::of(side))
    }

    fn background(&self, gramian: Option<&Gramian>) -> Option<Background> {
        gramian.map(|gramian| Background::new(gramian, self.config.unobserved_weight()))
    }

    fn fixed<'b, Col>(
        &'b self,
        side: &'b Factors<Col>,
        background: Option<&'b Background>,
    ) -> Fixed<'b, Col> {
        Fixed { config: self.config, mean: self.mean, side, background }
    }
}
