//! Finding movies by title, genre and year, page by page.
//!
//! A title is searched in its folded form (`fold_title` in the migrations): without accents, capitals and
//! punctuation. Every word of the text must be found in it. A word of up to three letters must begin a word of the
//! title. A longer one may be misspelt: its trigrams are compared with those of the best matching stretch of the
//! title (`word_similarity` of `pg_trgm`), and [`SIMILAR`] is the least that counts. So `godfahter` finds The
//! Godfather, at 0.5. Once a title matches well, those that match much worse are left out: see [`NEARLY`].

use serde::{Deserialize, Serialize};
use sqlx::{FromRow, Postgres, QueryBuilder};

use crate::{Store, error::Result};

/// The least similarity of a word and a title. Set for every connection of the pool, because the index uses it.
pub(crate) const SIMILAR: &str = "0.4";

/// The share of the best match's similarity that a movie needs to be listed.
const NEARLY: &str = "0.75";

/// Words of more letters may be misspelt. Shorter ones have too few trigrams to tell a slip from another word.
const EXACT_LETTERS: usize = 3;

/// Which movies to list, and from where on.
#[derive(Debug, Clone, PartialEq)]
pub struct MovieSearch<'a> {
    /// Words of the title, in any order. Without it every movie matches.
    pub text: Option<&'a str>,
    /// A genre of the movie, as the data set spells it.
    pub genre: Option<&'a str>,
    /// The year of release.
    pub year: Option<i32>,
    /// Only movies after this place; it also says how they are sorted.
    pub after: MoviePlace,
    /// Movies per page.
    pub limit: u16,
}

/// A place in a sorted list of movies, such as the last movie of a page. Every order ends with the lower movie id.
///
/// It stays a place when another version goes live: the next page then has what comes after it there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoviePlace {
    /// Best match first, then as [`MoviePlace::Popular`]. A title that is the text comes before all others.
    Relevance {
        /// From 0 to 1, and 1 more if the title is the text.
        relevance: f32,
        /// How often the movie was rated.
        ratings: i64,
        movie_id: i64,
    },
    /// Most rated first.
    Popular {
        /// How often the movie was rated.
        ratings: i64,
        movie_id: i64,
    },
    /// By folded title.
    Title {
        /// The folded title.
        folded_title: String,
        movie_id: i64,
    },
    /// Newest first, those without a year last, then as [`MoviePlace::Popular`].
    Newest {
        /// The year of release.
        year: Option<i32>,
        /// How often the movie was rated.
        ratings: i64,
        movie_id: i64,
    },
}

/// A movie as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ListedMovie {
    /// The id in the data set.
    pub movie_id: i64,
    /// Without the year.
    pub title: String,
    /// The year of release.
    pub year: Option<i32>,
    /// Possibly none.
    pub genres: Vec<String>,
    /// The id at `IMDb`, with its leading zeros.
    pub imdb_id: Option<String>,
    /// The id at TMDB.
    pub tmdb_id: Option<i64>,
    /// How often the version's users rated it.
    pub ratings: i64,
    /// The id in the data set, where that is a text.
    pub key: Option<String>,
}

/// Some of the movies that match.
#[derive(Debug, Clone, PartialEq)]
pub struct MoviePage {
    /// In the order asked for.
    pub movies: Vec<ListedMovie>,
    /// Where the next page begins, if there is one.
    pub next: Option<MoviePlace>,
}

#[derive(FromRow)]
struct MatchedRow {
    #[sqlx(flatten)]
    movie: ListedMovie,
    folded_title: String,
    relevance: f32,
}

impl Store {
    /// The movies of a version that match, sorted, from a place on.
    pub async fn search_movies(&self, version: i64, search: &MovieSearch<'_>) -> Result<MoviePage> {
        let words = search.text.map(words_of);
        // No folded title is nothing but punctuation, and no genre has a character that cannot be stored.
        if words.as_ref().is_some_and(Vec::is_empty) || search.genre.is_some_and(|genre| genre.contains('\0'))
        {
            return Ok(MoviePage { movies: Vec::new(), next: None });
        }
        let mut rows: Vec<MatchedRow> = statement(version, search, words.as_deref())
            .build_query_as()
            .fetch_all(&self.pool)
            .await
            .map_err(self.faults.on("search movies"))?;
        let limit = usize::from(search.limit);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|last| search.after.moved_to(last));
        Ok(MoviePage { movies: rows.into_iter().map(|row| row.movie).collect(), next })
    }
}

/// What lies between spaces and is more than punctuation.
fn words_of(text: &str) -> Vec<&str> {
    let parts = |letter: char| letter.is_whitespace() || letter.is_control();
    text.split(parts).filter(|word| word.contains(char::is_alphanumeric)).collect()
}

fn may_be_misspelt(word: &str) -> bool {
    word.chars().filter(|letter| letter.is_alphanumeric()).count() > EXACT_LETTERS
}

