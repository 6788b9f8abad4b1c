//! Why a row did not reach silver.

/// A short fixed code per reason; stored in `silver/rejected` and counted in `silver/stats`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Not the expected number of fields, not UTF-8, or a quote that never ends.
    MalformedLine,
    /// The user id is no positive whole number.
    BadUserId,
    /// The movie id is no positive whole number.
    BadMovieId,
    /// The rating is not one of 0.5, 1, 1.5 to 5.
    BadRating,
    /// The timestamp is no whole number of seconds, or not between 1995 and the day after the ingestion.
    BadTimestamp,
    /// The movie is not in the movies file.
    UnknownMovie,
    /// A later row or event of the same user and movie, or a later row of the same movie, replaces it.
    Superseded,
    /// An event that takes a rating back, and is the last word on that user and movie.
    Retracted,
    /// The movie has no title.
    MissingTitle,
}

impl Reason {
    /// Every reason there is.
    pub const ALL: [Self; 9] = [
        Self::MalformedLine,
        Self::BadUserId,
        Self::BadMovieId,
        Self::BadRating,
        Self::BadTimestamp,
        Self::UnknownMovie,
        Self::Superseded,
        Self::Retracted,
        Self::MissingTitle,
    ];

    /// The code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::MalformedLine => "malformed_line",
            Self::BadUserId => "bad_user_id",
            Self::BadMovieId => "bad_movie_id",
            Self::BadRating => "bad_rating",
            Self::BadTimestamp => "bad_timestamp",
            Self::UnknownMovie => "unknown_movie",
            Self::Superseded => "superseded",
            Self::Retracted => "retracted",
            Self::MissingTitle => "missing_title",
        }
    }
}
