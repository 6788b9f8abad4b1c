//! Text fields to typed values.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime};
use contract::clean;
use contract::description::{Scale, Time};

use crate::Reason;

pub(crate) const MICROS_PER_SECOND: i64 = 1_000_000;

/// How ratings are read.
#[derive(Debug, Clone)]
pub(crate) struct Stars {
    scale: Scale,
    unchanged: bool,
    /// What every row says where there is no column for it.
    otherwise: Option<u8>,
}

impl Stars {
    pub(crate) fn new(scale: &Scale, has_ratings: bool) -> Self {
        let otherwise = if has_ratings { None } else { scale.without_rating() };
        Self { unchanged: scale.is_stars() && scale.unrated.is_empty(), otherwise, scale: scale.clone() }
    }

    /// A rating in half stars, 1 to 10.
    pub(crate) fn half_stars(&self, text: Option<&str>) -> Result<u8, Reason> {
        if let Some(half_stars) = self.otherwise {
            return Ok(half_stars);
        }
        if self.unchanged {
            return half_stars(text);
        }
        let text = text.ok_or(Reason::BadRating)?.trim();
        if self.scale.unrated.iter().any(|unrated| unrated == text) {
            return Err(Reason::Unrated);
        }
        let value: f64 = text.replace(&self.scale.decimal, ".").parse().map_err(|_| Reason::BadRating)?;
        let is_above = value > self.scale.most && value.is_finite();
        self.scale.half_stars(value).ok_or(if is_above { Reason::AboveScale } else { Reason::BadRating })
    }
}

/// Stars as half stars. Half stars are exact and fit a byte; `"4"`, `"4.0"` and `"4.00"` are the same rating.
fn half_stars(text: Option<&str>) -> Result<u8, Reason> {
    let text = text.ok_or(Reason::BadRating)?;
    // The spelling of the files first: looking at three bytes is far cheaper than parsing a float.
    match *text.as_bytes() {
        [ones @ b'0'..=b'4', b'.', b'5'] => Ok((ones - b'0') * 2 + 1),
        [ones @ b'1'..=b'5', b'.', b'0'] => Ok((ones - b'0') * 2),
        _ => parse_half_stars(text.trim()),
    }
}

fn parse_half_stars(text: &str) -> Result<u8, Reason> {
    let stars: f64 = text.parse().map_err(|_| Reason::BadRating)?;
    clean::half_stars(stars).ok_or(if stars > 5.0 && stars.is_finite() {
        Reason::AboveScale
    } else {
        Reason::BadRating
    })
}

/// How moments are read, and which are plausible.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    last_second: i64,
    format: Option<String>,
    /// What a moment without a zone is ahead of UTC, in microseconds.
    ahead: i64,
    /// The moment of a rating without one.
    otherwise: Option<i64>,
}

impl Clock {
    /// Until a day after the ingestion (in microseconds since 1970): the ingestion, and not now, so that a replayed run
    /// decides the same. Where no moments are described, all are that of the ingestion.
    pub(crate) fn new(ingested_at: i64, time: &Time, has_times: bool) -> Self {
        let zone: Option<FixedOffset> = time.zone.parse().ok();
        Self {
            last_second: ingested_at.div_euclid(MICROS_PER_SECOND) + clean::CLOCK_SLACK,
            format: time.format.clone(),
            ahead: zone.map_or(0, |zone| i64::from(zone.local_minus_utc()) * MICROS_PER_SECOND),
            otherwise: (!has_times).then_some(ingested_at),
        }
    }

    /// Microseconds since 1970 from a text: seconds, or what [`other_spelling`] knows, or as described.
    pub(crate) fn timestamp(&self, text: Option<&str>) -> Result<i64, Reason> {
        if let Some(moment) = self.otherwise {
            return Ok(moment);
        }
        let text = text.ok_or(Reason::BadTimestamp)?;
        if let Some(format) = &self.format {
            let local = by_format(text.trim(), format).ok_or(Reason::BadTimestamp)?;
            return self.moment(local - self.ahead);
        }
        let seconds = clean::digits(text).or_else(|| text.trim().parse().ok());
        let usual = seconds.and_then(|seconds| self.moment(seconds.checked_mul(MICROS_PER_SECOND)?).ok());
        let other = || self.moment(other_spelling(text.trim(), self.ahead).ok_or(Reason::BadTimestamp)?);
        usual.map_or_else(other, Ok)
    }

    /// Microseconds since 1970 as they are, if they are plausible.
    pub(crate) fn moment(&self, micros: i64) -> Result<i64, Reason> {
        match micros.div_euclid(MICROS_PER_SECOND) {
            second @ clean::FIRST_SECOND.. if second <= self.last_second => Ok(micros),
            _ => Err(Reason::BadTimestamp),
        }
    }
}

/// The microseconds behind a decimal point; finer digits are dropped.
fn micros(fraction: &str) -> Option<i64> {
    let digits = fraction.get(..fraction.len().min(6))?;
    if !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    format!("{digits:0<6}").parse().ok()
}

/// A moment in microseconds, as its zone has it, by a pattern of day and time or of the day alone.
fn by_format(text: &str, format: &str) -> Option<i64> {
    let moment = NaiveDateTime::parse_from_str(text, format).ok();
    let moment = moment.or_else(|| NaiveDate::parse_from_str(text, format).ok()?.and_hms_opt(0, 0, 0));
    Some(moment?.and_utc().timestamp_micros())
}

