//! A fit in pieces, for machines that hold some chunks of users each.
//!
//! The factors are those of [`fit`](crate::fit) in as many chunks with the same kernel, bit for bit, however the chunks are
//! shared out: the sums over a chunk's users are made where the chunk lies, and added in the order of the chunks wherever they meet.

use rayon::prelude::*;

use crate::config::{Config, Solver};
use crate::csr::Csr;
use crate::error::AlsError;
use crate::factors::Factors;
use crate::index::{Index, MovieIdx, UserIdx, same_rows};
use crate::kernel::Kernel;
use crate::kernel::equations::NormalEquations;
use crate::kernel::system::System;
use crate::real::single;
use crate::solver::gramian::{Background, Gramian};
use crate::solver::half_step::{Losses, half_step};
use crate::solver::init::seeded_factor;
use crate::solver::loss::{all_pairs, movie_ridges};
use crate::solver::row::{Fixed, Observations, Summing};
use crate::solver::row_kernels::{SolveSums, SumPart};
use crate::training_set::TrainingSet;

/// What all machines know of a fit that they share.
///
/// An iteration has three parts. Every chunk [sums](Problem::sum_movies) the equations of the movies that its users rated. Where the
/// sums of all chunks of a movie meet, it is [solved](Problem::solve_movies). Every chunk [solves](Problem::solve_users) its users
/// against all movies. The [`Gramian`] of a side is the sum of those of its parts: of the users chunk by chunk, in order.
///
/// A chunk is a [`TrainingSet`] in one chunk, whose users count from 0.
#[derive(Debug, Clone, Copy)]
pub struct Problem {
    config: Config,
    users: usize,
    movies: usize,
    mean: f32,
}

/// What the users of one chunk add to the equations of a movie.
#[derive(Debug, Clone, PartialEq)]
pub struct MovieSum {
    /// The movie.
    pub movie: MovieIdx,
    /// How many of them rated it.
    pub observations: usize,
    /// What they add.
    pub terms: Terms,
}

/// Terms of the equations of a movie, in whichever form is shorter.
#[derive(Debug, Clone, PartialEq)]
pub enum Terms {
    /// Summed: the lower triangle of the matrix column by column, and the right hand side; with biases the border, too.
    Summed(Vec<f32>),
    /// One after the other: weight, target and the `rank` numbers of the user's factor.
    Listed(Vec<f32>),
}

/// The factor of one movie.
#[derive(Debug, Clone, PartialEq)]
pub struct MovieFactor {
    /// `rank` numbers.
    pub factor: Vec<f32>,
    /// The movie's bias, 0 without biases.
    pub bias: f32,
}

/// A movie of an iteration.
#[derive(Debug, Clone, PartialEq)]
pub enum SolvedMovie {
    /// It has a solution.
    Solved(MovieFactor),
    /// Single precision does not carry enough digits: see [`Problem::solve_in_double`].
    Weak,
}

impl Problem {
    /// A fit of so many `users` and `movies`, all chunks together, whose ratings have this `mean`.
    ///
    /// # Errors
    /// A configuration out of range, or conjugate gradients: they begin with a movie's last factor and need its ratings together.
    pub fn new(config: &Config, users: usize, movies: usize, mean: f64) -> Result<Self, AlsError> {
        config.validate()?;
        if config.solver != Solver::Cholesky {
            return Err(AlsError::NotDistributed);
        }
        let mean = if config.has_biases() { single(mean) } else { 0.0 };
        Ok(Self { config: *config, users, movies, mean })
    }

    /// Where users of a chunk begin, whose first is user `first` of all.
    #[must_use]
    pub fn seeded_users(&self, chunk: &TrainingSet<'_>, first: UserIdx) -> Factors<UserIdx> {
        let by_user = chunk.ratings().by_user();
        let mut users = Factors::zeros(by_user.rows(), self.config.rank);
        let (factors, _) = users.parts_mut();
        for (user, factor) in factors.chunks_mut(self.config.rank).enumerate() {
            if !by_user.columns_at(user).is_empty() {
                seeded_factor(&self.config, UserIdx::at(first.position() + user), factor);
            }
        }
        users
    }

