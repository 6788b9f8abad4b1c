//! Alternating least squares: sparse ratings in, factors out. No IO, no async.
mod config;
mod csr;
mod equations;
mod error;
mod factors;
mod fit;
mod fold_in;
mod gramian;
mod half_step;
mod index;
mod init;
mod loss;
mod model;
mod objective;
mod ratings;
mod real;
mod row;

pub use config::{Config, MAX_RANK, Objective};
pub use csr::Csr;
pub use error::AlsError;
pub use factors::Factors;
pub use fit::{Iteration, Observer, fit, refresh};
pub use fold_in::{Contribution, Explanation, FoldIn, UserFactor};
pub use index::{Index, MovieIdx, UserIdx};
pub use model::Model;
pub use ratings::Ratings;
