//! Alternating least squares: solve all movies, then all users, and again.

use std::ops::ControlFlow;
use std::time::Instant;

use crate::config::Config;
use crate::error::AlsError;
use crate::factors::Factors;
use crate::index::{Index, MovieIdx, UserIdx, same_rows};
use crate::model::{Model, check_movies};
use crate::solver::gramian::{Background, Gramian};
use crate::solver::half_step::{Losses, half_step};
use crate::solver::init::{seeded, seeded_factor};
use crate::solver::loss::{all_pairs, movie_ridges};
use crate::solver::row::{Fixed, Summing};
use crate::training_set::TrainingSet;

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
pub fn fit(set: &TrainingSet<'_>, config: &Config, observer: &mut Observer<'_>) -> Result<Model, AlsError> {
    let alternation = Alternation::new(set, config)?;
    let ratings = set.ratings();
    let rated = |user| !ratings.by_user().row(user).0.is_empty();
    let movies = Factors::zeros(ratings.movies(), config.rank);
    alternation.run(seeded(config, ratings.users(), rated), movies, config.iterations, observer)
}

/// Brings a model up to date with other, usually more, ratings by a few iterations from its movie factors.
///
/// `previous_of` has an entry for each movie of the ratings: its index in `previous`, or `None` for a movie that had none and
/// begins with a seeded random factor. All users are solved against these movies first, so nothing else of the
/// previous model matters; then follow `iterations` iterations, possibly none, as in [`fit`]. `config.iterations` is not
/// read.
///
/// # Errors
/// As [`fit`]; factors of another rank, or a `previous_of` that does not fit.
pub fn refresh(
    set: &TrainingSet<'_>,
    config: &Config,
    previous: &Factors<MovieIdx>,
    previous_of: &[Option<MovieIdx>],
    iterations: usize,
    observer: &mut Observer<'_>,
) -> Result<Model, AlsError> {
    let alternation = Alternation::new(set, config)?;
    let movies = carry_over(set.ratings().movies(), config, previous, previous_of)?;
    let mut users = Factors::zeros(set.ratings().users(), config.rank);
    alternation.solve_users(
        &movies,
        alternation.movie_gramian(&movies).as_ref(),
        &mut users,
        Losses::Skip,
    )?;
    alternation.run(users, movies, iterations, observer)
}

/// Lays the previous movie factors out by the new index.
fn carry_over(
    movies: usize,
    config: &Config,
    previous: &Factors<MovieIdx>,
    previous_of: &[Option<MovieIdx>],
) -> Result<Factors<MovieIdx>, AlsError> {
    check_movies(config, 0.0, previous)?;
    same_rows::<MovieIdx>(movies, previous_of.len())?;
    let mut movies = Factors::zeros(movies, config.rank);
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
    set: &'a TrainingSet<'a>,
    config: &'a Config,
    mean: f32,
}

impl<'a> Alternation<'a> {
    fn new(set: &'a TrainingSet<'a>, config: &'a Config) -> Result<Self, AlsError> {
        config.validate()?;
        if set.ratings().is_empty() {
            return Err(AlsError::NoRatings);
        }
        config.check_confidences(set.ratings())?;
        Ok(Self { set, config, mean: config.global_mean(set.ratings()) })
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
        let ratings = self.set.ratings();
        let mut user_gramian = self.user_gramian(model.users());
        for number in 1..=iterations {
            let started = Instant::now();
            let (users, movies) = model.sides_mut();
            self.solve_movies(users, user_gramian.as_ref(), movies)?;
            let movie_gramian = self.movie_gramian(movies);
            let own = self.solve_users(movies, movie_gramian.as_ref(), users, Losses::Sum)?;
            user_gramian = self.user_gramian(users);
            let gramians = user_gramian.as_ref().zip(movie_gramian.as_ref());
            let loss = own
                + all_pairs(self.config, gramians)
                + movie_ridges(self.config, ratings.movie_counts(), ratings.users(), movies);
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
        let fixed = self.fixed(users, background.as_ref());
        let chunks: Vec<_> = self.set.parts().iter().map(|chunk| &chunk.by_movie).collect();
        half_step(&chunks, fixed, Summing::ByChunk, movies, Losses::Skip)?;
        Ok(())
    }

    /// A user's ratings all lie in one chunk.
    fn solve_users(
        &self,
        movies: &Factors<MovieIdx>,
        gramian: Option<&Gramian>,
        users: &mut Factors<UserIdx>,
        losses: Losses,
    ) -> Result<f64, AlsError> {
        let background = self.background(gramian);
        let fixed = self.fixed(movies, background.as_ref());
        half_step(&[self.set.ratings().by_user()], fixed, Summing::Straight, users, losses)
    }

    fn movie_gramian(&self, movies: &Factors<MovieIdx>) -> Option<Gramian> {
        self.needs_gramians().then(|| Gramian::of(movies, 0..movies.rows()))
    }

    /// The sum over the chunks, in their order.
    fn user_gramian(&self, users: &Factors<UserIdx>) -> Option<Gramian> {
        let of_chunks = || self.set.parts().iter().map(|chunk| Gramian::of(users, chunk.users.clone()));
        self.needs_gramians().then(|| Gramian::sum(users.rank(), of_chunks()))
    }

    /// Whether pairs count that nobody has rated.
    fn needs_gramians(&self) -> bool {
        self.config.unobserved_weight() > 0.0
    }

    fn background(&self, gramian: Option<&Gramian>) -> Option<Background> {
        gramian.map(|gramian| Background::new(gramian, self.config.unobserved_weight()))
    }

    fn fixed<'b, Col: Index>(
        &'b self,
        side: &'b Factors<Col>,
        background: Option<&'b Background>,
    ) -> Fixed<'b, Col> {
        Fixed { config: self.config, mean: self.mean, side, opposite: side.rows(), background }
    }
}
