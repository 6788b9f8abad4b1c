//! Factors from ratings.
//!
//! | module | what |
//! | --- | --- |
//! | `objective` | the terms of both losses: weight and target of an observation, ridge of a row |
//! | `row` | the linear system, and the solution of one row; `row_kernels` is its part with vector instructions |
//! | `half_step` | every row of one side |
//! | `fit` | both sides in turn: [`fit`](crate::fit) and [`refresh`](crate::refresh) |
//! | `distributed` | [`Problem`](crate::Problem): the same in pieces, for machines that hold some chunks each |
//! | `fold_in` | [`FoldIn`](crate::FoldIn): a user whom the model has never seen, and explanations |
//! | `init`, `gramian`, `loss` | where a fit begins, what stands for the pairs that nobody rated, what is minimised |

pub(crate) mod distributed;
pub(crate) mod fit;
pub(crate) mod fold_in;
pub(crate) mod gramian;
mod half_step;
mod init;
mod loss;
mod objective;
mod row;
mod row_kernels;
