//! What the service answers, over a real socket and from a real `PostgreSQL`.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the failure message")]

mod admin;
mod answers;
mod catalogue_statuses;
mod cinema;
mod client;
mod details;
mod documentation;
mod explaining;
mod feedback;
mod filters;
mod folding_in;
mod headers;
mod keeping;
mod keys;
mod limits;
mod movies;
mod outage;
mod probe;
mod problems;
mod process;
mod showing;
mod site;
mod statuses;
mod switching;
mod telemetry;
mod tokens;
