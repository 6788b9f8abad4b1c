//! Why a row did not reach silver.

/// A short fixed code per reason; stored in `silver/rejected` and counted in `silver/stats`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Not the expected number of fields, not UTF-8, or a quote that never ends.
    MalformedLine,
    /// The user id is no whole number from 0 to 2^53 - 1, or where it is described as a text, none of 1 to 256 bytes.
    BadUserId,
    /// The movie id, likewise.
    BadMovieId,
    /// The rating is not on the scale: 0.5, 1, 1.5 to 5, unless it is described.
    BadRating,
    /// The rating is above the scale: it is another one.
    AboveScale,
    /// Seen and not rated, as the description says.
    Unrated,
    /// The timestamp is no number of seconds and no ISO 8601 time, or not between 1995 and the day after the ingestion.
    BadTimestamp,
    /// The user of an event is a number that no key has; only where ids of users are texts.
    UnknownUser,
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
    pub const ALL: [Self; 12] = [
        Self::MalformedLine,
        Self::BadUserId,
        Self::BadMovieId,
        Self::BadRating,
        Self::AboveScale,
        Self::Unrated,
        Self::BadTimestamp,
        Self::UnknownUser,
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
            Self::AboveScale => "above_scale",
            Self::Unrated => "unrated",
            Self::BadTimestamp => "bad_timestamp",
            Self::UnknownUser => "unknown_user",
            Self::UnknownMovie => "unknown_movie",
            Self::Superseded => "superseded",
            Self::Retracted => "retracted",
            Self::MissingTitle => "missing_title",
        }
    }

    /// Why, in words that go on after "because".
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::MalformedLine => {
                "the line has other fields than the file's first lines, bytes that are not UTF-8, or a quote that is not closed"
            }
            Self::BadUserId => {
                "the user id is not a whole number from 0 to 2^53 - 1 (or a text of 1 to 256 bytes, if it is described)"
            }
            Self::BadMovieId => {
                "the movie id is not a whole number from 0 to 2^53 - 1 (or a text of 1 to 256 bytes, if it is described)"
            }
            Self::BadRating => "the rating is not on the scale (0.5, 1, 1.5 to 5, unless it is described)",
            Self::AboveScale => {
                "the rating is above the scale (5 stars, unless it is described): the file has another one"
            }
            Self::BadTimestamp => {
                "the time is not in seconds since 1970 or ISO 8601, or not between 1995 and the day after the ingestion"
            }
            Self::UnknownUser => "no user has the number",
            Self::UnknownMovie => "the movie is not in the movies file",
            Self::Unrated => "it was seen and not rated",
            Self::Superseded => "a later rating of the same user and movie replaces it",
            Self::Retracted => "it was taken back",
            Self::MissingTitle => "the movie has no title",
        }
    }

    /// What to look at.
    pub(crate) const fn remedy(self) -> &'static str {
        match self {
            Self::MalformedLine => "check separators, quotes and encoding",
            Self::BadUserId | Self::BadMovieId => "describe ids that are texts (ingest --describe)",
            Self::BadRating | Self::AboveScale => "describe the scale (ingest --describe)",
            Self::BadTimestamp => "describe the times (ingest --describe)",
            Self::UnknownMovie => {
                "check that both files number the movies alike, and that no movie is missing"
            }
            Self::Unrated | Self::UnknownUser | Self::Superseded | Self::Retracted | Self::MissingTitle => {
                "check the file"
            }
        }
    }
}
