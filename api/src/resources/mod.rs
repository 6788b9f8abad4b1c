//! The calls, one module per resource.

pub mod charts;
pub mod docs;
pub mod experiments;
pub mod health;
pub mod id;
pub mod metrics;
pub mod models;
pub mod movies;
pub mod recommendations;
pub mod root;
pub mod scores;
pub mod shapes;
pub mod text;
pub mod users;

use poem_openapi::Tags;

pub use id::Id;
pub use text::Text;

/// The groups of calls in the documentation.
#[derive(Debug, Clone, Copy, Tags)]
pub enum Tag {
    /// What to watch next.
    Recommendations,
    /// What users have rated.
    Users,
    /// What there is to watch.
    Movies,
    /// What the recommendations are made by.
    Models,
    /// Whether the service works, for people and monitors.
    Service,
}