    /// The Gramian of some rows of a side; nothing if only rated pairs count.
    #[must_use]
    pub fn gramian<Row: Index>(&self, rows: &Factors<Row>) -> Option<Gramian> {
        (self.config.unobserved_weight() > 0.0).then(|| Gramian::of(rows, 0..rows.rows()))
    }

    /// What the users of a chunk add to the equations of each movie that one of them rated, movies ascending.
    ///
    /// # Errors
    /// Users or ratings that do not belong together.
    pub fn sum_movies(
        &self,
        chunk: &TrainingSet<'_>,
        users: &Factors<UserIdx>,
    ) -> Result<Vec<MovieSum>, AlsError> {
        let by_movie = self.by_movie(chunk, users)?;
        let fixed = self.fixed(users, self.users, None);
        let kernel = Kernel::best();
        let rated = (0..self.movies).into_par_iter().filter(|&movie| !by_movie.columns_at(movie).is_empty());
        let sums = rated.map_init(
            || (System::new(self.config.rank, self.config.has_biases()), Vec::new()),
            |(system, room), movie| {
                let observations = observations(by_movie, movie, room);
                let terms = if self.is_listed(observations.columns.len()) {
                    Terms::Listed(list(&fixed, observations))
                } else {
                    Terms::Summed(kernel.run(SumPart { fixed: &fixed, system, chunk: observations }))
                };
                MovieSum { movie: MovieIdx::at(movie), observations: observations.columns.len(), terms }
            },
        );
        Ok(sums.collect())
    }

    /// Solves movies, each from what the chunks add to its equations, in the order of the chunks. `users` is the Gramian of all
    /// users. A movie that nobody rated is not among them: its factor is zero.
    #[must_use]
    pub fn solve_movies(&self, users: Option<&Gramian>, movies: &[Vec<MovieSum>]) -> Vec<SolvedMovie> {
        let background = self.background(users);
        let single = background.as_ref().map(|background| &background.single[..]);
        let kernel = Kernel::best();
        let solved = movies.par_iter().with_max_len(1).map_init(
            || System::new(self.config.rank, self.config.has_biases()),
            |system, sums| {
                let ridge = self.ridge(sums.iter().map(|sum| sum.observations).sum());
                let rank = self.config.rank;
                match kernel.run(SolveSums { system, background: single, ridge, rank, sums }) {
                    Ok(factor) => SolvedMovie::Solved(factor),
                    Err(_) => SolvedMovie::Weak,
                }
            },
        );
        solved.collect()
    }

    /// What the users of a chunk add to the equations of a movie, in double precision: the lower triangle of the matrix column by
    /// column, and the right hand side.
    ///
    /// # Errors
    /// As [`Problem::sum_movies`].
    pub fn sum_in_double(
        &self,
        chunk: &TrainingSet<'_>,
        users: &Factors<UserIdx>,
        movie: MovieIdx,
    ) -> Result<Vec<f64>, AlsError> {
        let by_movie = self.by_movie(chunk, users)?;
        crate::index::in_range(movie, self.movies)?;
        let fixed = self.fixed(users, self.users, None);
        let mut room = Vec::new();
        let observations = observations(by_movie, movie.position(), &mut room);
        let mut equations = NormalEquations::new(self.config.dimension());
        fixed.assemble_part(&mut equations, &observations);
        Ok(equations.numbers())
    }

    /// Solves a movie with so many observations from what the chunks add to its equations in double precision, in their order.
    ///
    /// # Errors
    /// Equations without a unique solution.
    pub fn solve_in_double(
        &self,
        users: Option<&Gramian>,
        movie: MovieIdx,
        observations: usize,
        sums: &[Vec<f64>],
    ) -> Result<MovieFactor, AlsError> {
        let background = self.background(users);
        let mut equations = NormalEquations::new(self.config.dimension());
        let double = background.as_ref().map(|background| &background.double);
        equations.start(double, self.config.ridge(observations, self.users));
        for sum in sums {
            equations.add_numbers(sum)?;
        }
        let solved = equations.solve().ok().map(|solution| {
            let (factor, bias) = solution.split_at(self.config.rank);
            MovieFactor {
                factor: factor.iter().map(|&number| single(number)).collect(),
                bias: bias.first().map_or(0.0, |&bias| single(bias)),
            }
        });
        let finite = |solved: &MovieFactor| {
            solved.bias.is_finite() && solved.factor.iter().all(|number| number.is_finite())
        };
        solved.filter(finite).ok_or(AlsError::NotPositiveDefinite {
            side: MovieIdx::NAME,
            row: movie.position(),
            regularization: self.config.regularization,
        })
    }

