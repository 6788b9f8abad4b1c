//! How many ratings may be lost on the way to silver.

use crate::Reason;
use crate::quarantine::Lost;

/// The greatest share that one reason alone may cost, whatever was allowed: so many rows with one fault are no dirt but
/// a file that is read wrongly.
const MOST_OF_ONE_REASON: f64 = 1.0 / 3.0;

/// What is wrong with the losses among `rows` ratings, in one line; nothing while they are within the limits. Superseded
/// ratings are not lost (what counts in their place is there), nor are rows that say that nobody rated.
///
/// Ratings of movies that are not there may have another cause: rows that the movies file has lost.
pub(crate) fn objection<'a>(
    rows: u64,
    lost: impl Iterator<Item = (Reason, &'a Lost)>,
    lost_movies: impl Iterator<Item = (Reason, &'a Lost)>,
    max_rejected: f64,
) -> Option<String> {
    let lost: Vec<_> =
        lost.filter(|(reason, _)| !matches!(reason, Reason::Superseded | Reason::Unrated)).collect();
    let share = |lost: u64| ratio(lost, rows);
    let all = lost.iter().map(|(_, lost)| lost.rows).sum();
    let (reason, most) = lost.iter().max_by_key(|(_, lost)| lost.rows)?;
    let limit = if share(all) > max_rejected {
        format!("--max-rejected allows {}", percent(max_rejected))
    } else if share(most.rows) > MOST_OF_ONE_REASON {
        "a third for one reason is the most, whatever is allowed".to_owned()
    } else {
        return None;
    };
    let cause = lost_movies.filter(|_| *reason == Reason::UnknownMovie).max_by_key(|(_, lost)| lost.rows);
    let cause = cause.map(|(reason, lost)| {
        format!(
            "; the movies file has lost rows, too ({}), because {}; {}",
            lost.rows,
            reason.words(),
            first(lost)
        )
    });
    Some(format!(
        "{} of {rows} ratings are rejected ({limit}), {} of them ({}) because {}; {}{}; {}, nothing was committed",
        percent(share(all)),
        most.rows,
        percent(share(most.rows)),
        reason.words(),
        first(most),
        cause.unwrap_or_default(),
        reason.remedy()
    ))
}

fn first(lost: &Lost) -> String {
    format!("the first is line {} of {}: `{}`", lost.line, lost.file, lost.raw)
}

/// Reads a `--max-rejected`.
pub(crate) fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "give a share from 0 to 1, such as 0.05 for 5%".to_owned())
}

#[allow(clippy::cast_precision_loss, reason = "counts of rows are far below 2^52")]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// With one decimal where that says more.
fn percent(share: f64) -> String {
    let tenths = (share * 1000.0).round() / 10.0;
    format!("{tenths}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(rows: u64) -> Lost {
        Lost { rows, file: "ratings.csv".to_owned(), line: 7, raw: "1,2,9,1600000000".to_owned() }
    }

    fn told(of: &[(Reason, u64)], max_rejected: f64) -> Option<String> {
        let lost: Vec<_> = of.iter().map(|(reason, rows)| (*reason, lost(*rows))).collect();
        objection(1_000, lost.iter().map(|(reason, lost)| (*reason, lost)), std::iter::empty(), max_rejected)
    }

    #[test]
    fn a_few_lost_ratings_are_dirt() {
        assert_eq!(told(&[], 0.0), None);
        assert_eq!(told(&[(Reason::BadRating, 20), (Reason::UnknownMovie, 30)], 0.05), None);
    }

    #[test]
    fn superseded_ratings_are_not_lost() {
        assert_eq!(told(&[(Reason::Superseded, 900)], 0.0), None);
    }

    #[test]
    fn more_than_is_allowed_is_told_with_its_main_reason_and_the_first_line() {
        let message = told(&[(Reason::AboveScale, 41), (Reason::UnknownMovie, 10)], 0.05).unwrap();
        assert_eq!(
            message,
            "5.1% of 1000 ratings are rejected (--max-rejected allows 5%), 41 of them (4.1%) because the rating is above \
             the scale (5 stars, unless it is described): the file has another one; the first is line 7 of ratings.csv: \
             `1,2,9,1600000000`; describe the scale (ingest --describe), nothing was committed"
        );
    }

    #[test]
    fn a_third_for_one_reason_is_too_much_whatever_is_allowed() {
        assert_eq!(told(&[(Reason::UnknownMovie, 333)], 1.0), None);
        let message = told(&[(Reason::UnknownMovie, 334)], 1.0).unwrap();
        assert!(
            message.starts_with("33.4% of 1000 ratings are rejected (a third for one reason is the most"),
            "{message}"
        );
    }
}
