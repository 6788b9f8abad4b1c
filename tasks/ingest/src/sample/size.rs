//! How large a sample is.

use std::fmt;

use crate::error::IngestError;

/// The number of rating rows of a sample, and what follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SampleSize(u64);

impl SampleSize {
    /// The smallest sample: one with every kind of malformed line that `clean` takes for dirt, and not for a wrong file.
    const LEAST: u64 = 500;
    const MOST: u64 = 1_000_000_000;

    /// Reads a number of ratings, such as `500`, `100k` or `20m`.
    pub(crate) fn parse(text: &str) -> Result<Self, IngestError> {
        let lower = text.trim().to_ascii_lowercase();
        let (digits, unit) = match lower.strip_suffix(['k', 'm']) {
            Some(digits) if lower.ends_with('k') => (digits, 1_000),
            Some(digits) => (digits, 1_000_000),
            None => (lower.as_str(), 1),
        };
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        digits
            .parse::<u64>()
            .ok()
            .filter(|_| plain)
            .and_then(|number| number.checked_mul(unit))
            .filter(|ratings| (Self::LEAST..=Self::MOST).contains(ratings))
            .map(Self)
            .ok_or_else(|| IngestError::SampleSize {
                text: text.to_owned(),
                least: Self::LEAST,
                most: Self::MOST,
            })
    }

    /// The number of rating rows, malformed ones included.
    pub(crate) const fn ratings(self) -> u64 {
        self.0
    }

    /// How many users share them: 610 for 100k as in `ml-latest-small`, about 136,000 for 20m.
    pub(super) fn users(self) -> u32 {
        let scale = self.0 as f64 / 1e5;
        let per_user = 164.0 * scale.powf(if scale < 1.0 { 0.25 } else { -0.02 });
        (self.0 as f64 / per_user).round().max(1.0) as u32
    }

    /// How many movies they are of: 9,742 for 100k as in `ml-latest-small`, about 40,000 for 20m.
    pub(super) fn movies(self) -> u32 {
        let scale = self.0 as f64 / 1e5;
        (9742.0 * scale.powf(if scale < 1.0 { 0.55 } else { 0.2666 })).round() as u32
    }

    /// How many rating rows are to be rejected: one in a thousand, and at least one of each kind.
    pub(super) fn dirty_ratings(self) -> u64 {
        (self.0 / 1000).max(super::dirt::KINDS as u64)
    }

    /// How many tags were put: as many per rating as in `ml-latest-small`.
    pub(super) fn tags(self) -> u64 {
        self.0 * 3683 / 100_836
    }
}

impl Default for SampleSize {
    /// As large as `ml-latest-small`.
    fn default() -> Self {
        Self(100_000)
    }
}

impl fmt::Display for SampleSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            n if n.is_multiple_of(1_000_000) => write!(f, "{}m", n / 1_000_000),
            n if n.is_multiple_of(1_000) => write!(f, "{}k", n / 1_000),
            n => n.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(text: &str) -> SampleSize {
        SampleSize::parse(text).unwrap()
    }

    #[test]
    fn a_size_shows_as_it_is_written() {
        for text in ["500", "100k", "20m", "1500k"] {
            assert_eq!(size(text).to_string(), text);
        }
        assert_eq!(size("1000K").to_string(), "1m");
    }

    #[test]
    fn a_size_that_is_no_number_or_out_of_bounds_is_refused() {
        for text in ["", "k", "-5", "+500", "1.5m", "499", "2000m", "99999999999999999999m", "1g"] {
            let message = SampleSize::parse(text).unwrap_err().to_string();
            assert!(message.contains(&format!("`{text}`")), "{message}");
        }
    }

    #[test]
    fn users_and_movies_scale_as_in_movielens() {
        assert_eq!((size("100k").users(), size("100k").movies()), (610, 9742));
        assert!((5_500..7_000).contains(&size("1m").users()));
        assert!((130_000..163_000).contains(&size("20m").users()));
        assert!((27_000..60_000).contains(&size("20m").movies()));
        assert!(size("500").users() >= 3);
    }
}
