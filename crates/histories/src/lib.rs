//! Interactions by user: what `als` learns from, and what a model is measured on. No IO, no async.
//!
//! | what | where |
//! | --- | --- |
//! | from ratings by outside ids, in two passes | [`Tally`], [`HistoriesBuilder`], [`Times`] |
//! | from outside ids to dense indices, and to any numbers | [`Ids`], [`ById`] |
//! | what users have rated, oldest first; the holdout | [`Histories`], [`History`] |
//! | what is learnt from a rating, the less the older it is | [`Evidence`], [`Event`] |
//! | how well a list finds what was held out | [`ndcg`] |
//! | what can go wrong | [`HistoriesError`] |

mod builder;
mod by_id;
mod error;
mod evidence;
mod histories;
mod ids;
mod ndcg;

pub use builder::{HistoriesBuilder, Tally, Times};
pub use by_id::ById;
pub use error::HistoriesError;
pub use evidence::Evidence;
pub use histories::{Event, Histories, History};
pub use ids::Ids;
pub use ndcg::ndcg;
