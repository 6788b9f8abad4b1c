//! Titles of MovieLens, which carry the year in the last brackets.

use std::borrow::Cow;

use contract::clean::{self, CleanText};
use contract::description::Genres;
use serde_json::Value;

/// The years a film can be from; the first films are of the 1870s.
const YEARS: std::ops::RangeInclusive<i32> = 1870..=2100;

/// Splits `Toy Story (1995)` into title and year. Without a year the title stays whole.
///
/// Series carry a span, `(1975-1979)` or `(2009– )`: the first year counts.
pub(crate) fn split(text: &str) -> (&str, Option<i32>) {
    let text = text.trim();
    let parts = text.strip_suffix(')').and_then(|inner| inner.rsplit_once('('));
    match parts.and_then(|(title, brackets)| Some((title.trim_end(), year(brackets)?))) {
        Some((title, year)) if !title.is_empty() => (title, Some(year)),
        _ => (text, None),
    }
}

fn year(brackets: &str) -> Option<i32> {
    let brackets = brackets.trim();
    let (first, rest) = brackets.split_at_checked(4)?;
    let is_span = rest.starts_with(['-', '\u{2013}'])
        && rest.chars().skip(1).all(|letter| letter.is_ascii_digit() || letter == ' ');
    let digits = first.bytes().all(|byte| byte.is_ascii_digit());
    let year = first.parse().ok().filter(|year| YEARS.contains(year));
    year.filter(|_| digits && (rest.is_empty() || is_span))
}

/// Genres as they are described; `(no genres listed)` is no genre.
pub(crate) fn genres<'a>(text: &'a str, described: &Genres) -> Vec<CleanText<'a>> {
    let mut genres: Vec<CleanText<'_>> = Vec::new();
    let separator = if described.flags.is_empty() { &described.separator } else { "|" };
    let names: Vec<Cow<'_, str>> = if described.json {
        names_in(text).into_iter().map(Cow::Owned).collect()
    } else {
        text.split(separator).map(Cow::Borrowed).collect()
    };
    let listed = names.into_iter().filter(|genre| genre.trim() != "(no genres listed)");
    for genre in listed.map(cleaned) {
        if !genre.text.is_empty() && !genres.iter().any(|known| known.text == genre.text) {
            genres.push(genre);
        }
    }
    genres
}

fn cleaned(genre: Cow<'_, str>) -> CleanText<'_> {
    match genre {
        Cow::Borrowed(genre) => clean::genre(genre),
        Cow::Owned(genre) => clean::genre(&genre).into_owned(),
    }
}

/// The names in a JSON list of names or of objects with a `name`. Python's way to write one, with single quotes, is read, too.
fn names_in(text: &str) -> Vec<String> {
    let list = serde_json::from_str(text).or_else(|_| serde_json::from_str(&text.replace('\'', "\"")));
    let list: Vec<Value> = list.unwrap_or_default();
    let name = |value: &Value| value.as_str().or_else(|| value.get("name")?.as_str()).map(str::to_owned);
    list.iter().filter_map(name).collect()
}

/// The year that a column of its own says: `1995`, `1995.0` or a date that begins with it.
pub(crate) fn year_of(text: &str) -> Option<i32> {
    let digits = text.trim().get(..4)?;
    digits.parse().ok().filter(|year| YEARS.contains(year))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_year_is_in_the_last_brackets() {
        assert_eq!(split("Toy Story (1995)"), ("Toy Story", Some(1995)));
        assert_eq!(
            split("Amélie (Fabuleux destin d'Amélie Poulain, Le) (2001)"),
            ("Amélie (Fabuleux destin d'Amélie Poulain, Le)", Some(2001))
        );
        assert_eq!(split(" 2001: A Space Odyssey (1968) "), ("2001: A Space Odyssey", Some(1968)));
        assert_eq!(split("(500) Days of Summer (2009)"), ("(500) Days of Summer", Some(2009)));
        assert_eq!(split("11:14 ((2003))"), ("11:14 ((2003))", None));
    }

    #[test]
    fn the_first_year_of_a_span_counts() {
        assert_eq!(split("Fawlty Towers (1975-1979)"), ("Fawlty Towers", Some(1975)));
        assert_eq!(split("Big Bang Theory, The (2007\u{2013} )"), ("Big Bang Theory, The", Some(2007)));
    }

    #[test]
    fn a_title_without_a_year_stays_whole() {
        for title in [
            "Babylon 5",
            "Hyena Road",
            "Moonlight (Director's Cut)",
            "Agent (1234)",
            "(2001)",
            "",
            ")(",
            "Odd (+995)",
        ] {
            assert_eq!(split(title), (title, None));
        }
    }

    #[test]
    fn genres_are_split_and_no_genre_is_none() {
        let usual = Genres::default();
        let names =
            |text| genres(text, &usual).into_iter().map(|genre| genre.text.into_owned()).collect::<Vec<_>>();
        assert_eq!(names("Comedy|Film-Noir|Comedy"), ["Comedy", "Film-Noir"]);
        assert!(names("(no genres listed)").is_empty());
        assert!(names("").is_empty());
    }

    #[test]
    fn described_genres_have_another_separator_or_are_json() {
        let names = |text, genres: Genres| {
            super::genres(text, &genres).into_iter().map(|genre| genre.text.into_owned()).collect::<Vec<_>>()
        };
        let commas = Genres { separator: ",".to_owned(), ..Genres::default() };
        assert_eq!(names("Drama, Sci-Fi", commas), ["Drama", "Sci-Fi"]);
        let json = Genres { json: true, ..Genres::default() };
        assert_eq!(
            names("[{'id': 16, 'name': 'Animation'}, {'id': 35, 'name': 'Comedy'}]", json.clone()),
            ["Animation", "Comedy"]
        );
        assert_eq!(names("[\"Drama\"]", json.clone()), ["Drama"]);
        assert!(names("no list", json).is_empty());
    }

    #[test]
    fn a_year_may_have_a_column_of_its_own() {
        assert_eq!(
            ["1995", "1995.0", "1995-10-30", "", "NULL", "12"].map(year_of),
            [Some(1995), Some(1995), Some(1995), None, None, None]
        );
    }
}
