//! The calls, one module per resource.

pub mod docs;
pub mod health;
pub mod metrics;
pub mod recommendations;
pub mod root;

use poem_openapi::Tags;

/// The groups of calls in the documentation.
#[derive(Debug, Clone, Copy, Tags)]
pub enum Tag {
    /// What to watch next.
    Recommendations,
    /// Whether the service works, for people and monitors.
    Service,
}
