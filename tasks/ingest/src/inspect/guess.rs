//! A description out of the first lines of files.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{NaiveDate, NaiveDateTime};
use contract::description::Meaning;
use serde_json::{Map, Value};

use super::start::Start;
use crate::rows::{fields_of, plain};

/// Rows of a file that are looked at.
const ROWS: usize = 500;
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
        &["rating", "score", "stars", "overall", "points", "weight", "count", "plays", "playcount"],
    ),
    (Meaning::Time, &["timestamp", "time", "date", "ratedat", "createdat", "at", "day", "when"]),
    (Meaning::Title, &["title", "name", "movietitle", "booktitle"]),
    (Meaning::Year, &["year", "releaseyear", "originalpublicationyear", "yearofpublication"]),
    (Meaning::Genres, &["genres", "genre", "categories", "category", "departments", "tags"]),
];
/// Names of columns that count.
const COUNTS: [&str; 4] = ["weight", "count", "plays", "playcount"];
const SEPARATORS: [&str; 5] = ["::", "\t", ";", "|", ","];
/// Patterns of times that are neither numbers nor ISO 8601.
const TIMES: [&str; 7] =
    ["%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%Y%m%d"];

/// A file as it seems to be written.
struct Table {
    name: String,
    is_utf8: bool,
    /// `None` for JSON lines.
    separator: Option<&'static str>,
    /// Their names; without a header the places from 1.
    columns: Vec<String>,
    has_header: bool,
    rows: Vec<Vec<String>>,
}

/// The description of the files, if one of them seems to hold ratings.
pub(super) fn description(starts: &[Start]) -> Option<String> {
    let tables: Vec<Table> = starts.iter().filter_map(Table::of).collect();
    let (place, ratings) =
        tables.iter().enumerate().find_map(|(place, table)| Some((place, table.as_ratings()?)))?;
    let mut others = tables.iter().enumerate().filter(|(other, _)| *other != place);
    let movies = others.find_map(|(_, table)| Some((table, table.as_movies()?)));
    let mut text = tables[place].section("ratings", &ratings);
    if let Some((table, columns)) = &movies {
        text.push_str(&table.section("movies", columns));
    }
    text.push_str(&scale(&tables[place], &ratings));
    text.push_str(&time(&tables[place], &ratings));
    if let Some((table, columns)) = &movies {
        text.push_str(&genres(table, columns));
        text.push_str(&title(table, columns));
    }
    Some(text)
}

/// Which column has what.
type Columns = BTreeMap<Meaning, usize>;

impl Table {
    fn of(start: &Start) -> Option<Self> {
        let lines: Vec<&str> = start.text.lines().filter(|line| !line.trim().is_empty()).take(ROWS).collect();
        let (name, is_utf8) = (start.name.clone(), start.is_utf8);
        if lines.first()?.trim_start().starts_with('{') {
            return Self::of_json(name, is_utf8, &lines);
        }
        let separator = SEPARATORS.into_iter().max_by_key(|separator| agreement(&lines, separator))?;
        let wanted = agreement(&lines, separator).1;
        let mut rows: Vec<Vec<String>> = lines
            .iter()
            .map(|line| fields_of(line, separator, None).into_iter().map(str::to_owned).collect::<Vec<_>>())
            .filter(|fields| fields.len() == wanted)
            .collect();
        if wanted < 2 || rows.is_empty() {
            return None;
        }
        let has_header = is_header(&rows);
        let columns =
            if has_header { rows.remove(0) } else { (1..=wanted).map(|place| place.to_string()).collect() };
        Some(Self { name, is_utf8, separator: Some(separator), columns, has_header, rows })
    }

    fn of_json(name: String, is_utf8: bool, lines: &[&str]) -> Option<Self> {
        let objects: Vec<Map<String, Value>> =
            lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let columns: Vec<String> = objects.first()?.keys().cloned().collect();
        let text = |value: Option<&Value>| match value {
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
            None => String::new(),
        };
        let rows =
            objects.iter().map(|object| columns.iter().map(|key| text(object.get(key))).collect()).collect();
        Some(Self { name, is_utf8, separator: None, columns, has_header: true, rows })
    }

    /// The columns of a file of ratings, if it is one.
    fn as_ratings(&self) -> Option<Columns> {
        let mut columns = Columns::new();
        if self.has_header {
            for meaning in [Meaning::User, Meaning::Movie, Meaning::Rating, Meaning::Time] {
                if let Some(column) = self.named(meaning) {
                    columns.insert(meaning, column);
                }
            }
        } else if self.columns.len() >= 3 && (0..3).all(|column| self.is_mostly(column, is_number)) {
            columns.extend([(Meaning::User, 0), (Meaning::Movie, 1), (Meaning::Rating, 2)]);
            if self.columns.len() > 3 {
                columns.insert(Meaning::Time, 3);
            }
        }
        (columns.contains_key(&Meaning::User) && columns.contains_key(&Meaning::Movie)).then_some(columns)
    }

    /// The columns of a file of movies, if it is one.
    fn as_movies(&self) -> Option<Columns> {
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
        names.iter().find_map(|name| self.columns.iter().position(|column| plain(column) == *name))
    }

    fn values(&self, column: usize) -> impl Iterator<Item = &str> {
        self.rows.iter().map(move |row| row[column].trim())
    }

    fn is_mostly(&self, column: usize, test: impl Fn(&str) -> bool) -> bool {
        is_most(self.values(column).filter(|value| test(value)).count(), self.rows.len())
    }

