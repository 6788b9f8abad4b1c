//! What is served, in `PostgreSQL`: migrations, publishing and the queries of the API.
//!
//! This is the only crate that holds SQL. Plain Rust types go in and come out.
//!
//! A model is published as a *version*: [`Store::begin_publish`] loads it beside the live one over several connections,
//! [`VersionLoad::finish`] checks and attaches it, and [`LoadedVersion::activate`] moves the one-row `serving`
//! pointer. A reader sees the old version or the new one, never a mix, because every query reads the pointer and
//! the rows in one statement; and no step takes a lock that a reader waits for.
#![allow(missing_docs, reason = "many a field of a row says it all by its name")]

mod activate;
mod announcements;
mod check;
mod connect;
mod contents;
mod copy;
mod error;
mod experiment;
mod feedback;
mod grant;
mod keys;
mod lists;
mod load;
mod loaded;
mod models;
mod pack;
mod prune;
mod publish;
mod read;
mod rows;
mod run_history;
mod schema;
mod search;
mod session;
mod similar;
mod stream;
mod table;
mod version;

pub use activate::Activation;
pub use announcements::{Announcement, Announcements};
pub use check::RowFault;
pub use connect::{ConnectOptions, PoolState, Store};
pub use contents::VersionContents;
pub use error::{Result, StoreError};
pub use experiment::{Experiment, RunningExperiment, Variant};
pub use feedback::FeedbackEvent;
pub use grant::Access;
pub use lists::{PublishedHistory, UserList};
pub use load::VersionLoad;
pub use loaded::LoadedVersion;
pub use models::PublishedModel;
pub use prune::{Postponed, Pruned};
pub use publish::{Begin, NewVersion};
pub use read::LiveVersion;
pub use rows::{
    Movie, MovieFactor, PopularMovies, Row, SimilarMovies, UserHistory, UserKey, UserRecommendations,
};
pub use run_history::{RunOutcome, RunRecord, StepOutcome, StepRecord};
pub use search::{ListedMovie, MoviePage, MoviePlace, MovieSearch};
pub use similar::ScoredMovie;
pub use table::{Counts, Table};
pub use version::{VersionState, VersionSummary};
