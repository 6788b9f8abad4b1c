//! What the service answers, over a real socket and from a real `PostgreSQL`.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the failure message")]

mod admin;
mod answers;
mod client;
mod documentation;
mod headers;
mod limits;
mod movies;
mod outage;
mod problems;
mod process;
mod statuses;
mod telemetry;
mod tokens;