    /// Its part of the description.
    fn section(&self, role: &str, columns: &Columns) -> String {
        let name = self.name.replace('\\', "/");
        let mut text = format!("[files.{role}]\npath = {:?}\n", name.rsplit('/').next().unwrap_or(&name));
        match self.separator {
            None => text.push_str("format = \"json_lines\"\n"),
            Some(",") => {}
            Some(separator) => {
                let _ = writeln!(text, "separator = {separator:?}");
            }
        }
        if !self.has_header {
            text.push_str("header = false\n");
        }
        if !self.is_utf8 {
            text.push_str("encoding = \"windows-1252\"\n");
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
fn agreement(lines: &[&str], separator: &str) -> (usize, usize) {
    let mut counts = BTreeMap::new();
    for line in lines {
        *counts.entry(fields_of(line, separator, None).len()).or_insert(0) += 1;
    }
    let usual = counts.into_iter().max_by_key(|&(fields, lines)| (lines, fields));
    usual.filter(|(fields, _)| *fields > 1).map_or((0, 0), |(fields, lines)| (lines, fields))
}

/// Whether the first row names the columns: by names that are known, or by words above numbers.
fn is_header(rows: &[Vec<String>]) -> bool {
    let Some((first, rest)) = rows.split_first() else { return false };
    let is_known = |name: &String| NAMES.iter().any(|(_, names)| names.contains(&&*plain(name)));
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

fn is_number(text: &str) -> bool {
    text.trim().parse::<f64>().is_ok()
}

/// What the ratings are: a click where there are none, a count by the name of its column, else the usual scale around them.
fn scale(table: &Table, columns: &Columns) -> String {
    let Some(&column) = columns.get(&Meaning::Rating) else {
        return "[scale]\nkind = \"click\"\n\n".to_owned();
    };
    let has_comma = table.is_mostly(column, |text| text.contains(',') && is_number(&text.replace(',', ".")));
    let values: Vec<f64> =
        table.values(column).filter_map(|text| text.replace(',', ".").parse().ok()).collect();
    let is_unrated = values.iter().any(|&value| is(value, -1.0)) && values.iter().all(|&value| value >= -1.0);
    let rated: Vec<f64> = values.into_iter().filter(|&value| !(is_unrated && is(value, -1.0))).collect();
    let (least, most) =
        rated.iter().fold((f64::MAX, f64::MIN), |(least, most), &value| (least.min(value), most.max(value)));
    if COUNTS.contains(&&*plain(&table.columns[column])) || most > 100.0 {
        return "[scale]\nkind = \"count\"\n\n".to_owned();
    }
    let top = [5.0, 10.0, 20.0, 100.0].into_iter().find(|top| most <= *top).unwrap_or(100.0);
    let steps = |step: f64| rated.iter().all(|value| is((value / step).round() * step, *value));
    let step = [1.0, 0.5, 0.0].into_iter().find(|&step| step == 0.0 || steps(step)).unwrap_or(0.0);
    let bottom = if least < 0.0 {
        -top
    } else if least < 0.5 {
        0.0
    } else if step < 1.0 {
        0.5
    } else {
        1.0
    };
    let mut text = "[scale]\n".to_owned();
    let _ = write!(text, "least = {bottom:?}\nmost = {top:?}\nstep = {step:?}\n");
    if has_comma {
        text.push_str("decimal = \",\"\n");
    }
    if is_unrated {
        text.push_str("unrated = [\"-1\"]\n");
    }
    text.push('\n');
    text
}

fn is(left: f64, right: f64) -> bool {
    (left - right).abs() < 1e-9
}

/// The pattern of the times, if they need one.
fn time(table: &Table, columns: &Columns) -> String {
    let Some(&column) = columns.get(&Meaning::Time) else { return String::new() };
    let fits = |pattern: &&'static str| {
        table.is_mostly(column, |text| {
            NaiveDateTime::parse_from_str(text, pattern).is_ok()
                || NaiveDate::parse_from_str(text, pattern).is_ok()
        })
    };
    // Eight digits are a day, ten are seconds.
    let is_plain = table.is_mostly(column, |text| (is_number(text) && text.len() != 8) || text.contains('T'));
    let pattern = TIMES.into_iter().find(fits).filter(|_| !is_plain);
    pattern.map_or_else(String::new, |pattern| format!("[time]\nformat = {pattern:?}\n\n"))
}

fn genres(table: &Table, columns: &Columns) -> String {
    let Some(&column) = columns.get(&Meaning::Genres) else { return String::new() };
    if table.is_mostly(column, |text| text.is_empty() || text.starts_with('[')) {
        return "[genres]\njson = true\n\n".to_owned();
    }
    let count = |separator: &&str| table.values(column).filter(|text| text.contains(*separator)).count();
    match ["|", ",", ";", "/"].into_iter().rev().max_by_key(count) {
        Some("|") | None => String::new(),
        Some(separator) if count(&separator) == 0 => String::new(),
        Some(separator) => format!("[genres]\nseparator = {separator:?}\n\n"),
    }
}

fn title(table: &Table, columns: &Columns) -> String {
    let Some(&column) = columns.get(&Meaning::Title) else { return String::new() };
    let has_year = |text: &str| {
        let inner = text.strip_suffix(')').and_then(|text| text.rsplit_once('('));
        inner.is_some_and(|(_, year)| year.len() == 4 && year.bytes().all(|digit| digit.is_ascii_digit()))
    };
    let with_year = table.values(column).filter(|text| has_year(text)).count();
    if with_year * 2 >= table.rows.len() { String::new() } else { "[title]\nyear = false\n\n".to_owned() }
}
