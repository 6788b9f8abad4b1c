//! The crate, seen from outside.
#![allow(clippy::unwrap_used, reason = "a panic is the failure message of a test")]

mod block_ranking;
mod common;
mod conjugate_gradient;
mod distributed;
mod elsewhere;
mod fit;
mod fold_in;
mod oracle;
mod ratings;
mod user_ranking;
