//! Titles of MovieLens, which carry the year in the last brackets.

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

/// Genres separated by `|`; `(no genres listed)` is no genre.
pub(crate) fn genres(text: &str) -> Vec<String> {
    let mut genres: Vec<String> = Vec::new();
    for genre in text.split('|').map(str::trim) {
        if !genre.is_empty() && genre != "(no genres listed)" && !genres.iter().any(|known| known == genre) {
            genres.push(genre.to_owned());
        }
    }
    genres
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
        assert_eq!(genres("Comedy|Film-Noir|Comedy"), ["Comedy", "Film-Noir"]);
        assert!(genres("(no genres listed)").is_empty());
        assert!(genres("").is_empty());
    }
}
