//! A rating as bytes in a temporary file: some 17, so that a billion of them fit a disk.

use std::io::Write;

use anyhow::{Context, ensure};

use crate::fields::MICROS_PER_SECOND as MICROS;
use crate::spelling::Spelling;
use crate::spill::Rating;

/// In the first byte, above the half stars: how the row was written.
const SPELLING: u8 = 0b0011_0000;
const WHOLE_STARS: u8 = 0b0001_0000;
/// A text follows.
const OTHER: u8 = 0b0010_0000;
/// The time is in seconds, and not in microseconds.
const SECONDS: u8 = 0b0100_0000;

/// Seven bits a byte, of the last of which the eighth is 0.
const MOST_BYTES_OF_A_NUMBER: usize = 10;
/// User, movie, time, line, file and length of the text.
const NUMBERS: usize = 6;

/// Adds a rating: a byte, then the user, the movie, the time, the line and the file as numbers of seven bits a byte, and if
/// nothing short says how it was written, the length of its text and the text.
pub(crate) fn write(file: &mut impl Write, rating: &Rating<'_>) -> std::io::Result<()> {
    let mut bytes = [0; 1 + NUMBERS * MOST_BYTES_OF_A_NUMBER];
    let in_seconds = rating.rated_at % MICROS == 0;
    let (spelling, text) = match rating.spelling {
        Spelling::Usual => (0, None),
        Spelling::WholeStars => (WHOLE_STARS, None),
        Spelling::Other(text) => (OTHER, Some(text)),
    };
    bytes[0] = rating.half_stars | spelling | if in_seconds { SECONDS } else { 0 };
    let time = if in_seconds { rating.rated_at / MICROS } else { rating.rated_at };
    let numbers = [rating.user_id, rating.movie_id, time, rating.line, rating.file.into()];
    let mut length = 1;
    for number in numbers.map(i64::cast_unsigned).into_iter().chain(text.map(|text| text.len() as u64)) {
        length = put(&mut bytes, length, number);
    }
    file.write_all(&bytes[..length])?;
    file.write_all(text.unwrap_or_default().as_bytes())
}

/// Puts a number at a place; the place behind it.
fn put(bytes: &mut [u8], mut place: usize, mut number: u64) -> usize {
    while number >= 0x80 {
        bytes[place] = number.to_le_bytes()[0] | 0x80;
        number >>= 7;
        place += 1;
    }
    bytes[place] = number.to_le_bytes()[0];
    place + 1
}

/// Takes the first rating off the bytes, if it is there as a whole.
pub(crate) fn read<'a>(bytes: &mut &'a [u8]) -> anyhow::Result<Option<Rating<'a>>> {
    let Some((&first, mut rest)) = bytes.split_first() else { return Ok(None) };
    let mut numbers = [0; NUMBERS];
    let count = if first & SPELLING == OTHER { NUMBERS } else { NUMBERS - 1 };
    for number in &mut numbers[..count] {
        let Some(taken) = take(&mut rest)? else { return Ok(None) };
        *number = taken;
    }
    let [user_id, movie_id, time, line, file, length] = numbers;
    let Some((text, rest)) = usize::try_from(length).ok().and_then(|length| rest.split_at_checked(length))
    else {
        return Ok(None);
    };
    let spelling = match first & SPELLING {
        0 => Spelling::Usual,
        WHOLE_STARS => Spelling::WholeStars,
        OTHER => Spelling::Other(std::str::from_utf8(text).context(DAMAGED)?),
        _ => anyhow::bail!(DAMAGED),
    };
    let unit = if first & SECONDS == 0 { 1 } else { MICROS };
    *bytes = rest;
    Ok(Some(Rating {
        user_id: user_id.cast_signed(),
        movie_id: movie_id.cast_signed(),
        rated_at: time.cast_signed().checked_mul(unit).context(DAMAGED)?,
        line: line.cast_signed(),
        half_stars: first & 0b1111,
        file: file.try_into().context(DAMAGED)?,
        spelling,
    }))
}

const DAMAGED: &str = "a temporary file came back damaged";

/// Takes a number off the bytes, if it is there as a whole.
fn take(bytes: &mut &[u8]) -> anyhow::Result<Option<u64>> {
    let mut number = 0;
    for place in 0..MOST_BYTES_OF_A_NUMBER {
        let Some(&byte) = bytes.get(place) else { return Ok(None) };
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            *bytes = &bytes[place + 1..];
            return Ok(Some(number));
        }
    }
    ensure!(bytes.len() < MOST_BYTES_OF_A_NUMBER, DAMAGED);
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spill::FEEDBACK;

    fn ratings() -> Vec<Rating<'static>> {
        let usual = Rating {
            user_id: 7_330_000,
            movie_id: 113_000,
            rated_at: 1_600_000_000 * MICROS,
            line: 1_000_000_000,
            half_stars: 10,
            file: 0,
            spelling: Spelling::Usual,
        };
        let least = Rating { user_id: 0, movie_id: 0, rated_at: 0, line: 0, half_stars: 0, ..usual };
        let most = Rating { user_id: (1 << 53) - 1, movie_id: i64::MAX, line: i64::MAX, ..usual };
        let whole = Rating { spelling: Spelling::WholeStars, rated_at: -5, ..usual };
        let other = Rating { spelling: Spelling::Other("7,é,,"), rated_at: 1_600_000_000_000_001, ..usual };
        let event = Rating { file: FEEDBACK, spelling: Spelling::Other(""), half_stars: 0, ..usual };
        vec![usual, least, most, whole, other, event]
    }

    #[test]
    fn ratings_come_back_as_they_were() {
        let mut bytes = Vec::new();
        for rating in ratings() {
            write(&mut bytes, &rating).unwrap();
        }
        let mut rest = &bytes[..];
        for rating in ratings() {
            assert_eq!(read(&mut rest).unwrap(), Some(rating));
        }
        assert_eq!((read(&mut rest).unwrap(), rest.len()), (None, 0));
    }

    #[test]
    fn one_of_a_billion_takes_twenty_bytes_at_most() {
        let mut bytes = Vec::new();
        write(&mut bytes, &ratings()[0]).unwrap();
        assert!(bytes.len() <= 20, "{}", bytes.len());
    }

    #[test]
    fn a_rating_that_is_not_there_as_a_whole_stays() {
        for rating in ratings() {
            let mut bytes = Vec::new();
            write(&mut bytes, &rating).unwrap();
            for length in 0..bytes.len() {
                let mut rest = &bytes[..length];
                assert_eq!((read(&mut rest).unwrap(), rest.len()), (None, length));
            }
        }
    }

    #[test]
    fn damaged_bytes_are_an_error() {
        let no_text = [OTHER, 1, 1, 1, 1, 1, 1, 0xff];
        let no_spelling = [SPELLING, 1, 1, 1, 1, 1, 0];
        let no_file = [0, 1, 1, 1, 1, 0x80, 0x80, 0x80, 1];
        let no_number = [0xff; 32];
        for bytes in [&no_text[..], &no_spelling, &no_file, &no_number] {
            assert!(read(&mut { bytes }).is_err(), "{bytes:?}");
        }
    }
}
