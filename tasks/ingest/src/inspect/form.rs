//! How a file is written, and its first rows.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use contract::description::Meaning;
use serde_json::{Map, Value};

use super::start::{Content, ROWS, Start};
use crate::rows::{fields_of, plain};

/// What most of the rows do, all do.
const MOST: f64 = 0.8;

/// Names that columns of a meaning have, the likelier first, without case, underscores and spaces.
const NAMES: [(Meaning, &[&str]); 7] = [
    (
        Meaning::User,
        &[
            "userid",
            "user",
            "uid",
            "visitorid",
            "visitor",
            "customerid",
            "customer",
            "memberid",
            "member",
            "who",
        ],
    ),
    (
        Meaning::Movie,
        &[
            "movieid",
            "itemid",
            "filmid",
            "bookid",
            "artistid",
            "animeid",
            "productid",
            "parentasin",
            "asin",
            "isbn",
            "businessid",
            "articleid",
            "trackid",
            "songid",
            "gameid",
            "movie",
            "item",
            "film",
            "book",
            "artist",
            "product",
            "article",
            "track",
            "id",
        ],
    ),
    (
        Meaning::Rating,
        &[
            "rating",
            "bookrating",
            "score",
            "stars",
            "overall",
            "points",
            "weight",
            "count",
            "plays",
            "playcount",
        ],
    ),
    (Meaning::Time, &["timestamp", "time", "date", "ratedat", "createdat", "at", "day", "when"]),
    (Meaning::Title, &["title", "name", "movietitle", "booktitle"]),
    (Meaning::Year, &["year", "releaseyear", "originalpublicationyear", "yearofpublication"]),
    (Meaning::Genres, &["genres", "genre", "categories", "category", "departments", "tags"]),
];
const SEPARATORS: [&str; 5] = ["::", "\t", ";", "|", ","];
/// What stands before quotes where they are not doubled.
const ESCAPE: u8 = b'\\';

/// How the fields of a file are told apart.
#[derive(Clone, Copy)]
enum Form {
    Text { separator: &'static str, escape: Option<u8>, is_utf8: bool },
    JsonLines,
    Parquet,
}

/// A file as it seems to be written.
pub(super) struct Table {
    name: String,
    form: Form,
    /// Their names; without a header the places from 1.
    pub(super) columns: Vec<String>,
    has_header: bool,
    pub(super) rows: Vec<Vec<String>>,
}

/// Which column has what.
pub(super) type Columns = BTreeMap<Meaning, usize>;

impl Table {
    pub(super) fn of(start: &Start) -> Option<Self> {
        let name = start.name.clone();
        match &start.content {
            Content::Text { text, is_utf8 } => {
                let lines: Vec<&str> =
                    text.lines().filter(|line| !line.trim().is_empty()).take(ROWS).collect();
                if lines.first()?.trim_start().starts_with('{') {
                    Self::of_json(name, &lines)
                } else {
                    Self::of_text(name, *is_utf8, &lines)
                }
            }
            Content::Rows { columns, rows } => {
                let (columns, rows) = (columns.clone(), rows.clone());
                (!rows.is_empty()).then_some(Self {
                    name,
                    form: Form::Parquet,
                    columns,
                    has_header: true,
                    rows,
                })
            }
        }
    }

    fn of_text(name: String, is_utf8: bool, lines: &[&str]) -> Option<Self> {
        // Of ways that tell apart equally many fields on equally many lines, the last is the most usual.
        let forms = [Some(ESCAPE), None]
            .into_iter()
            .flat_map(|escape| SEPARATORS.map(|separator| (separator, escape)));
        let (separator, escape) =
            forms.max_by_key(|(separator, escape)| agreement(lines, separator, *escape))?;
        let wanted = agreement(lines, separator, escape).1;
        let mut rows: Vec<Vec<String>> = lines
            .iter()
            .map(|line| fields_of(line, separator, escape).into_iter().map(str::to_owned).collect::<Vec<_>>())
            .filter(|fields| fields.len() == wanted)
            .collect();
        if wanted < 2 || rows.is_empty() {
            return None;
        }
        let has_header = is_header(&rows);
        let columns =
            if has_header { rows.remove(0) } else { (1..=wanted).map(|place| place.to_string()).collect() };
        Some(Self { name, form: Form::Text { separator, escape, is_utf8 }, columns, has_header, rows })
    }

    fn of_json(name: String, lines: &[&str]) -> Option<Self> {
        let objects: Vec<Map<String, Value>> =
            lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let columns: Vec<String> = objects.first()?.keys().cloned().collect();
        let text = |value: Option<&Value>| match value {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => String::new(),
            Some(value) => value.to_string(),
        };
        let rows =
            objects.iter().map(|object| columns.iter().map(|key| text(object.get(key))).collect()).collect();
        Some(Self { name, form: Form::JsonLines, columns, has_header: true, rows })
    }

