//! The tables that every version has, and the names and definitions of their partitions.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A table with one partition per version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    /// One row per movie.
    Movies,
    /// One row per user.
    Recommendations,
    /// One row per movie.
    SimilarMovies,
    /// One row per genre, and one for all of them.
    PopularMovies,
    /// One row per movie.
    MovieFactors,
    /// One row per user.
    UserHistories,
    /// One row per user whose id in the data set is a text.
    UserKeys,
}

impl Table {
    /// Every table, in the order in which a version is loaded: lists name movies, so movies come first.
    pub const ALL: [Self; 7] = [
        Self::Movies,
        Self::Recommendations,
        Self::SimilarMovies,
        Self::PopularMovies,
        Self::MovieFactors,
        Self::UserHistories,
        Self::UserKeys,
    ];

    /// How many connections load a version.
    pub(crate) const STREAMS: usize = 3;

    /// The connection that loads the table. Rows are frozen only in the transaction that creates their table, which
    /// nobody else can write to; so the two tables that hold nearly everything have a connection each.
    pub(crate) fn stream(self) -> usize {
        match self {
            Self::Recommendations => 1,
            Self::UserHistories => 2,
            _ => 0,
        }
    }

    /// The tables that a connection loads.
    pub(crate) fn of_stream(stream: usize) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |table| table.stream() == stream)
    }

    /// The table's name in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Movies => "movies",
            Self::Recommendations => "recommendations",
            Self::SimilarMovies => "similar_movies",
            Self::PopularMovies => "popular_movies",
            Self::MovieFactors => "movie_factors",
            Self::UserHistories => "user_histories",
            Self::UserKeys => "user_keys",
        }
    }

    /// The columns that are copied, in the order in which rows encode them.
    fn columns(self) -> &'static str {
        match self {
            Self::Movies => "movie_id, title, year, genres, imdb_id, tmdb_id, key",
            Self::Recommendations => "user_idx, user_id, movie_ids, scores",
            Self::SimilarMovies => "movie_id, similar_ids, scores",
            Self::PopularMovies => "genre, movie_ids, scores",
            Self::MovieFactors => "movie_id, factor, bias",
            Self::UserHistories => "user_id, packed",
            Self::UserKeys => "user_id, key",
        }
    }

    /// Columns that no query looks into: statistics of them would cost more than all the rest of `ANALYZE`.
    fn opaque(self) -> &'static [&'static str] {
        match self {
            Self::Movies | Self::UserKeys => &[],
            Self::Recommendations | Self::PopularMovies => &["movie_ids", "scores"],
            Self::SimilarMovies => &["similar_ids", "scores"],
            Self::MovieFactors => &["factor"],
            Self::UserHistories => &["packed"],
        }
    }

    /// The keys, as the parent table has them. They are built after loading, in one go.
    fn keys(self) -> &'static str {
        match self {
            Self::Movies | Self::SimilarMovies | Self::MovieFactors => "ADD PRIMARY KEY (version, movie_id)",
            Self::Recommendations => "ADD PRIMARY KEY (version, user_id), ADD UNIQUE (version, user_idx)",
            Self::PopularMovies => "ADD PRIMARY KEY (version, genre)",
            Self::UserHistories => "ADD PRIMARY KEY (version, user_id)",
            Self::UserKeys => "ADD PRIMARY KEY (version, user_id), ADD UNIQUE (version, key)",
        }
    }

    /// The other indexes of the parent table, as `CREATE INDEX` has them. Attaching a partition adopts those it has
    /// and would build those it has not, while it holds a lock on the parent.
    fn indexes(self) -> &'static [&'static str] {
        match self {
            Self::Movies => &[
                "USING gin (folded_title public.gin_trgm_ops)",
                "((-ratings), movie_id)",
                "(folded_title COLLATE \"C\", movie_id)",
                "((coalesce(-year, 2147483647)), (-ratings), movie_id)",
            ],
            _ => &[],
        }
    }

    /// The table's place in [`Table::ALL`].
    pub(crate) fn position(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The rows of one table that belong to one version. Its statements are safe to build from text: a table's name
/// is one of seven constants and a version is a number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Partition {
    pub(crate) table: Table,
    pub(crate) version: i64,
}

impl Partition {
    /// The standalone table, with the check that later lets `ATTACH` skip its scan.
    pub(crate) fn create(self) -> String {
        let Self { table, version } = self;
        let opaque = table.opaque().iter();
        let opaque: String =
            opaque.map(|column| [", ALTER COLUMN ", column, " SET STATISTICS 0"].concat()).collect();
        format!(
            "CREATE TABLE {self} (LIKE {table} INCLUDING CONSTRAINTS INCLUDING DEFAULTS INCLUDING GENERATED, \
             CONSTRAINT in_version CHECK (version = {version})); \
             ALTER TABLE {self} ALTER COLUMN version SET DEFAULT {version}{opaque}"
        )
    }

    /// Frozen, because the table is created in the same transaction: no later vacuum has to rewrite it.
    pub(crate) fn copy(self) -> String {
        format!("COPY {self} ({}) FROM STDIN (FORMAT binary, FREEZE)", self.table.columns())
    }

    pub(crate) fn add_keys(self) -> String {
        format!("ALTER TABLE {self} {}", self.table.keys())
    }

    pub(crate) fn add_indexes(self) -> String {
        let create = |index| format!("CREATE INDEX ON {self} {index}; ");
        self.table.indexes().iter().map(create).collect()
    }

    /// Sets how often each movie was rated. `$1` are the movies, `$2` the ratings of each.
    pub(crate) fn set_ratings(self) -> String {
        format!(
            "UPDATE {self} AS m SET ratings = counted.ratings \
             FROM unnest($1::bigint[], $2::bigint[]) AS counted (movie_id, ratings) \
             WHERE m.movie_id = counted.movie_id"
        )
    }

    pub(crate) fn analyze(self) -> String {
        format!("ANALYZE {self}")
    }

    pub(crate) fn count(self) -> String {
        format!("SELECT count(*) FROM {self}")
    }

    pub(crate) fn attach(self) -> String {
        format!("ALTER TABLE {} ATTACH PARTITION {self} FOR VALUES IN ({})", self.table, self.version)
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "version_data.{}_{}", self.table, self.version)
    }
}

/// Rows per table of one version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    pub movies: u64,
    /// Users with recommendations.
    pub recommendations: u64,
    /// Movies with similar movies.
    pub similar_movies: u64,
    /// Lists of popular movies.
    pub popular_movies: u64,
    /// Movies with factors.
    pub movie_factors: u64,
    /// Users with a history.
    pub user_histories: u64,
    /// Users with a key.
    pub user_keys: u64,
}

impl Counts {
    /// The rows of one table.
    #[must_use]
    pub fn get(&self, table: Table) -> u64 {
        match table {
            Table::Movies => self.movies,
            Table::Recommendations => self.recommendations,
            Table::SimilarMovies => self.similar_movies,
            Table::PopularMovies => self.popular_movies,
            Table::MovieFactors => self.movie_factors,
            Table::UserHistories => self.user_histories,
            Table::UserKeys => self.user_keys,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tables_position_is_its_place_in_all() {
        for (place, table) in Table::ALL.into_iter().enumerate() {
            assert_eq!(table.position(), place);
        }
    }
}
