//! Finds the files of a MovieLens data set among names.

use std::path::Path;

use crate::{error::IngestError, table::Table};

/// How the lines of a file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Comma-separated UTF-8 with a header, as every data set since `ml-20m`.
    Csv,
    /// Separated by `::`, without a header, UTF-8 or Latin-1, as `ml-1m` and `ml-10m`.
    DoubleColons,
}

impl Format {
    const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::DoubleColons => "dat",
        }
    }
}

/// Which files of a zip or folder make up the data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    /// How all its files are written.
    pub(crate) format: Format,
    files: Vec<(Table, String)>,
}

impl Layout {
    /// Finds the data set among the `names` of the files of a zip or folder at `path`. It may lie in any
    /// folder, but all of it in one; the folder nearest to the top counts.
    pub(crate) fn find(path: &Path, names: &[String]) -> Result<Self, IngestError> {
        let (format, ratings) = ratings_file(path, names)?;
        let folder = folder(ratings);
        let file = |table: Table| {
            let wanted = format!("{folder}{table}.{}", format.ending());
            names.iter().find(|name| name.eq_ignore_ascii_case(&wanted)).cloned()
        };
        let mut files = Vec::new();
        for table in Table::ALL {
            match file(table) {
                Some(name) => files.push((table, name)),
                None if table.is_required() => {
                    return Err(missing(path, names, format!("`{folder}{table}.{}`", format.ending())));
                }
                None => {}
            }
        }
        Ok(Self { format, files })
    }

    /// The name of the file of `table`, if the data set has it.
    pub(crate) fn file(&self, table: Table) -> Option<&str> {
        self.files().find(|(of, _)| *of == table).map(|(_, name)| name)
    }

    /// The files in the order of [`Table::ALL`], by name.
    pub(crate) fn files(&self) -> impl Iterator<Item = (Table, &str)> {
        self.files.iter().map(|(table, name)| (*table, name.as_str()))
    }
}

/// The ratings file nearest to the top.
fn ratings_file<'a>(path: &Path, names: &'a [String]) -> Result<(Format, &'a str), IngestError> {
    for format in [Format::Csv, Format::DoubleColons] {
        let wanted = format!("{}.{}", Table::Ratings, format.ending());
        let mut found: Vec<&str> = names
            .iter()
            .map(String::as_str)
            .filter(|name| name[folder(name).len()..].eq_ignore_ascii_case(&wanted))
            // Archives made on a Mac carry a shadow of every file.
            .filter(|name| !name.starts_with("__MACOSX/"))
            .collect();
        found.sort_by_key(|name| (depth(name), *name));
        match found[..] {
            [] => {}
            [first, second, ..] if depth(first) == depth(second) => {
                let (first, second) = (first.to_owned(), second.to_owned());
                return Err(IngestError::TwoDataSets { path: path.to_owned(), first, second });
            }
            [first, ..] => return Ok((format, first)),
        }
    }
    Err(missing(path, names, "`ratings.csv` or `ratings.dat`".to_owned()))
}

fn missing(path: &Path, names: &[String], wanted: String) -> IngestError {
    let mut found = names.iter().take(6).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.is_empty() {
        found.push_str("nothing");
    } else if names.len() > 6 {
        found.push_str(", ...");
    }
    IngestError::MissingFile { path: path.to_owned(), wanted, found }
}

/// The part of a name up to its last slash, slash included.
fn folder(name: &str) -> &str {
    &name[..name.rfind('/').map_or(0, |at| at + 1)]
}

fn depth(name: &str) -> usize {
    name.matches('/').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(names: &[&str]) -> Result<Layout, IngestError> {
        let names: Vec<_> = names.iter().map(ToString::to_string).collect();
        Layout::find(Path::new("x.zip"), &names)
    }

    #[test]
    fn a_data_set_is_found_in_any_folder() {
        let layout = found(&["a/b/movies.csv", "a/README.txt", "a/b/ratings.csv", "tags.csv"]).unwrap();
        assert_eq!(layout.format, Format::Csv);
        assert_eq!(layout.file(Table::Movies), Some("a/b/movies.csv"));
        assert_eq!(layout.file(Table::Tags), None, "that file is in another folder");
        assert_eq!(
            layout.files().map(|(table, _)| table).collect::<Vec<_>>(),
            [Table::Ratings, Table::Movies]
        );
    }

    #[test]
    fn the_older_layout_is_known_by_its_endings() {
        let layout = found(&["ml-1m/users.dat", "ml-1m/movies.dat", "ml-1m/ratings.dat"]).unwrap();
        assert_eq!(layout.format, Format::DoubleColons);
    }

    #[test]
    fn the_folder_nearest_to_the_top_counts() {
        let layout = found(&["old/ratings.csv", "old/movies.csv", "ratings.csv", "movies.csv"]).unwrap();
        assert_eq!(layout.file(Table::Ratings), Some("ratings.csv"));
    }

    #[test]
    fn two_data_sets_side_by_side_are_refused() {
        let error = found(&["b/ratings.csv", "b/movies.csv", "a/ratings.csv", "a/movies.csv"]).unwrap_err();
        assert!(error.to_string().contains("(`a/ratings.csv` and `b/ratings.csv`)"), "{error}");
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = found(&["a/ratings.csv", "a/tags.csv"]).unwrap_err();
        assert!(error.to_string().starts_with("no `a/movies.csv` in `x.zip`"), "{error}");
        let error = found(&["u.data", "u.item"]).unwrap_err();
        assert!(error.to_string().contains("`ratings.csv` or `ratings.dat`"), "{error}");
        assert!(error.to_string().contains("found: u.data, u.item"), "{error}");
        assert!(found(&[]).unwrap_err().to_string().contains("found: nothing"));
    }

    #[test]
    fn shadows_made_by_a_mac_are_ignored() {
        let names = ["__MACOSX/m/ratings.csv", "m/ratings.csv", "m/movies.csv", "__MACOSX/m/movies.csv"];
        assert_eq!(found(&names).unwrap().file(Table::Ratings), Some("m/ratings.csv"));
    }
}