    /// Solves the users of a chunk against all movies, whose Gramian is `gramian`; and their part of the loss.
    ///
    /// # Errors
    /// Movies or ratings that do not belong together, or a user whose equations have no unique solution.
    pub fn solve_users(
        &self,
        chunk: &TrainingSet<'_>,
        movies: &Factors<MovieIdx>,
        gramian: Option<&Gramian>,
    ) -> Result<(Factors<UserIdx>, f64), AlsError> {
        same_rows::<MovieIdx>(self.movies, movies.rows())?;
        same_rows::<MovieIdx>(self.movies, chunk.ratings().movies())?;
        self.config.check_confidences(chunk.ratings())?;
        let background = self.background(gramian);
        let fixed = self.fixed(movies, self.movies, background.as_ref());
        let by_user = chunk.ratings().by_user();
        let mut users = Factors::zeros(by_user.rows(), self.config.rank);
        let loss = half_step(&[by_user], fixed, Summing::Straight, &mut users, Losses::Sum)?;
        Ok((users, loss))
    }

    /// The loss, from the users' parts of it, the Gramians of both sides, the movies, and how many ratings each movie has.
    #[must_use]
    pub fn loss(
        &self,
        of_users: impl IntoIterator<Item = f64>,
        gramians: Option<(&Gramian, &Gramian)>,
        movies: &Factors<MovieIdx>,
        ratings: &[usize],
    ) -> f64 {
        of_users.into_iter().sum::<f64>()
            + all_pairs(&self.config, gramians)
            + movie_ridges(&self.config, ratings, self.users, movies)
    }

    /// A chunk's ratings by movie.
    fn by_movie<'c>(
        &self,
        chunk: &'c TrainingSet<'_>,
        users: &Factors<UserIdx>,
    ) -> Result<&'c Csr<MovieIdx, UserIdx>, AlsError> {
        same_rows::<UserIdx>(chunk.ratings().users(), users.rows())?;
        same_rows::<MovieIdx>(self.movies, chunk.ratings().movies())?;
        match chunk.parts() {
            [only] => Ok(&only.by_movie),
            parts => {
                let what = "the chunks of a chunk";
                Err(AlsError::LengthMismatch { what, expected: 1, found: parts.len() })
            }
        }
    }

    fn fixed<'f, Col>(
        &'f self,
        side: &'f Factors<Col>,
        opposite: usize,
        background: Option<&'f Background>,
    ) -> Fixed<'f, Col> {
        Fixed { config: &self.config, mean: self.mean, side, opposite, background }
    }

    fn background(&self, gramian: Option<&Gramian>) -> Option<Background> {
        gramian.map(|gramian| Background::new(gramian, self.config.unobserved_weight()))
    }

    fn ridge(&self, observations: usize) -> f32 {
        single(self.config.ridge(observations, self.users))
    }

    /// Whether so many observations are shorter one by one than summed.
    fn is_listed(&self, observations: usize) -> bool {
        let rank = self.config.rank;
        observations * (rank + 2) < rank * (rank + 1) / 2 + rank
    }
}

/// The observations of a movie, whose ratings are decoded into `room`.
fn observations<'o>(
    by_movie: &'o Csr<MovieIdx, UserIdx>,
    movie: usize,
    room: &'o mut Vec<f32>,
) -> Observations<'o, UserIdx> {
    room.clear();
    by_movie.decode_row(movie, room);
    Observations {
        columns: by_movie.columns_at(movie),
        ratings: room,
        upcoming: by_movie.columns_after(movie),
    }
}

/// Weight, target and factor of each observation.
fn list(fixed: &Fixed<'_, UserIdx>, row: Observations<'_, UserIdx>) -> Vec<f32> {
    let mut numbers = Vec::with_capacity(row.columns.len() * (fixed.config.rank + 2));
    for (&column, &rating) in row.columns.iter().zip(row.ratings) {
        let (weight, target) = fixed.observation(column, rating);
        numbers.extend([weight, target]);
        numbers.extend_from_slice(fixed.side.row(column));
    }
    numbers
}
