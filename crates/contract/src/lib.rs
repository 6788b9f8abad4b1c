//! What the pipeline and the API agree on. Pure: no IO, no async, no tables.
//!
//! | module | the rule it is the home of |
//! | --- | --- |
//! | [`card`] | how a model was made, and everything needed to make it again or to solve a user against it |
//! | [`clean`] | which ids, texts, ratings and times are clean |
//! | [`description`] | how a data set is written, and what its ratings mean |
//! | [`figure`] | the metrics of a model: their names, which of them decides, and which value is better |
//! | [`gate`] | whether a model may be published, as its figures record it |
//! | [`popularity`] | which movies are the most popular |
//! | [`preference`] | which of all that one user said about one movie counts |
//! | [`publication`] | which model was published last |

pub mod card;
pub mod clean;
pub mod description;
pub mod figure;
pub mod gate;
pub mod popularity;
pub mod preference;
pub mod publication;

pub use card::{CardError, Hyperparameters, ModelCard, ModelKind, Objective, Served, Solver, Training};
pub use description::Description;
pub use figure::{Figure, Yardstick};
