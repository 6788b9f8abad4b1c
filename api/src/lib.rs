//! The recommendation service.
//!
//! [`app`] puts the calls of [`resources`] together and wraps them in what [`edge`] does for every call;
//! [`server`] listens and stops. This is the only crate that names `poem`.

pub mod answer;
pub mod app;
pub mod args;
pub mod assignment;
pub mod auth;
mod connections;
pub mod edge;
pub mod errors;
pub mod logging;
pub mod probe;
pub mod resources;
pub mod server;
pub mod serving;
pub mod site;
pub mod telemetry;
