//! How a row was written, short where it can be written again from its values.

use std::borrow::Cow;

use crate::fields::MICROS_PER_SECOND as MICROS;
use crate::spill::Rating;

/// The text of a row as it was, its fields joined by commas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling<'a> {
    /// `7,318,4.0,1112486027`, as the larger data sets of `MovieLens` write.
    Usual,
    /// `7,318,4,1112486027`.
    WholeStars,
    /// Any other text.
    Other(&'a str),
}

impl Spelling<'_> {
    /// What is short for the fields, if anything is.
    pub(crate) fn short(rating: &Rating<'_>, fields: [Option<&str>; 4]) -> Option<Spelling<'static>> {
        let [Some(user), Some(movie), Some(stars), Some(time)] = fields else { return None };
        let is_short = rating.rated_at % MICROS == 0
            && is(user, rating.user_id)
            && is(movie, rating.movie_id)
            && is(time, rating.rated_at / MICROS);
        let (whole, half) = (rating.half_stars / 2, rating.half_stars % 2);
        match *stars.as_bytes() {
            _ if !is_short => None,
            [ones, b'.', tenths] if (ones, tenths) == (b'0' + whole, b'0' + 5 * half) => {
                Some(Spelling::Usual)
            }
            [ones] if (ones, half) == (b'0' + whole, 0) => Some(Spelling::WholeStars),
            _ => None,
        }
    }
}

/// The text of a row.
pub(crate) fn text<'a>(rating: &Rating<'a>) -> Cow<'a, str> {
    let &Rating { user_id, movie_id, rated_at, half_stars, spelling, .. } = rating;
    let seconds = rated_at / MICROS;
    match spelling {
        Spelling::Usual => {
            format!("{user_id},{movie_id},{:.1},{seconds}", f32::from(half_stars) / 2.0).into()
        }
        Spelling::WholeStars => format!("{user_id},{movie_id},{},{seconds}", half_stars / 2).into(),
        Spelling::Other(text) => text.into(),
    }
}

/// Whether a text is how a number that is not negative is written.
fn is(text: &str, number: i64) -> bool {
    let first = text.bytes().next();
    first.is_some_and(|first| first.is_ascii_digit() && (first != b'0' || text.len() == 1))
        && text.parse() == Ok(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rating(half_stars: u8, rated_at: i64) -> Rating<'static> {
        Rating {
            user_id: 7,
            movie_id: 318,
            rated_at,
            line: 2,
            half_stars,
            file: 0,
            spelling: Spelling::Usual,
        }
    }

    fn short(rating: Rating<'_>, row: &str) -> Option<Spelling<'static>> {
        let fields: Vec<_> = row.split(',').map(Some).collect();
        Spelling::short(&rating, fields.try_into().unwrap())
    }

    #[test]
    fn a_short_spelling_is_written_again_as_it_was() {
        let second = 1_112_486_027 * MICROS;
        for (half_stars, row) in [
            (1, "7,318,0.5,1112486027"),
            (8, "7,318,4.0,1112486027"),
            (9, "7,318,4.5,1112486027"),
            (10, "7,318,5,1112486027"),
        ] {
            let plain = rating(half_stars, second);
            let spelling = short(plain, row).unwrap();
            assert_eq!(text(&Rating { spelling, ..plain }), row);
        }
    }

    #[test]
    fn what_another_text_also_says_is_not_short() {
        let second = 1_112_486_027 * MICROS;
        for (rating, row) in [
            (rating(8, second), "07,318,4.0,1112486027"),
            (rating(8, second), "+7,318,4.0,1112486027"),
            (rating(8, second), "7,318.0,4.0,1112486027"),
            (rating(8, second), "7, 318,4.0,1112486027"),
            (rating(8, second), "7,318,4.00,1112486027"),
            (rating(8, second), "7,318,8,1112486027"),
            (rating(9, second), "7,318,4,1112486027"),
            (rating(8, second), "7,318,4.0,1112486027000"),
            (rating(8, second), "7,318,4.0,2005-04-02T23:53:47Z"),
            (rating(8, second + 1), "7,318,4.0,1112486027"),
            (rating(8, second), "key,318,4.0,1112486027"),
        ] {
            assert_eq!(short(rating, row), None, "{row}");
        }
        assert_eq!(Spelling::short(&rating(8, second), [Some("7"), Some("318"), Some("4.0"), None]), None);
    }
}
