//! What is clean: the bounds that `clean` promises and that the database, the API and every later step rely on.
//!
//! | what | bound | because |
//! | --- | --- | --- |
//! | ids | [`IDS`] | the largest whole number that JavaScript reads exactly from JSON |
//! | keys | [`KEY_BYTES`], no control characters | they are indexed, logged and parts of addresses |
//! | titles | [`TITLE_BYTES`], no control characters | they are indexed, logged and shown |
//! | genres | [`GENRE_LETTERS`], no control characters | they are keys of tables and parameters of calls |
//! | ratings | 0.5 to 5 stars in halves | they fit a byte exactly |
//! | times | from [`FIRST_SECOND`] to [`CLOCK_SLACK`] after they were taken in | clocks and zones |

use std::borrow::Cow;
use std::ops::RangeInclusive;

/// Ids of users and movies. Some data sets count from 0.
pub const IDS: RangeInclusive<i64> = 0..=(1 << 53) - 1;

/// The most bytes of a key, which is an id that is a text, in UTF-8.
pub const KEY_BYTES: usize = 256;

/// The most bytes of a title, in UTF-8.
pub const TITLE_BYTES: usize = 1_000;

/// The most letters (Unicode scalar values) of a genre.
pub const GENRE_LETTERS: usize = 100;

/// 1995-01-01, the year MovieLens began, in seconds since 1970.
pub const FIRST_SECOND: i64 = 788_918_400;

/// How many seconds a time may lie ahead of the moment at which it was taken in.
pub const CLOCK_SLACK: i64 = 86_400;

/// An id from its text: `42`, or `42.0` as tables write whole numbers that were floats once.
#[must_use]
pub fn id(text: &str) -> Option<i64> {
    if let Some(id) = digits(text) {
        return Some(id);
    }
    let text = text.trim();
    let (digits, zeros) = text.split_once('.').unwrap_or((text, ""));
    let is_whole = zeros.bytes().all(|digit| digit == b'0');
    digits.parse().ok().filter(|id| is_whole && IDS.contains(id))
}

/// A number as nearly all are written, in up to 15 digits and nothing else: much faster than what reads every spelling.
#[must_use]
pub fn digits(text: &str) -> Option<i64> {
    if !(1..=15).contains(&text.len()) {
        return None;
    }
    text.bytes()
        .try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0')))
}

/// A key as it may be stored: without spaces around it, otherwise as it came. Nothing of it is cut or replaced, which would
/// make one of two keys.
#[must_use]
pub fn key(text: &str) -> Option<&str> {
    let key = text.trim();
    (1..=KEY_BYTES).contains(&key.len()).then_some(key).filter(|key| !key.contains(char::is_control))
}

/// Stars as half stars, 1 to 10, if they are one of 0.5, 1, 1.5 to 5.
#[must_use]
pub fn half_stars(stars: f64) -> Option<u8> {
    let half_stars = stars * 2.0;
    (1..=10).find(|half| (f64::from(*half) - half_stars).abs() < f64::EPSILON)
}

/// A text as it may be stored, and what had to be done for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CleanText<'a> {
    /// Trimmed; may be empty.
    pub text: Cow<'a, str>,
    /// Whether control characters were replaced by spaces.
    pub replaced: bool,
    /// Whether its end was cut off.
    pub cut: bool,
}

impl CleanText<'_> {
    /// The same, on its own.
    #[must_use]
    pub fn into_owned(self) -> CleanText<'static> {
        CleanText { text: Cow::Owned(self.text.into_owned()), replaced: self.replaced, cut: self.cut }
    }

    /// Whether it is what it was, but for spaces around it.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        !self.replaced && !self.cut
    }
}

/// A title, or what is left of it: at most [`TITLE_BYTES`], cut behind a letter.
#[must_use]
pub fn title(text: &str) -> CleanText<'_> {
    clean(text, |text| text.floor_char_boundary(TITLE_BYTES))
}

/// A genre, or what is left of it: at most [`GENRE_LETTERS`].
#[must_use]
pub fn genre(text: &str) -> CleanText<'_> {
    clean(text, |text| text.char_indices().nth(GENRE_LETTERS).map_or(text.len(), |(end, _)| end))
}

/// `most` says where a text that is too long ends.
fn clean(text: &str, most: impl Fn(&str) -> usize) -> CleanText<'_> {
    let replaced = text.trim().contains(char::is_control);
    let text = match text.trim() {
        text if replaced => Cow::Owned(text.replace(char::is_control, " ").trim().to_owned()),
        text => Cow::Borrowed(text),
    };
    let end = most(&text);
    let cut = end < text.len();
    let text = match text {
        Cow::Borrowed(text) => Cow::Borrowed(text[..end].trim_end()),
        Cow::Owned(text) => Cow::Owned(text[..end].trim_end().to_owned()),
    };
    CleanText { text, replaced, cut }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_whole_number_however_it_is_written() {
        assert_eq!(
            [" 42 ", "7.0", "0", "9007199254740991"].map(id),
            [Some(42), Some(7), Some(0), Some((1 << 53) - 1)]
        );
        assert_eq!(["", "-1", "1.5", "x", "9007199254740992"].map(id), [None; 5]);
    }

    #[test]
    fn what_is_not_all_digits_is_read_the_long_way() {
        assert_eq!(
            ["0", "007", "999999999999999"].map(digits),
            [Some(0), Some(7), Some(999_999_999_999_999)]
        );
        assert_eq!(["", "1000000000000000", "+1", " 1", "1.0", "١"].map(digits), [None; 6]);
    }

    #[test]
    fn a_key_is_any_short_text_and_stays_as_it_came() {
        assert_eq!([" A1B2 ", "007", "ключ", "-3 x"].map(key), ["A1B2", "007", "ключ", "-3 x"].map(Some));
        assert_eq!(["", "  ", "a\0b", "a\nb", &"x".repeat(257)].map(key), [None; 5]);
        assert!(key(&"x".repeat(256)).is_some());
    }

    #[test]
    fn half_stars_are_steps_from_half_to_five() {
        assert_eq!([0.5, 4.0, 4.5, 5.0].map(half_stars), [Some(1), Some(8), Some(9), Some(10)]);
        assert_eq!([0.0, 0.25, 5.5, -1.0, f64::NAN, f64::INFINITY].map(half_stars), [None; 6]);
    }

    #[test]
    fn a_usual_text_is_kept_without_the_spaces_around_it() {
        let kept = title(" Amélie (2001) ");
        assert_eq!((&*kept.text, kept.is_whole()), ("Amélie (2001)", true));
    }

    #[test]
    fn a_title_that_is_too_long_is_cut_behind_a_letter() {
        let cut = title(&"映".repeat(1_000)).text.into_owned();
        assert_eq!(cut, "映".repeat(333));
        assert!(title(&"映".repeat(1_000)).cut);
        assert!(!title(&"x".repeat(1_000)).cut);
    }

    #[test]
    fn a_genre_is_cut_after_its_hundredth_letter() {
        let long = "é".repeat(150);
        let cut = genre(&long);
        assert_eq!((cut.text.chars().count(), cut.cut), (100, true));
        assert!(genre("Film-Noir").is_whole());
    }

    #[test]
    fn control_characters_become_spaces() {
        let replaced = title("The\0Matrix\r");
        assert_eq!((&*replaced.text, replaced.replaced, replaced.cut), ("The Matrix", true, false));
        assert_eq!(title("\0\u{7f}").text, "");
    }
}
