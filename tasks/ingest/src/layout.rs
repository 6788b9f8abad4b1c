//! Finds the files of a described data set among names.

use std::{borrow::Cow, path::Path};

use contract::description::{DataFile, Description};

use crate::{description, error::IngestError, packing::Packing, table::Table};

/// A part of a table: one of its files, and how it is written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    pub(crate) table: Table,
    /// As its zip or folder has it.
    pub(crate) name: String,
    pub(crate) packing: Packing,
    pub(crate) file: DataFile,
}

/// Which files of a zip or folder make up the data set.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Layout {
    pub(crate) description: Description,
    /// In the order of [`Table::ALL`], those of one table by name.
    parts: Vec<Part>,
}

impl Layout {
    /// Finds the data set among the `names` of the files of a zip or folder at `path`. It may lie in any
    /// folder, but all of it in one; the folder nearest to the top counts.
    pub(crate) fn find(path: &Path, names: &[String], description: Description) -> Result<Self, IngestError> {
        let folder = folder_of_ratings(path, names, &description)?;
        Self::within(path, names, &folder, description, None)
    }

    /// The one of these descriptions that fits; the first, if several do.
    pub(crate) fn find_usual(path: &Path, names: &[String]) -> Result<Self, IngestError> {
        let mut wanted = Vec::new();
        for description in description::usual()? {
            wanted.push(format!("`{}`", description.files.ratings.path));
            match Self::find(path, names, description) {
                Err(IngestError::MissingFile { is_ratings: true, .. }) => {}
                found => return found,
            }
        }
        Err(missing(path, names, wanted.join(" or "), true))
    }

    /// The data set of which the file at `path` is the ratings, called `ratings` among the `names` beside it; `None` if that
    /// is no name for ratings.
    pub(crate) fn beside(
        path: &Path,
        names: &[String],
        ratings: &str,
        description: Description,
    ) -> Option<Result<Self, IngestError>> {
        packing_of("", &description.files.ratings.path, ratings)?;
        Some(Self::within(path, names, "", description, Some(ratings)))
    }

    /// The data set whose files are in this folder, of its ratings files `only` this one if one is given.
    fn within(
        path: &Path,
        names: &[String],
        folder: &str,
        description: Description,
        only: Option<&str>,
    ) -> Result<Self, IngestError> {
        let mut parts = Vec::new();
        for table in Table::ALL {
            let Some(file) = description::file_of(&description, table) else { continue };
            let before = parts.len();
            for name in names {
                let Some(packing) = packing_of(folder, &file.path, name) else { continue };
                if file.path != description.files.ratings.path || only.is_none_or(|only| only == name) {
                    parts.push(Part { table, name: name.clone(), packing, file: file.clone() });
                }
            }
            if parts.len() == before && table.is_required() {
                return Err(missing(
                    path,
                    names,
                    format!("`{folder}{}`", file.path),
                    table == Table::Ratings,
                ));
            }
            parts[before..].sort_by(|left, right| left.name.cmp(&right.name));
            let is_pattern = file.path.contains('*');
            parts.truncate(if is_pattern { parts.len() } else { parts.len().min(before + 1) });
        }
        Ok(Self { description, parts })
    }

    /// The files of a table; none, if the data set does not have it.
    pub(crate) fn parts_of(&self, table: Table) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(move |part| part.table == table)
    }

    /// All files, in the order of [`Table::ALL`].
    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }
}

/// The name of the description that lies nearest to the top, if one does.
pub(crate) fn description_among(names: &[String]) -> Option<&String> {
    let is_one = |name: &&String| {
        let plain = plain(name);
        !is_shadow(&plain) && plain[folder(&plain).len()..] == *description::FILE_NAME
    };
    names.iter().filter(is_one).min_by_key(|name| (depth(&plain(name)), name.len()))
}

