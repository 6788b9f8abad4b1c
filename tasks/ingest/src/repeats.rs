//! Movies that are read from the ratings: what a movie is, is written once and not with each of its ratings.

use std::collections::HashMap;
use std::collections::hash_map::{DefaultHasher, Entry};
use std::hash::{Hash, Hasher};

use contract::Description;
use contract::clean;
use contract::description::IdKind;
use lakehouse::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StringArray};
use lakehouse::arrow::compute::filter;
use lakehouse::arrow::error::ArrowError;

/// Movies that are remembered, in some dozen megabytes. Rows of any others are all written, as `clean` can bear.
const MOST: usize = 1_000_000;

/// Leaves out each row that says of its movie what the one before it said.
///
/// Of different rows of one movie the last counts, so only the one before it is remembered: of A, B, A all three stay.
pub(crate) struct Repeats {
    ids: IdKind,
    most: usize,
    /// By movie, what was said of it last, each as a hash. Movies that share one keep more rows than they need.
    last: HashMap<u64, u64>,
}

impl Repeats {
    /// `None` if the movies have a file of their own, which repeats nothing.
    pub(crate) fn of(description: &Description) -> Option<Self> {
        description.files.movies.is_none().then(|| Self::new(description.ids.movie, MOST))
    }

    fn new(ids: IdKind, most: usize) -> Self {
        Self { ids, most, last: HashMap::new() }
    }

    /// Those of these rows, columns of `bronze/movies`, that stay.
    pub(crate) fn left_out_of(&mut self, columns: &[ArrayRef]) -> Result<Vec<ArrayRef>, ArrowError> {
        let texts = |column: usize| columns[column].as_string::<i32>();
        let (ids, raws) = (texts(0), texts(3));
        let said = [texts(1), texts(2), texts(6)];
        // A malformed row may have lost what tells it from others.
        let stays =
            |row| raws.is_valid(row) || self.is_new(text(ids, row), said.map(|column| text(column, row)));
        let stay: BooleanArray = (0..ids.len()).map(stays).map(Some).collect();
        columns.iter().map(|column| filter(column, &stay)).collect()
    }

    /// Whether this was not the last that was said of the movie; from now on it is.
    fn is_new(&mut self, id: Option<&str>, said: [Option<&str>; 3]) -> bool {
        let id = id.unwrap_or_default();
        // `7` and `7.0` are one movie.
        let movie = match self.ids {
            IdKind::Number => clean::id(id).map_or_else(|| hash(id.trim()), hash),
            IdKind::Text => hash(id.trim()),
        };
        let said = hash((movie, said));
        let is_full = self.last.len() >= self.most;
        match self.last.entry(movie) {
            Entry::Occupied(mut last) => last.insert(said) != said,
            Entry::Vacant(_) if is_full => true,
            Entry::Vacant(first) => {
                first.insert(said);
                true
            }
        }
    }
}

fn text(column: &StringArray, row: usize) -> Option<&str> {
    column.is_valid(row).then(|| column.value(row))
}

/// The same in every process.
fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A movie's id and title, and whether its row is malformed.
    type Said<'a> = (&'a str, Option<&'a str>, bool);

    fn columns(rows: &[Said<'_>]) -> Vec<ArrayRef> {
        let texts = |text: &dyn Fn(&Said<'_>) -> Option<String>| {
            std::sync::Arc::new(rows.iter().map(text).collect::<StringArray>()) as ArrayRef
        };
        let same = |_: &Said<'_>| Some("x".to_owned());
        vec![
            texts(&|(id, ..)| Some((*id).to_owned())),
            texts(&|(_, title, _)| title.map(str::to_owned)),
            texts(&same),
            texts(&|(.., malformed)| malformed.then(|| "raw".to_owned())),
            texts(&same),
            texts(&same),
            texts(&same),
        ]
    }

    /// `id title` of the rows that stay.
    fn left(repeats: &mut Repeats, rows: &[Said<'_>]) -> Vec<String> {
        let left = repeats.left_out_of(&columns(rows)).unwrap();
        let (ids, titles) = (left[0].as_string::<i32>(), left[1].as_string::<i32>());
        (0..ids.len()).map(|row| format!("{} {}", ids.value(row), titles.value(row))).collect()
    }

    fn numbers(most: usize) -> Repeats {
        Repeats::new(IdKind::Number, most)
    }

    #[test]
    fn what_was_said_of_a_movie_is_not_said_again_in_whatever_batch_it_comes() {
        let rows = [("1", Some("A"), false), ("2", Some("B"), false), ("1", Some("A"), false)];
        let mut repeats = numbers(9);
        assert_eq!(left(&mut repeats, &rows), ["1 A", "2 B"]);
        assert!(left(&mut repeats, &rows).is_empty());
        assert_eq!(left(&mut repeats, &[("1", None, false), ("1", Some(""), false)]).len(), 2);
    }

    #[test]
    fn the_last_of_different_rows_of_a_movie_stays_the_last() {
        let rows = [("1", Some("A"), false), ("1", Some("B"), false), ("1", Some("A"), false)];
        assert_eq!(left(&mut numbers(9), &rows), ["1 A", "1 B", "1 A"]);
        let rows = [("1", Some("A"), false), ("1.0", Some("B"), false), (" 1", Some("A"), false)];
        assert_eq!(
            left(&mut numbers(9), &rows),
            ["1 A", "1.0 B", " 1 A"],
            "one movie, however its id is written"
        );
        assert_eq!(
            left(&mut Repeats::new(IdKind::Text, 9), &[("a", Some("A"), false), ("a ", Some("A"), false)]),
            ["a A"]
        );
    }

    #[test]
    fn malformed_rows_all_stay() {
        let rows = [("1", Some("A"), true), ("1", Some("A"), true), ("1", Some("A"), false)];
        assert_eq!(left(&mut numbers(9), &rows).len(), 3);
    }

    #[test]
    fn movies_beyond_those_that_are_remembered_keep_all_rows() {
        let rows = [("1", Some("A"), false), ("2", Some("B"), false)];
        let mut repeats = numbers(1);
        assert_eq!(left(&mut repeats, &rows), ["1 A", "2 B"]);
        assert_eq!(left(&mut repeats, &rows), ["2 B"]);
    }
}
