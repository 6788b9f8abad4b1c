//! The four tables of a data set.

use std::fmt;

use contract::description::Meaning;

/// One of the files of a data set, and the bronze table it becomes.
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

    /// The name of the table, and of its file in a description.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ratings => "ratings",
            Self::Movies => "movies",
            Self::Tags => "tags",
            Self::Links => "links",
        }
    }

    /// What the columns of the bronze table mean, in their order.
    pub(crate) const fn meanings(self) -> &'static [Meaning] {
        match self {
            Self::Ratings => &[Meaning::User, Meaning::Movie, Meaning::Rating, Meaning::Time],
            Self::Movies => &[Meaning::Movie, Meaning::Title, Meaning::Genres, Meaning::Year],
            Self::Tags => &[Meaning::User, Meaning::Movie, Meaning::Tag, Meaning::Time],
            Self::Links => &[Meaning::Movie, Meaning::Imdb, Meaning::Tmdb],
        }
    }

    /// The columns without which a file is of no use.
    pub(crate) const fn needed(self) -> &'static [Meaning] {
        match self {
            Self::Ratings => &[Meaning::User, Meaning::Movie],
            Self::Movies | Self::Links => &[Meaning::Movie],
            Self::Tags => &[Meaning::User, Meaning::Movie, Meaning::Tag],
        }
    }

    /// How many of the last columns stand behind all others in the bronze table: they came later.
    pub(crate) const fn late(self) -> usize {
        matches!(self, Self::Movies) as usize
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
