//! How a history is stored: as one value, because the server takes many times as long to read arrays, number by number.
//!
//! A byte that tells the widths, then all movies, all ratings, all moments, each as big-endian numbers of one width. The
//! function `history_of` of the database (migration 10) reads the same.

use chrono::{DateTime, Utc};

use crate::PublishedHistory;

/// Bits of the first byte. Without the bit, movies have 4 bytes, not 8;
const WIDE_MOVIES: u8 = 1;
/// ratings are half stars in 1 byte, not real numbers of 4;
const REAL_RATINGS: u8 = 2;
/// and moments are seconds since 1970 in 4 bytes, not microseconds in 8.
const WIDE_MOMENTS: u8 = 4;

const MICROS: i64 = 1_000_000;

/// Appends a history: as many ratings and moments, in microseconds since 1970, as movies.
pub(crate) fn pack(movie_ids: &[i64], ratings: &[f32], rated_at: &[i64], out: &mut Vec<u8>) {
    let movies: Option<Vec<u32>> = movie_ids.iter().map(|&id| u32::try_from(id).ok()).collect();
    let halves: Option<Vec<u8>> = ratings.iter().map(|&rating| halves(rating)).collect();
    let seconds: Option<Vec<u32>> = rated_at.iter().map(|&moment| seconds(moment)).collect();
    let widths = [
        (movies.is_none(), WIDE_MOVIES),
        (halves.is_none(), REAL_RATINGS),
        (seconds.is_none(), WIDE_MOMENTS),
    ];
    out.push(widths.into_iter().filter(|(wide, _)| *wide).fold(0, |widths, (_, bit)| widths | bit));
    match movies {
        Some(movies) => out.extend(movies.into_iter().flat_map(u32::to_be_bytes)),
        None => out.extend(movie_ids.iter().flat_map(|id| id.to_be_bytes())),
    }
    match halves {
        Some(halves) => out.extend(halves),
        None => out.extend(ratings.iter().flat_map(|rating| rating.to_be_bytes())),
    }
    match seconds {
        Some(seconds) => out.extend(seconds.into_iter().flat_map(u32::to_be_bytes)),
        None => out.extend(rated_at.iter().flat_map(|moment| moment.to_be_bytes())),
    }
}

/// The half stars of a rating, if that is all of it.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "compared with what was cast")]
fn halves(rating: f32) -> Option<u8> {
    let halves = (rating * 2.0) as u8;
    (f32::from(halves) / 2.0).to_bits().eq(&rating.to_bits()).then_some(halves)
}

/// The second of a moment, if that is all of it.
fn seconds(moment: i64) -> Option<u32> {
    if moment % MICROS == 0 { u32::try_from(moment / MICROS).ok() } else { None }
}

/// Reads what [`pack`] wrote; `None` if it is something else.
pub(crate) fn unpack(packed: &[u8]) -> Option<PublishedHistory> {
    let (&widths, numbers) = packed.split_first()?;
    let width = |bit, narrow, wide| if widths & bit == 0 { narrow } else { wide };
    let (movie, rating, moment) =
        (width(WIDE_MOVIES, 4, 8), width(REAL_RATINGS, 1, 4), width(WIDE_MOMENTS, 4, 8));
    let count = numbers.len() / (movie + rating + moment);
    if numbers.len() != count * (movie + rating + moment) {
        return None;
    }
    let (movies, rest) = numbers.split_at(count * movie);
    let (ratings, moments) = rest.split_at(count * rating);
    let micros = |number: i64| if moment == 4 { number * MICROS } else { number };
    let at = |number| DateTime::<Utc>::from_timestamp_micros(micros(number));
    Some(PublishedHistory {
        movie_ids: movies.chunks_exact(movie).map(whole).collect(),
        ratings: ratings.chunks_exact(rating).map(real).collect(),
        rated_at: moments.chunks_exact(moment).map(|bytes| at(whole(bytes))).collect::<Option<_>>()?,
    })
}

/// A number of 4 bytes has no sign.
fn whole(bytes: &[u8]) -> i64 {
    match bytes.try_into() {
        Ok(bytes) => i64::from_be_bytes(bytes),
        Err(_) => bytes.iter().fold(0, |number, &byte| number << 8 | i64::from(byte)),
    }
}

fn real(bytes: &[u8]) -> f32 {
    match bytes.try_into() {
        Ok(bytes) => f32::from_be_bytes(bytes),
        Err(_) => bytes.iter().map(|&halves| f32::from(halves) / 2.0).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(movie_ids: &[i64], ratings: &[f32], rated_at: &[i64]) -> Vec<u8> {
        let mut packed = Vec::new();
        pack(movie_ids, ratings, rated_at, &mut packed);
        packed
    }

    fn micros(history: &PublishedHistory) -> Vec<i64> {
        history.rated_at.iter().map(DateTime::timestamp_micros).collect()
    }

    #[test]
    fn a_rating_takes_nine_bytes_where_its_numbers_are_small() {
        let found = packed(&[7, 258], &[0.5, 5.0], &[1_000_000, 2_000_000]);
        assert_eq!(found, [0, 0, 0, 0, 7, 0, 0, 1, 2, 1, 10, 0, 0, 0, 1, 0, 0, 0, 2]);
    }

    #[test]
    fn what_is_packed_is_unpacked_to_the_last_bit() {
        const YEAR_1: i64 = -62_135_596_800_000_000;
        for movie_ids in [[0, u32::MAX.into()], [1, (1 << 53) - 1]] {
            for ratings in [[0.0, 127.5], [0.3, 5.0], [-0.0, 1.0], [f32::MAX, -3.5], [128.0, 1.0]] {
                for rated_at in [[0, 4_294_967_295_000_000], [1, 1_000_000], [YEAR_1, 0], [-1_000_000, 0]] {
                    let history = unpack(&packed(&movie_ids, &ratings, &rated_at)).unwrap();
                    assert_eq!(history.movie_ids, movie_ids);
                    assert_eq!(
                        history.ratings.iter().map(|r| r.to_bits()).collect::<Vec<_>>(),
                        ratings.map(f32::to_bits)
                    );
                    assert_eq!(micros(&history), rated_at);
                }
            }
        }
    }

    #[test]
    fn what_is_no_history_is_refused() {
        assert!(unpack(&[]).is_none());
        assert!(unpack(&[0, 1]).is_none());
    }
}
