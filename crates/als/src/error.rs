//! What can go wrong, and what to do about it.

/// Every way in which this crate refuses its input.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AlsError {
    /// A rating is NaN or infinite.
    #[error("the rating of movie row {movie} by user row {user} is {rating}: ratings must be finite numbers")]
    RatingNotFinite {
        /// Number of the user row.
        user: u32,
        /// Number of the movie row.
        movie: u32,
        /// The rating as it was given.
        rating: f32,
    },
    /// A user rated a movie twice.
    #[error("user row {user} rates movie row {movie} more than once: keep one rating of each pair")]
    DuplicateRating {
        /// Number of the user row.
        user: u32,
        /// Number of the movie row.
        movie: u32,
    },
    /// An index does not fit the number of rows.
    #[error("{side} row {index} is out of range: there are {rows} {side} rows")]
    IndexOutOfRange {
        /// `user` or `movie`.
        side: &'static str,
        /// The index as it was given.
        index: u32,
        /// How many rows there are.
        rows: usize,
    },
    /// More rows than a 32-bit index can name.
    #[error("{rows} {side} rows are too many: a dense index has 32 bits")]
    TooManyRows {
        /// `user` or `movie`.
        side: &'static str,
        /// How many rows were asked for.
        rows: usize,
    },
    /// The offsets of a compressed matrix do not ascend.
    #[error("the offsets of the ratings do not ascend at user row {row}")]
    OffsetsNotAscending {
        /// The row whose end lies before its start, or 0 if there is no first offset of 0.
        row: usize,
    },
    /// Two arrays that belong together differ in length.
    #[error("{what} has {found} entries where {expected} are needed")]
    LengthMismatch {
        /// The array.
        what: &'static str,
        /// How many entries it should have.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// There is no room for an array of ratings.
    #[error(
        "{bytes} bytes of scratch for ratings cannot be had: {kind}; make room, name another --scratch, or give more --memory"
    )]
    NoRoom {
        /// How many bytes it takes.
        bytes: usize,
        /// What the system said.
        kind: std::io::ErrorKind,
    },
    /// Ratings were to be split into no chunks.
    #[error("the number of chunks is 0: choose at least 1")]
    NoChunks,
    /// Conjugate gradients were asked for in pieces.
    #[error("only the exact solver works in pieces: choose --solver cholesky")]
    NotDistributed,
    /// There is nothing to learn from.
    #[error("there are no ratings to learn from: check the input and the minimum rating")]
    NoRatings,
    /// A confidence weight 1 + alpha * rating is not positive, so the loss would have no minimum.
    #[error(
        "the confidence 1 + {confidence_alpha} * {rating} of movie row {movie} for user row {user} is not positive: \
         lower --confidence-alpha or drop ratings below zero"
    )]
    ConfidenceNotPositive {
        /// Number of the user row.
        user: u32,
        /// Number of the movie row.
        movie: u32,
        /// The rating.
        rating: f32,
        /// The factor of the rating in its confidence.
        confidence_alpha: f64,
    },
    /// The rank is outside 1 to [`MAX_RANK`](crate::MAX_RANK).
    #[error("the rank is {rank}: choose one from 1 to {}", crate::config::MAX_RANK)]
    InvalidRank {
        /// The rank as it was given.
        rank: usize,
    },
    /// No iteration was asked for.
    #[error("the number of iterations is {iterations}: choose at least 1")]
    InvalidIterations {
        /// The number as it was given.
        iterations: usize,
    },
    /// A hyper-parameter is outside its range.
    #[error("the {field} is {value}: choose a finite number from {lowest} to {highest}")]
    InvalidParameter {
        /// The hyper-parameter.
        field: &'static str,
        /// The value as it was given.
        value: f64,
        /// The least allowed value.
        lowest: f64,
        /// The greatest allowed value.
        highest: f64,
    },
    /// A factor or bias is NaN or infinite.
    #[error("the factor of {side} row {row} holds a number that is not finite")]
    FactorNotFinite {
        /// `user` or `movie`.
        side: &'static str,
        /// Number of the row.
        row: usize,
    },
    /// Factors of different ranks were put together.
    #[error("the {side} factors have rank {found} where the model has rank {expected}")]
    RankMismatch {
        /// `user` or `movie`.
        side: &'static str,
        /// The rank of the model.
        expected: usize,
        /// The rank of the factors.
        found: usize,
    },
    /// Ratings and factors have different numbers of rows.
    #[error(
        "there are {found} {side} rows where {expected} are needed: ratings and factors must share their index"
    )]
    RowsMismatch {
        /// `user` or `movie`.
        side: &'static str,
        /// How many rows were needed.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The normal equations of a row have no unique solution.
    #[error(
        "the equations of {side} row {row} have no unique solution at a regularization of {regularization}: \
         raise --regularization"
    )]
    NotPositiveDefinite {
        /// `user` or `movie`.
        side: &'static str,
        /// Number of the row.
        row: usize,
        /// The regularization in use.
        regularization: f64,
    },
    /// The normal equations of a folded-in history have no unique solution.
    #[error(
        "the equations of a history of {ratings} ratings have no unique solution at a regularization of \
         {regularization}: train with a higher --regularization"
    )]
    FoldInNotPositiveDefinite {
        /// How many ratings the history has.
        ratings: usize,
        /// The regularization in use.
        regularization: f64,
    },
}