/// Asks for one movie more than the page holds, to know whether there is a next page.
fn statement(version: i64, search: &MovieSearch<'_>, words: Option<&[&str]>) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new(
        "WITH matched AS (
             SELECT m.movie_id, m.title, m.year, m.genres, m.imdb_id, m.tmdb_id, m.ratings, m.key, m.folded_title, ",
    );
    push_similarity(&mut sql, words.unwrap_or_default());
    sql.push(" AS similarity FROM movies AS m WHERE m.version = ").push_bind(version);
    push_filters(&mut sql, search, words.unwrap_or_default());
    sql.push("), ranked AS (SELECT m.*, ");
    match words {
        Some(words) => {
            sql.push("(m.similarity + CASE WHEN m.folded_title = ");
            push_folded(&mut sql, &words.join(" "));
            sql.push(" THEN 1 ELSE 0 END)::real AS relevance FROM matched AS m WHERE m.similarity >= ");
            sql.push(NEARLY).push(" * (SELECT max(similarity) FROM matched)");
        }
        None => {
            sql.push("m.similarity AS relevance FROM matched AS m");
        }
    }
    sql.push(") SELECT * FROM ranked AS m WHERE (").push(search.after.key()).push(") > (");
    search.after.push_key(&mut sql);
    sql.push(") ORDER BY ").push(search.after.key());
    sql.push(" LIMIT ").push_bind(i64::from(search.limit) + 1);
    sql
}

/// Folded once per statement: on its own, a plan made for any value would fold the text again for every movie.
fn push_folded(sql: &mut QueryBuilder<Postgres>, text: &str) {
    sql.push("(SELECT fold_title(").push_bind(text).push("))");
}

/// The mean similarity of the words; those that had to be found as they are count as 1.
fn push_similarity(sql: &mut QueryBuilder<Postgres>, words: &[&str]) {
    let (loose, exact): (Vec<&str>, Vec<&str>) = words.iter().partition(|word| may_be_misspelt(word));
    sql.push("((").push(exact.len());
    for word in loose {
        sql.push(" + word_similarity(");
        push_folded(sql, word);
        sql.push(", m.folded_title)");
    }
    sql.push(") / ").push(words.len().max(1)).push(")::real");
}

fn push_filters(sql: &mut QueryBuilder<Postgres>, search: &MovieSearch<'_>, words: &[&str]) {
    for word in words {
        if may_be_misspelt(word) {
            sql.push(" AND m.folded_title %> ");
            push_folded(sql, word);
        } else {
            // A folded word has no character that means something to LIKE.
            sql.push(" AND (m.folded_title LIKE ");
            push_folded(sql, word);
            sql.push(" || '%' OR m.folded_title LIKE '% ' || ");
            push_folded(sql, word);
            sql.push(" || '%')");
        }
    }
    if let Some(genre) = search.genre {
        sql.push(" AND ").push_bind(genre).push(" = ANY(m.genres)");
    }
    if let Some(year) = search.year {
        sql.push(" AND m.year = ").push_bind(year);
    }
}

/// Every key ascends, so one comparison of rows continues a list, and the indexes of `movies` have these very
/// expressions.
impl MoviePlace {
    /// Before the best match.
    pub const BY_RELEVANCE: Self =
        Self::Relevance { relevance: f32::MAX, ratings: i64::MAX, movie_id: i64::MIN };
    /// Before the most popular movie.
    pub const BY_POPULARITY: Self = Self::Popular { ratings: i64::MAX, movie_id: i64::MIN };
    /// Before the first title.
    pub const BY_TITLE: Self = Self::Title { folded_title: String::new(), movie_id: i64::MIN };
    /// Before the newest movie.
    pub const BY_YEAR: Self = Self::Newest { year: Some(i32::MAX), ratings: i64::MAX, movie_id: i64::MIN };

    fn key(&self) -> &'static str {
        match self {
            Self::Relevance { .. } => "-m.relevance, -m.ratings, m.movie_id",
            Self::Popular { .. } => "-m.ratings, m.movie_id",
            Self::Title { .. } => "m.folded_title COLLATE \"C\", m.movie_id",
            Self::Newest { .. } => "coalesce(-m.year, 2147483647), -m.ratings, m.movie_id",
        }
    }

    /// The values of the key at this place. Saturating, because callers may make up any place.
    fn push_key(&self, sql: &mut QueryBuilder<Postgres>) {
        let descending = |ratings: i64| ratings.saturating_neg();
        let (ratings, movie_id) = match self {
            Self::Relevance { relevance, ratings, movie_id } => {
                sql.push_bind(-relevance).push(", ");
                (ratings, movie_id)
            }
            Self::Title { folded_title, movie_id } => {
                sql.push_bind(folded_title).push(", ").push_bind(*movie_id);
                return;
            }
            Self::Newest { year, ratings, movie_id } => {
                sql.push_bind(year.map_or(i32::MAX, i32::saturating_neg)).push(", ");
                (ratings, movie_id)
            }
            Self::Popular { ratings, movie_id } => (ratings, movie_id),
        };
        sql.push_bind(descending(*ratings)).push(", ").push_bind(*movie_id);
    }

    /// The place of a row in the same order.
    fn moved_to(&self, row: &MatchedRow) -> Self {
        let ListedMovie { movie_id, year, ratings, .. } = row.movie;
        match self {
            Self::Relevance { .. } => Self::Relevance { relevance: row.relevance, ratings, movie_id },
            Self::Popular { .. } => Self::Popular { ratings, movie_id },
            Self::Title { .. } => Self::Title { folded_title: row.folded_title.clone(), movie_id },
            Self::Newest { .. } => Self::Newest { year, ratings, movie_id },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_split_into_what_can_be_found() {
        assert_eq!(words_of(" The  (500) & -\0Spider-Man! "), ["The", "(500)", "Spider-Man!"]);
        assert!(words_of("?! ...").is_empty());
    }

    #[test]
    fn only_words_of_more_than_three_letters_may_be_misspelt() {
        assert!(!may_be_misspelt("E.T."));
        assert!(!may_be_misspelt("été"));
        assert!(may_be_misspelt("Rings"));
    }
}
