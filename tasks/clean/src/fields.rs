//! Text fields to typed values.

use crate::Reason;

/// 1995-01-01, the year MovieLens began, in seconds since 1970.
const FIRST_SECOND: i64 = 788_918_400;
const SECONDS_PER_DAY: i64 = 86_400;
const MICROS_PER_SECOND: i64 = 1_000_000;

/// A positive id.
pub(crate) fn id(text: Option<&str>, reason: Reason) -> Result<i64, Reason> {
    text.and_then(|text| text.trim().parse().ok()).filter(|id| *id > 0).ok_or(reason)
}

/// A rating in half stars, 1 to 10.
///
/// Half stars are exact and fit a byte; `"4"`, `"4.0"` and `"4.00"` are the same rating.
pub(crate) fn half_stars(text: Option<&str>) -> Result<u8, Reason> {
    const STARS: [&str; 10] = ["0.5", "1.0", "1.5", "2.0", "2.5", "3.0", "3.5", "4.0", "4.5", "5.0"];
    let text = text.ok_or(Reason::BadRating)?.trim();
    // The spelling of the files first: comparing three bytes is far cheaper than parsing a float.
    let usual = (1..).zip(STARS).find(|(_, stars)| *stars == text).map(|(half, _)| half);
    usual.or_else(|| parse_half_stars(text)).ok_or(Reason::BadRating)
}

fn parse_half_stars(text: &str) -> Option<u8> {
    half_stars_of(text.parse().ok()?)
}

/// Stars as half stars, if they are one of 0.5, 1, 1.5 to 5.
pub(crate) fn half_stars_of(stars: f64) -> Option<u8> {
    let half_stars = stars * 2.0;
    (1..=10).find(|half| (f64::from(*half) - half_stars).abs() < f64::EPSILON)
}

/// Which timestamps are plausible.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plausible {
    last_second: i64,
}

impl Plausible {
    /// From 1995 to a day after the ingestion (in microseconds since 1970). The day allows for clocks and
    /// time zones; the ingestion, and not now, so that a replayed run decides the same.
    pub(crate) fn until(ingested_at: i64) -> Self {
        Self { last_second: ingested_at / MICROS_PER_SECOND + SECONDS_PER_DAY }
    }

    /// Microseconds since 1970 from a text of seconds.
    pub(crate) fn timestamp(self, text: Option<&str>) -> Result<i64, Reason> {
        let seconds: i64 = text.and_then(|text| text.trim().parse().ok()).ok_or(Reason::BadTimestamp)?;
        let micros = seconds.checked_mul(MICROS_PER_SECOND).ok_or(Reason::BadTimestamp)?;
        self.moment(micros)
    }

    /// Microseconds since 1970 as they are, if they are plausible.
    pub(crate) fn moment(self, micros: i64) -> Result<i64, Reason> {
        match micros.div_euclid(MICROS_PER_SECOND) {
            second @ FIRST_SECOND.. if second <= self.last_second => Ok(micros),
            _ => Err(Reason::BadTimestamp),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_positive_whole_numbers() {
        assert_eq!(id(Some(" 42 "), Reason::BadUserId), Ok(42));
        for text in
            [None, Some(""), Some("0"), Some("-1"), Some("1.5"), Some("x"), Some("99999999999999999999")]
        {
            assert_eq!(id(text, Reason::BadUserId), Err(Reason::BadUserId), "{text:?}");
        }
    }

    #[test]
    fn ratings_are_half_steps_from_half_to_five() {
        assert_eq!(half_stars(Some("0.5")), Ok(1));
        assert_eq!(half_stars(Some("4")), Ok(8));
        assert_eq!(half_stars(Some("4.50")), Ok(9));
        assert_eq!(half_stars(Some("5.0")), Ok(10));
        for text in [
            None,
            Some(""),
            Some("0"),
            Some("0.0"),
            Some("5.5"),
            Some("3.7"),
            Some("NaN"),
            Some("inf"),
            Some("four"),
        ] {
            assert_eq!(half_stars(text), Err(Reason::BadRating), "{text:?}");
        }
    }

    #[test]
    fn timestamps_lie_between_1995_and_the_day_after_the_ingestion() {
        let plausible = Plausible::until(1_700_000_000 * MICROS_PER_SECOND);
        assert_eq!(plausible.timestamp(Some("964982703")), Ok(964_982_703_000_000));
        assert_eq!(plausible.timestamp(Some("1700086400")), Ok(1_700_086_400_000_000));
        for text in
            [None, Some("-5"), Some("0"), Some("1700086401"), Some("964982703.5"), Some("9999999999999")]
        {
            assert_eq!(plausible.timestamp(text), Err(Reason::BadTimestamp), "{text:?}");
        }
    }
}