/// Microseconds since 1970 of a time that is not written as whole seconds: `1600000000.25`, milliseconds, microseconds or
/// nanoseconds (which no plausible second can be mistaken for), or ISO 8601, of which a time without a zone is so much `ahead` of UTC and
/// a date without a time its first moment.
fn other_spelling(text: &str, ahead: i64) -> Option<i64> {
    if let Some((seconds, fraction)) = text.split_once('.')
        && let Ok(seconds) = seconds.parse::<i64>()
    {
        return Some(seconds.checked_mul(MICROS_PER_SECOND)? + micros(fraction)?);
    }
    if let Ok(number) = text.parse::<i64>() {
        return match number {
            100_000_000_000..100_000_000_000_000 => Some(number * 1_000),
            100_000_000_000_000..100_000_000_000_000_000 => Some(number),
            100_000_000_000_000_000.. => Some(number / 1_000),
            _ => None,
        };
    }
    let zoned = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z"));
    if let Ok(moment) = zoned {
        return Some(moment.timestamp_micros());
    }
    let spellings = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d"];
    Some(spellings.iter().find_map(|spelling| by_format(text, spelling))? - ahead)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(time: &Time) -> Clock {
        Clock::new(1_700_000_000 * MICROS_PER_SECOND, time, true)
    }

    #[test]
    fn ratings_are_half_steps_from_half_to_five() {
        assert_eq!(half_stars(Some("0.5")), Ok(1));
        assert_eq!(half_stars(Some("4")), Ok(8));
        assert_eq!(half_stars(Some("4.50")), Ok(9));
        assert_eq!(half_stars(Some("5.0")), Ok(10));
        for text in
            [None, Some(""), Some("0"), Some("0.0"), Some("3.7"), Some("NaN"), Some("inf"), Some("four")]
        {
            assert_eq!(half_stars(text), Err(Reason::BadRating), "{text:?}");
        }
        for text in ["5.5", "10", "87"] {
            assert_eq!(half_stars(Some(text)), Err(Reason::AboveScale), "{text:?}");
        }
    }

    #[test]
    fn a_described_time_has_its_format_and_zone() {
        let time = Time { format: Some("%d.%m.%Y %H:%M".to_owned()), zone: "+02:00".to_owned() };
        assert_eq!(clock(&time).timestamp(Some("13.09.2020 14:26")), Ok(1_599_999_960_000_000));
        assert_eq!(clock(&time).timestamp(Some("1600000000")), Err(Reason::BadTimestamp));
        let abroad = clock(&Time { zone: "-05:00".to_owned(), ..Time::default() });
        assert_eq!(abroad.timestamp(Some("2020-09-13 07:26:40")), Ok(1_600_000_000_000_000));
        assert_eq!(
            abroad.timestamp(Some("2020-09-13T12:26:40Z")),
            Ok(1_600_000_000_000_000),
            "with a zone of its own"
        );
    }

    #[test]
    fn without_times_everything_happened_when_it_was_taken_in() {
        assert_eq!(Clock::new(7, &Time::default(), false).timestamp(None), Ok(7));
    }

    #[test]
    fn a_described_scale_is_mapped_and_unrated_is_no_fault() {
        let scale = Scale {
            least: 1.0,
            most: 10.0,
            step: 1.0,
            decimal: ",".to_owned(),
            unrated: vec!["-1".to_owned()],
            ..Scale::default()
        };
        let stars = Stars::new(&scale, true);
        assert_eq!(["7", "8,0"].map(|text| stars.half_stars(Some(text))), [Ok(7), Ok(8)]);
        assert_eq!(stars.half_stars(Some("-1")), Err(Reason::Unrated));
        assert_eq!(stars.half_stars(Some("11")), Err(Reason::AboveScale));
        assert_eq!(stars.half_stars(Some("0")), Err(Reason::BadRating));
    }

    #[test]
    fn timestamps_lie_between_1995_and_the_day_after_the_ingestion() {
        let plausible = clock(&Time::default());
        assert_eq!(plausible.timestamp(Some("964982703")), Ok(964_982_703_000_000));
        assert_eq!(plausible.timestamp(Some("1700086400")), Ok(1_700_086_400_000_000));
        for text in
            [None, Some("-5"), Some("0"), Some("1700086401"), Some("964982703.x"), Some("9999999999999")]
        {
            assert_eq!(plausible.timestamp(text), Err(Reason::BadTimestamp), "{text:?}");
        }
    }

    #[test]
    fn one_moment_has_many_spellings() {
        let plausible = clock(&Time::default());
        for text in [
            "1600000000.0",
            "1600000000000",
            "1600000000000000",
            "1600000000000000000",
            "2020-09-13T12:26:40Z",
            "2020-09-13 12:26:40",
            "2020-09-13 14:26:40+02:00",
            "2020-09-13T12:26:40.000",
        ] {
            assert_eq!(plausible.timestamp(Some(text)), Ok(1_600_000_000_000_000), "{text}");
        }
        assert_eq!(plausible.timestamp(Some("964982703.5")), Ok(964_982_703_500_000));
        assert_eq!(
            plausible.timestamp(Some("2020-09-13")),
            Ok(1_599_955_200_000_000),
            "the first moment of the day"
        );
        for text in ["13.09.2020", "2020-13-09", "yesterday", "2020-09-13 25:00:00"] {
            assert_eq!(plausible.timestamp(Some(text)), Err(Reason::BadTimestamp), "{text}");
        }
    }
}
