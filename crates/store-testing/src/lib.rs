//! Real databases for tests, and a small version to fill them with.
//!
//! A crate of its own, so that tests use the very `store` that programs are built with. It speaks to the server itself,
//! because creating and dropping databases is nothing that a store does.
#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "in a test a panic is the failure message"
)]

mod database;
mod sample;
mod template;

pub use database::{TestDatabase, TestSession};
pub use sample::{Sample, begin, movie};
