//! The best movies for a query: for the users of a model, for one user outside of it, and those that resemble a movie.
//!
//! | module | what |
//! | --- | --- |
//! | `block` | [`BlockRanker`](crate::BlockRanker): a block of a model's users, on all threads |
//! | `user` | [`UserRanker`](crate::UserRanker): one user by factor, on the calling thread |
//! | `similar` | [`similar_movies`](crate::similar_movies): a block of movies, by the cosine of their factors |
//! | `scoring`, `query_group` | score queries against all movies, in register tiles; the three above only make queries |
//! | `top_n` | keeps the best of the scores |

pub(crate) mod block;
mod query_group;
pub(crate) mod scoring;
pub(crate) mod similar;
pub(crate) mod top_n;
pub(crate) mod user;

#[cfg(test)]
mod tests;
