//! Alternating least squares: sparse ratings in, factors out. No IO, no async.
//!
//! A model gives every user `u` a factor `x_u` and every movie `i` a factor `y_i`, both of `k` numbers, so that
//! `<x_u, y_i>` says how well they go together. With one side held fixed the loss is quadratic in each row of the
//! other, so its exact minimum is the solution of a small linear system: alternate, and the loss never rises.
//!
//! # Implicit: what will they watch?
//!
//! The loss of Rendle, Krichene, Zhang and Koren, "Revisiting the Performance of iALS on Item Recommendation Benchmarks",
//! 2021, with the confidence weights of Hu, Koren and Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", 2008:
//!
//! ```text
//!   sum over rated (u, i)  w_ui (1 - <x_u, y_i>)^2           w_ui = 1 + alpha r_ui
//! + alpha0  sum over all (u, i)  <x_u, y_i>^2
//! + lambda  sum_u (|S_u| + alpha0 movies)^nu |x_u|^2          S_u: the movies u has rated
//! + lambda  sum_i (|S_i| + alpha0 users)^nu |y_i|^2           S_i: the users who have rated i
//! ```
//!
//! `alpha0` is [`Objective::Implicit::unobserved_weight`], `alpha` is `confidence_alpha`, `lambda` is
//! [`Config::regularization`] and `nu` is [`Config::regularization_exponent`].
//!
//! # Explicit: how will they rate it?
//!
//! The loss of Zhou, Wilkinson, Schreiber and Pan, "Large-Scale Parallel Collaborative Filtering for the Netflix Prize",
//! 2008 (where `nu` is 1), about a global mean `mu` and biases, which are regularised as the factors are:
//!
//! ```text
//!   sum over rated (u, i)  (r_ui - mu - b_u - b_i - <x_u, y_i>)^2
//! + lambda  sum_u |S_u|^nu (|x_u|^2 + b_u^2)
//! + lambda  sum_i |S_i|^nu (|y_i|^2 + b_i^2)
//! ```
//!
//! `mu` is the mean of the ratings and is not fitted. Without biases `mu`, `b_u` and `b_i` are all 0, which is the
//! paper's loss as it stands.
//!
//! # Contents
//!
//! | what | where |
//! | --- | --- |
//! | who rated what | [`Ratings`], [`TrainingSet`], [`Csr`], [`Values`], [`UserIdx`], [`MovieIdx`], [`Index`] |
//! | what to minimise and how | [`Config`], [`Objective`], [`Solver`], [`MAX_RANK`] |
//! | from ratings to a model | [`fit`], [`refresh`], [`Iteration`], [`Observer`], [`Model`], [`Factors`] |
//! | the same in pieces, for machines that hold some chunks of users each | [`Problem`], [`MovieSum`], [`Terms`], [`SolvedMovie`], [`MovieFactor`], [`Gramian`], [`chunks_of`] |
//! | a user whom the model has never seen | [`FoldIn`], [`UserFactor`], [`Explanation`], [`Contribution`] |
//! | the best movies for a user | [`BlockRanker`], [`UserRanker`], [`Candidates`], [`ScoredMovie`] |
//! | the most similar movies | [`similar_movies`] |
//! | where ratings lie | [`Memory`], [`Array`], [`Allocate`], [`Region`] |
//! | what can go wrong | [`AlsError`] |
//! | what this machine computes with | [`kernel_name`] |
//!
//! In the sources, `solver/` makes factors (`row` has the linear system and solves one row), `ranking/` lists, and both
//! stand on `kernel/`, the inner loops for each instruction set. Neither of the two knows the other.
//!
//! Factors are single precision; a row is solved in single precision and, where that is not enough, in double.
//! Everything runs on the threads of the current rayon pool and gives the same bits on any number of them.

#![allow(
    clippy::inline_always,
    reason = "only what is inlined into a kernel is compiled with its wider instructions"
)]
#![allow(clippy::needless_range_loop, reason = "in a kernel an index names the same lane of several arrays")]

mod array;
mod card;
mod config;
mod csr;
mod error;
mod factors;
mod index;
mod kernel;
mod model;
mod ranking;
mod ratings;
mod real;
mod solver;
mod training_set;
mod values;

pub use array::{Allocate, Array, Memory, Region};
pub use config::{Config, MAX_RANK, Objective, Solver};
pub use csr::Csr;
pub use error::AlsError;
pub use factors::{Factors, UserFactor};
pub use index::{Index, MovieIdx, UserIdx, scattered};
pub use kernel::kernel_name;
pub use model::Model;
pub use ranking::block::BlockRanker;
pub use ranking::similar::similar_movies;
pub use ranking::top_n::{ScoredMovie, best_first};
pub use ranking::user::{Candidates, UserRanker};
pub use ratings::Ratings;
pub use solver::distributed::{MovieFactor, MovieSum, Problem, SolvedMovie, Terms};
pub use solver::fit::{Iteration, Observer, fit, refresh};
pub use solver::fold_in::{Contribution, Explanation, FoldIn};
pub use solver::gramian::Gramian;
pub use training_set::{TrainingSet, chunks_of};
pub use values::Values;
