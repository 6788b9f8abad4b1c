//! The four tables of a MovieLens data set.

use std::fmt;

/// One of the files of a MovieLens data set, and the bronze table it becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    Ratings,
    Movies,
    Tags,
    Links,
}

impl Table {
    /// All four, in the order in which they are read.
    pub(crate) const ALL: [Self; 4] = [Self::Ratings, Self::Movies, Self::Tags, Self::Links];

    /// The name of the table and, with an ending, of its file.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ratings => "ratings",
            Self::Movies => "movies",
            Self::Tags => "tags",
            Self::Links => "links",
        }
    }

    /// The columns as MovieLens names them, in the order of the bronze table.
    pub(crate) const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Ratings => &["userId", "movieId", "rating", "timestamp"],
            Self::Movies => &["movieId", "title", "genres"],
            Self::Tags => &["userId", "movieId", "tag", "timestamp"],
            Self::Links => &["movieId", "imdbId", "tmdbId"],
        }
    }

    /// Whether a data set without it is refused.
    pub(crate) const fn is_required(self) -> bool {
        matches!(self, Self::Ratings | Self::Movies)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