    /// The columns of a file of ratings, if it is one.
    pub(super) fn as_ratings(&self) -> Option<Columns> {
        let mut columns = Columns::new();
        if self.has_header {
            for meaning in [Meaning::User, Meaning::Movie, Meaning::Rating, Meaning::Time] {
                if let Some(column) = self.named(meaning) {
                    columns.insert(meaning, column);
                }
            }
        } else if self.columns.len() >= 3
            && (0..2).all(|column| self.is_mostly(column, is_key))
            && self.is_mostly(2, is_number)
        {
            columns.extend([(Meaning::User, 0), (Meaning::Movie, 1), (Meaning::Rating, 2)]);
            if self.columns.len() > 3 {
                columns.insert(Meaning::Time, 3);
            }
        }
        (columns.contains_key(&Meaning::User) && columns.contains_key(&Meaning::Movie)).then_some(columns)
    }

    /// The columns of a file of movies, if it is one.
    pub(super) fn as_movies(&self) -> Option<Columns> {
        let mut columns = Columns::new();
        if self.has_header {
            for meaning in [Meaning::Movie, Meaning::Title, Meaning::Year, Meaning::Genres] {
                if let Some(column) = self.named(meaning) {
                    columns.insert(meaning, column);
                }
            }
        } else if self.is_mostly(0, is_number) {
            columns.insert(Meaning::Movie, 0);
            let text = |text: &str| text.chars().filter(|letter| letter.is_alphabetic()).count() > 2;
            columns.extend(
                (1..self.columns.len())
                    .find(|&column| self.is_mostly(column, text))
                    .map(|at| (Meaning::Title, at)),
            );
            let first = columns.get(&Meaning::Title).map_or(1, |title| title + 1);
            let genres = (first..self.columns.len())
                .find(|&column| self.rows.iter().any(|row| row[column].contains('|')));
            columns.extend(genres.map(|at| (Meaning::Genres, at)));
        }
        (columns.contains_key(&Meaning::Movie) && columns.contains_key(&Meaning::Title)).then_some(columns)
    }

    fn named(&self, meaning: Meaning) -> Option<usize> {
        let (_, names) = NAMES.iter().find(|(of, _)| *of == meaning)?;
        names.iter().find_map(|name| self.columns.iter().position(|column| known_as(column) == *name))
    }

    pub(super) fn values(&self, column: usize) -> impl Iterator<Item = &str> {
        self.rows.iter().map(move |row| row[column].trim())
    }

    pub(super) fn is_mostly(&self, column: usize, test: impl Fn(&str) -> bool) -> bool {
        is_most(self.values(column).filter(|value| test(value)).count(), self.rows.len())
    }

    /// Its part of the description.
    pub(super) fn section(&self, role: &str, columns: &Columns) -> String {
        let name = self.name.replace('\\', "/");
        let mut text = format!("[files.{role}]\npath = {:?}\n", name.rsplit('/').next().unwrap_or(&name));
        match self.form {
            Form::JsonLines => text.push_str("format = \"json_lines\"\n"),
            Form::Parquet => text.push_str("format = \"parquet\"\n"),
            Form::Text { separator, escape, is_utf8 } => {
                if separator != "," {
                    let _ = writeln!(text, "separator = {separator:?}");
                }
                if let Some(escape) = escape {
                    let _ = writeln!(text, "escape = {:?}", char::from(escape).to_string());
                }
                if !is_utf8 {
                    text.push_str("encoding = \"windows-1252\"\n");
                }
            }
        }
        if !self.has_header {
            text.push_str("header = false\n");
        }
        let column = |(meaning, column): (&Meaning, &usize)| {
            let name = &self.columns[*column];
            if self.has_header {
                format!("{} = {name:?}", meaning.name())
            } else {
                format!("{} = {name}", meaning.name())
            }
        };
        let columns: Vec<_> = columns.iter().map(column).collect();
        let _ = write!(text, "columns = {{ {} }}\n\n", columns.join(", "));
        text
    }
}

/// How many lines have the most usual number of fields, and that number; none for one field.
fn agreement(lines: &[&str], separator: &str, escape: Option<u8>) -> (usize, usize) {
    let mut counts = BTreeMap::new();
    for line in lines {
        *counts.entry(fields_of(line, separator, escape).len()).or_insert(0) += 1;
    }
    let usual = counts.into_iter().max_by_key(|&(fields, lines)| (lines, fields));
    usual.filter(|(fields, _)| *fields > 1).map_or((0, 0), |(fields, lines)| (lines, fields))
}

/// Whether the first row names the columns: by names that are known, or by words above numbers.
fn is_header(rows: &[Vec<String>]) -> bool {
    let Some((first, rest)) = rows.split_first() else { return false };
    let is_known = |name: &String| NAMES.iter().any(|(_, names)| names.contains(&&*known_as(name)));
    let is_above_numbers = |column: usize| {
        let numbers = rest.iter().filter(|row| is_number(&row[column])).count();
        !is_number(&first[column]) && !rest.is_empty() && is_most(numbers, rest.len())
    };
    first.iter().filter(|name| is_known(name)).count() > 1 || (0..first.len()).any(is_above_numbers)
}

#[allow(clippy::cast_precision_loss, reason = "a few hundred rows")]
fn is_most(part: usize, whole: usize) -> bool {
    part as f64 >= MOST * whole as f64
}

/// A name without what does not matter in it, as [`NAMES`] has it.
fn known_as(name: &str) -> String {
    plain(name).replace('-', "")
}

/// Whether it may be an id, which has no spaces in it.
fn is_key(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_whitespace)
}

pub(super) fn is_number(text: &str) -> bool {
    text.trim().parse::<f64>().is_ok()
}
