//! What the values of columns mean.

use std::fmt::Write as _;

use chrono::{NaiveDate, NaiveDateTime};
use contract::clean;
use contract::description::Meaning;

use super::form::{Columns, Table, is_number};
use crate::rows::plain;

/// Names of columns that count.
const COUNTS: [&str; 4] = ["weight", "count", "plays", "playcount"];
/// Patterns of times that are neither numbers nor ISO 8601.
const TIMES: [&str; 7] =
    ["%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%Y%m%d"];

/// Where one id of so many is no whole number, ids are texts; fewer are dirt.
const ODD: usize = 100;

/// Which ids are texts: a number could not be kept of them.
pub(super) fn ids(tables: &[(&Table, &Columns)]) -> String {
    let is_text = |meaning| {
        tables.iter().any(|(table, columns)| {
            let Some(&column) = columns.get(&meaning) else { return false };
            let given: Vec<&str> = table.values(column).filter(|text| !text.is_empty()).collect();
            let odd = given.iter().filter(|text| clean::id(text).is_none()).count();
            odd * ODD > given.len()
        })
    };
    let mut text = String::new();
    for meaning in [Meaning::User, Meaning::Movie] {
        if is_text(meaning) {
            let _ = writeln!(text, "{} = \"text\"", meaning.name());
        }
    }
    if text.is_empty() { text } else { format!("[ids]\n{text}\n") }
}

/// What the ratings are: a click where there are none, a count by the name of its column, else the usual scale around them.
pub(super) fn scale(table: &Table, columns: &Columns) -> String {
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
pub(super) fn time(table: &Table, columns: &Columns) -> String {
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

pub(super) fn genres(table: &Table, columns: &Columns) -> String {
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

pub(super) fn title(table: &Table, columns: &Columns) -> String {
    let Some(&column) = columns.get(&Meaning::Title) else { return String::new() };
    let has_year = |text: &str| {
        let inner = text.strip_suffix(')').and_then(|text| text.rsplit_once('('));
        inner.is_some_and(|(_, year)| year.len() == 4 && year.bytes().all(|digit| digit.is_ascii_digit()))
    };
    let with_year = table.values(column).filter(|text| has_year(text)).count();
    if with_year * 2 >= table.rows.len() { String::new() } else { "[title]\nyear = false\n\n".to_owned() }
}
