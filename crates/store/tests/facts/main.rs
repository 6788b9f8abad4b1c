//! What the store promises, each against a real `PostgreSQL`.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the failure message")]

mod catalogue;
mod connecting;
mod experimenting;
mod feedback;
mod granting;
mod histories;
mod keys;
mod killed;
mod models;
mod probe;
mod pruning;
mod publishing;
mod reading;
mod refusing;
mod run_history;
mod searching;
mod switching;
