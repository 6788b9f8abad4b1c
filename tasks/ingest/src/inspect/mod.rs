//! `--inspect`: looks at an unknown data set and proposes a description, to be read, corrected and kept.

mod form;
mod guess;
mod meaning;
mod start;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::path::Path;

use contract::Description;
use contract::clean;
use contract::description::{IdKind, Meaning};
use lakehouse::arrow::array::{Array, AsArray, StringArray};

use crate::{description, error::IngestError, input::Input, source::Source, table::Table};

/// Of a description that fits, at least this share of the rows is usable.
const FITS: f64 = 0.9;

/// What the first rows of the ratings came to by a description.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Seen {
    rows: usize,
    usable: usize,
}

impl Seen {
    fn share(self) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "the rows of a batch")]
        let share = self.usable as f64 / self.rows.max(1) as f64;
        share
    }
}

/// The proposal for a folder, a zip or a ratings file, as a `dataset.toml` with remarks.
pub(crate) fn propose(source: &str) -> Result<String, IngestError> {
    let Source::Local(path) = Source::parse(source)? else {
        return Err(IngestError::NotInspected { text: source.to_owned() });
    };
    let mut best: Option<(Seen, &str, &str)> = None;
    for (name, toml) in description::PRESETS {
        let Ok(seen) = look(&path, &description::parse(toml.as_bytes(), name)?) else { continue };
        if seen.share() >= FITS && best.is_none_or(|(other, ..)| seen.share() > other.share()) {
            best = Some((seen, name, toml));
        }
    }
    if let Some((seen, name, toml)) = best {
        return Ok(told(&format!("the preset `{name}` (--describe {name})"), seen, toml));
    }
    let toml = guess::description(&start::of_files(&path)?)
        .ok_or_else(|| IngestError::NothingProposed { path: path.clone() })?;
    let seen = look(&path, &description::parse(toml.as_bytes(), "the proposal")?)?;
    Ok(told("a guess: read it, correct it", seen, &toml))
}

fn told(what: &str, seen: Seen, toml: &str) -> String {
    let mut text = format!("# Proposed by `ingest --inspect`: {what}.\n");
    let percent = (seen.share() * 1000.0).round() / 10.0;
    let _ = writeln!(text, "# Usable: {percent}% of the first {} rows of ratings.", seen.rows);
    text.push_str(toml.trim_end());
    text.push('\n');
    text
}

/// Reads the first rows of the ratings by a description.
fn look(path: &Path, description: &Description) -> Result<Seen, IngestError> {
    let mut input = Input::open(path, Some(description.clone()))?;
    // The movies must be there, too.
    if let Some(movies) = input.rows(Table::Movies, 0)? {
        movies.take(1).collect::<Result<Vec<_>, _>>()?;
    }
    let Some(mut rows) = input.rows(Table::Ratings, 0)? else { return Ok(Seen { rows: 0, usable: 0 }) };
    let Some(batch) = rows.next().transpose()? else { return Ok(Seen { rows: 0, usable: 0 }) };
    let columns: Vec<&StringArray> = batch.columns[..4].iter().map(AsArray::as_string).collect();
    let count = batch.columns[0].len();
    let has = |meaning: Meaning| description.files.ratings.columns.contains_key(&meaning);
    let is_usable = |row: &usize| {
        let text = |column: usize| columns[column].is_valid(*row).then(|| columns[column].value(*row).trim());
        let is_id = |column: usize, kind: IdKind| match kind {
            IdKind::Number => text(column).and_then(clean::id).is_some(),
            IdKind::Text => text(column).and_then(clean::key).is_some(),
        };
        let rating = || {
            let text = text(2)?;
            let is_unrated = description.scale.unrated.iter().any(|unrated| unrated == text);
            let value = || text.replace(&description.scale.decimal, ".").parse().ok();
            is_unrated.then_some(()).or_else(|| description.scale.half_stars(value()?).map(drop))
        };
        let is_timed = !has(Meaning::Time) || text(3).is_some_and(|time| !time.is_empty());
        let ids = description.ids;
        is_id(0, ids.user) && is_id(1, ids.movie) && is_timed && (!has(Meaning::Rating) || rating().is_some())
    };
    Ok(Seen { rows: count, usable: (0..count).filter(is_usable).count() })
}