/// The folder, slash included, of the ratings nearest to the top.
fn folder_of_ratings(
    path: &Path,
    names: &[String],
    description: &Description,
) -> Result<String, IngestError> {
    let wanted = &description.files.ratings.path;
    let above = wanted.matches('/').count();
    let mut found: Vec<(usize, String)> = Vec::new();
    for name in names.iter().map(|name| plain(name)) {
        // The folder that the description's own folders are in.
        let folder = (0..=above).try_fold(&*name, |rest, _| {
            let rest = rest.strip_suffix('/').unwrap_or(rest);
            (!rest.is_empty()).then(|| folder(rest))
        });
        let Some(folder) = folder else { continue };
        if !is_shadow(&name) && packing_of(folder, wanted, &name).is_some() {
            found.push((depth(&name), folder.to_owned()));
        }
    }
    found.sort_unstable();
    found.dedup();
    match &found[..] {
        [] => Err(missing(path, names, format!("`{wanted}`"), true)),
        [(depth, first), (other, second), ..] if depth == other => {
            let [first, second] = [first, second].map(|folder| format!("{folder}{wanted}"));
            Err(IngestError::TwoDataSets { path: path.to_owned(), first, second })
        }
        [(_, first), ..] => Ok(first.clone()),
    }
}

/// How the file of this name is packed, if it is what a description calls `wanted` in this folder.
fn packing_of(folder: &str, wanted: &str, name: &str) -> Option<Packing> {
    let plain = plain(name);
    let rest = plain.get(folder.len()..).filter(|_| plain.starts_with(folder))?;
    if is_hidden(rest) && !is_hidden(wanted) {
        return None;
    }
    Packing::ALL.into_iter().find(|packing| {
        let packed = format!("{wanted}{}", packing.ending());
        matches(&packed.to_ascii_lowercase(), &rest.to_ascii_lowercase())
    })
}

/// Whether a name fits a pattern in which `*` stands for any letters but `/`.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == name };
    let Some(rest) = name.strip_prefix(before) else { return false };
    let ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    ends.take_while(|&end| !rest[..end].contains('/')).any(|end| matches(after, &rest[end..]))
}

fn missing(path: &Path, names: &[String], wanted: String, is_ratings: bool) -> IngestError {
    let mut found = names.iter().take(6).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.is_empty() {
        found.push_str("nothing");
    } else if names.len() > 6 {
        found.push_str(", ...");
    }
    let is_archive = |name: &&String| {
        let name = name.to_ascii_lowercase();
        [".zip", ".7z", ".rar", ".tar", ".tar.gz", ".tgz"].iter().any(|ending| name.ends_with(ending))
    };
    let inner = names.iter().find(is_archive).cloned();
    IngestError::MissingFile { path: path.to_owned(), wanted, found, inner, is_ratings }
}

/// A name with slashes, as archives should have them, and without a folder that means the top.
fn plain(name: &str) -> Cow<'_, str> {
    if name.contains('\\') {
        let name = name.replace('\\', "/");
        Cow::Owned(name.strip_prefix("./").unwrap_or(&name).to_owned())
    } else {
        Cow::Borrowed(name.strip_prefix("./").unwrap_or(name))
    }
}

/// Archives made on a Mac carry a shadow of every file.
fn is_shadow(plain: &str) -> bool {
    plain.split('/').any(|part| part == "__MACOSX")
}

/// What a system keeps for itself, such as the `._ratings.csv` of a Mac, which `*.csv` does not mean.
fn is_hidden(plain: &str) -> bool {
    plain[folder(plain).len()..].starts_with('.')
}

/// The part of a plain name up to its last slash, slash included.
fn folder(plain: &str) -> &str {
    &plain[..plain.rfind('/').map_or(0, |at| at + 1)]
}

