//! The calls, one module per resource: shapes, and one function an endpoint.

mod answer;
pub(crate) mod charts;
pub(crate) mod docs;
pub(crate) mod experiments;
pub(crate) mod health;
pub(crate) mod metrics;
pub(crate) mod models;
pub(crate) mod movies;
pub(crate) mod recommendations;
pub mod root;
pub(crate) mod scores;
mod shapes;
mod types;
pub(crate) mod users;

use poem_openapi::Tags;

use self::{
    answer::{Answer, Answered, Operation},
    types::{Id, Key, Text},
};

/// The groups of calls in the documentation.
#[derive(Debug, Clone, Copy, Tags)]
enum Tag {
    /// What to watch next.
    Recommendations,
    /// What users have rated.
    Users,
    /// The catalogue.
    Movies,
    /// Published models, and experiments between them.
    Models,
    /// Status and metrics of the service.
    Service,
}
