//! What happens to every request, whatever it asks for: one module per concern, put in order by [`crate::app`].

pub mod answer;
pub mod compress;
pub mod cors;
pub mod headers;
pub mod observe;
mod paths;

pub(crate) use paths::Paths;