fn depth(plain: &str) -> usize {
    plain.matches('/').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(names: &[&str]) -> Result<Layout, IngestError> {
        let names: Vec<_> = names.iter().map(ToString::to_string).collect();
        Layout::find_usual(Path::new("x.zip"), &names)
    }

    fn name(layout: &Layout, table: Table) -> Option<&str> {
        layout.parts_of(table).next().map(|part| part.name.as_str())
    }

    #[test]
    fn a_data_set_is_found_in_any_folder() {
        let layout = found(&["a/b/movies.csv", "a/README.txt", "a/b/ratings.csv", "tags.csv"]).unwrap();
        assert_eq!(name(&layout, Table::Movies), Some("a/b/movies.csv"));
        assert_eq!(name(&layout, Table::Tags), None, "that file is in another folder");
        assert_eq!(
            layout.parts().iter().map(|part| part.table).collect::<Vec<_>>(),
            [Table::Ratings, Table::Movies]
        );
    }

    #[test]
    fn the_older_layout_is_known_by_its_endings() {
        let layout = found(&["ml-1m/users.dat", "ml-1m/movies.dat", "ml-1m/ratings.dat"]).unwrap();
        assert_eq!(name(&layout, Table::Movies), Some("ml-1m/movies.dat"));
    }

    #[test]
    fn the_folder_nearest_to_the_top_counts() {
        let layout = found(&["old/ratings.csv", "old/movies.csv", "ratings.csv", "movies.csv"]).unwrap();
        assert_eq!(name(&layout, Table::Ratings), Some("ratings.csv"));
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
        let names = ["a/m/ratings.csv", "a/m/movies.csv", "a/__MACOSX/ratings.csv", "__MACOSX/ratings.csv"];
        assert_eq!(name(&found(&names).unwrap(), Table::Ratings), Some("a/m/ratings.csv"));
    }

    #[test]
    fn backslashes_and_a_leading_dot_are_slashes_and_the_top() {
        let layout = found(&["ml\\ratings.csv", "ml\\movies.csv"]).unwrap();
        assert_eq!(name(&layout, Table::Movies), Some("ml\\movies.csv"), "as the archive has it");
        assert!(found(&["./ratings.csv", "./movies.csv"]).is_ok());
    }

    #[test]
    fn single_files_may_be_packed() {
        let layout = found(&["ratings.csv.gz", "movies.csv.zst"]).unwrap();
        assert_eq!(layout.parts_of(Table::Ratings).next().unwrap().packing, Packing::Gzip);
        assert_eq!(layout.parts_of(Table::Movies).next().unwrap().packing, Packing::Zstandard);
    }

    #[test]
    fn an_archive_in_an_archive_is_named() {
        let message = found(&["ml.zip"]).unwrap_err().to_string();
        assert!(message.ends_with("`ml.zip` is an archive itself: unpack it first"), "{message}");
    }

    #[test]
    fn a_star_stands_for_any_letters_of_a_name_and_its_files_are_read_in_their_order() {
        let description = description::named("netflix-prize").unwrap();
        let names = [
            "d/combined_data_2.txt",
            "d/combined_data_1.txt",
            "d/movie_titles.csv",
            "d/x/combined_data_3.txt",
        ];
        let names = names.map(str::to_owned);
        let layout = Layout::find(Path::new("x"), &names, description).unwrap();
        let parts: Vec<_> = layout.parts_of(Table::Ratings).map(|part| part.name.as_str()).collect();
        assert_eq!(parts, ["d/combined_data_1.txt", "d/combined_data_2.txt"]);
    }

    #[test]
    fn a_star_does_not_stand_for_hidden_files_or_those_of_another_folder() {
        let description = description::named("amazon-reviews").unwrap();
        let names = [
            "d/All_Beauty.csv",
            "d/._All_Beauty.csv",
            "d/Books.csv.gz",
            "d/meta_All_Beauty.jsonl",
            "d/._meta_All_Beauty.jsonl",
            "d/meta_Books.jsonl.gz",
            "d/README.md",
            "d/old/Books.csv",
        ];
        let names = names.map(str::to_owned);
        let layout = Layout::find(Path::new("x"), &names, description).unwrap();
        let parts: Vec<_> = layout.parts().iter().map(|part| part.name.as_str()).collect();
        assert_eq!(
            parts,
            ["d/All_Beauty.csv", "d/Books.csv.gz", "d/meta_All_Beauty.jsonl", "d/meta_Books.jsonl.gz"]
        );
    }

    #[test]
    fn the_description_nearest_to_the_top_counts() {
        let names = ["a/b/dataset.toml", "a/dataset.toml", "__MACOSX/dataset.toml"].map(str::to_owned);
        assert_eq!(description_among(&names).unwrap(), "a/dataset.toml");
        assert!(description_among(&["datasets.toml".to_owned()]).is_none());
    }
}
