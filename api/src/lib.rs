//! The recommendation service.
//!
//! ```text
//! telemetry   what is counted
//! serving     what is served: versions in memory, lists, feedback. No HTTP
//! auth        tokens
//! edge        what happens around every call: limits, errors, headers
//! site        the front ends, as files
//! resources   the calls, one module per resource
//! app         the whole service as an endpoint
//! connections, logging, probe   sockets, the log, `api health`
//! args        the command line
//! server      listening, and stopping
//! ```
//!
//! Each may use those above it and none below, so there is no circle. This is the only crate that names `poem`. What is
//! `pub` is what the binary and the tests in `tests/` need.

#![allow(clippy::struct_field_names, reason = "the description names a score's score and a movie's id")]

pub mod app;
pub mod args;
pub mod auth;
mod connections;
pub mod edge;
pub mod logging;
pub mod probe;
pub mod resources;
pub mod server;
pub mod serving;
pub mod site;
mod telemetry;
