//! How a data set is written: which files it has, and what their columns mean. `ingest` reads files by it and `clean` values,
//! so that a run's rows and their meaning come from one place. See `docs/data.md`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A described data set: the content of a `dataset.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// Which file has what.
    pub files: Files,
    /// What the ratings are.
    #[serde(default)]
    pub scale: Scale,
    /// How moments are written.
    #[serde(default)]
    pub time: Time,
    /// How genres are written.
    #[serde(default)]
    pub genres: Genres,
    /// How titles are written.
    #[serde(default)]
    pub title: Title,
    /// What ids are.
    #[serde(default)]
    pub ids: Ids,
}

impl Description {
    /// How `MovieLens` is written since `ml-20m`, as far as the meaning of its values goes.
    #[must_use]
    pub fn movielens() -> Self {
        let column = |meaning: Meaning, name: &str| (meaning, Column::Name(name.to_owned()));
        let file = |path: &str, columns: Vec<(Meaning, Column)>| DataFile {
            path: path.to_owned(),
            format: Format::Csv,
            separator: comma(),
            quote: double_quote(),
            escape: String::new(),
            header: true,
            rest: false,
            encoding: Encoding::Utf8,
            columns: columns.into_iter().collect(),
        };
        let (user, movie, time) = (
            column(Meaning::User, "userId"),
            column(Meaning::Movie, "movieId"),
            column(Meaning::Time, "timestamp"),
        );
        let ratings = vec![user.clone(), movie.clone(), column(Meaning::Rating, "rating"), time.clone()];
        let movies = vec![movie.clone(), column(Meaning::Title, "title"), column(Meaning::Genres, "genres")];
        let tags = vec![user, movie.clone(), column(Meaning::Tag, "tag"), time];
        let links = vec![movie, column(Meaning::Imdb, "imdbId"), column(Meaning::Tmdb, "tmdbId")];
        Self {
            files: Files {
                ratings: file("ratings.csv", ratings),
                movies: Some(file("movies.csv", movies)),
                tags: Some(file("tags.csv", tags)),
                links: Some(file("links.csv", links)),
            },
            scale: Scale::default(),
            time: Time::default(),
            genres: Genres::default(),
            title: Title::default(),
            ids: Ids::default(),
        }
    }

    /// Whether the movies have titles.
    #[must_use]
    pub fn has_titles(&self) -> bool {
        self.files.movies.as_ref().unwrap_or(&self.files.ratings).columns.contains_key(&Meaning::Title)
    }
}

/// The files by what they hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// Who rated, counted or clicked what.
    pub ratings: DataFile,
    /// The movies; without it, those of the ratings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub movies: Option<DataFile>,
    /// Words that users gave to movies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<DataFile>,
    /// Ids of the movies elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub links: Option<DataFile>,
}

/// One file, or several that are read one after the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataFile {
    /// Its name, below the data set's folder; `*` stands for any letters but `/`.
    pub path: String,
    /// How it is written.
    #[serde(default)]
    pub format: Format,
    /// Between the fields of `csv`: one character, or several, in which case nothing is quoted.
    #[serde(default = "comma")]
    pub separator: String,
    /// Around fields of `csv` with separators or line ends in them; empty: nothing is quoted.
    #[serde(default = "double_quote")]
    pub quote: String,
    /// Before a quote inside of a quoted field of `csv` that doubles none: a backslash; empty: quotes are doubled.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub escape: String,
    /// Whether the first line of `csv` names the columns. Without a header, columns are given by their places.
    #[serde(default = "yes")]
    pub header: bool,
    /// Whether the last of the columns that are named by their places goes on to the end of the line, separators and all.
    #[serde(default)]
    pub rest: bool,
    /// How its bytes are text.
    #[serde(default)]
    pub encoding: Encoding,
    /// Which column has what: by what it means (`user`, `movie`, `rating`, `time`, `title`, `year`, `genres`, `tag`, `imdb`,
    /// `tmdb`), the column's name or its place, from 1.
    pub columns: BTreeMap<Meaning, Column>,
}

fn comma() -> String {
    ",".to_owned()
}

fn double_quote() -> String {
    "\"".to_owned()
}

fn yes() -> bool {
    true
}

/// How the lines of a file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Fields between separators.
    #[default]
    Csv,
    /// A JSON object on each line; columns are named by their keys.
    JsonLines,
    /// An Apache Parquet file.
    Parquet,
    /// As `csv`, but rows of one movie stand below a line with its id and a colon, and do not have the id.
    Blocks,
}

/// How bytes are text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Encoding {
    /// UTF-8, and Windows-1252 where it is not that.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// Windows-1252, of which Latin-1 is a part.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// What a column means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Meaning {
    User,
    Movie,
    Rating,
    Time,
    Title,
    Year,
    Genres,
    Tag,
    Imdb,
    Tmdb,
}

impl Meaning {
    /// As a description names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Movie => "movie",
            Self::Rating => "rating",
            Self::Time => "time",
            Self::Title => "title",
            Self::Year => "year",
            Self::Genres => "genres",
            Self::Tag => "tag",
            Self::Imdb => "imdb",
            Self::Tmdb => "tmdb",
        }
    }
}

/// Which column of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Column {
    /// By its place, from 1.
    Place(usize),
    /// By its name in the header; case, underscores and spaces do not matter.
    Name(String),
}

/// What the numbers of the column `rating` are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// Stars, how often, or whether at all.
    #[serde(default)]
    pub kind: ScaleKind,
    /// The least rating that can be given.
    #[serde(default = "least")]
    pub least: f64,
    /// The best one.
    #[serde(default = "most")]
    pub most: f64,
    /// What is between two ratings; 0: anything.
    #[serde(default = "step")]
    pub step: f64,
    /// What stands for `.` in numbers.
    #[serde(default = "point")]
    pub decimal: String,
    /// What is written where a movie was seen but not rated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unrated: Vec<String>,
}

fn least() -> f64 {
    0.5
}

fn most() -> f64 {
    5.0
}

fn step() -> f64 {
    0.5
}

fn point() -> String {
    ".".to_owned()
}

impl Default for Scale {
    fn default() -> Self {
        Self {
            kind: ScaleKind::Rating,
            least: least(),
            most: most(),
            step: step(),
            decimal: point(),
            unrated: Vec::new(),
        }
    }
}

/// What a row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScaleKind {
    /// How good the movie is.
    #[default]
    Rating,
    /// How often it was played, bought or read.
    Count,
    /// That it was clicked, played or bought.
    Click,
}

/// How moments are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Time {
    /// A pattern such as `%d.%m.%Y %H:%M`, as `chrono` and `strftime` have it; without one, seconds, milliseconds, microseconds
    /// or nanoseconds since 1970, or ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// What a moment without a zone is ahead of UTC: `+02:00`.
    #[serde(default = "utc")]
    pub zone: String,
}

fn utc() -> String {
    "+00:00".to_owned()
}

impl Default for Time {
    fn default() -> Self {
        Self { format: None, zone: utc() }
    }
}

/// How genres are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Genres {
    /// Between two genres.
    #[serde(default = "bar")]
    pub separator: String,
    /// Columns with 1 for a movie of the genre and 0 for another: the genre of each, in the order of the columns, which begin
    /// where the column `genres` is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// Whether they are a JSON list of names, or of objects with a `name`.
    #[serde(default)]
    pub json: bool,
}

fn bar() -> String {
    "|".to_owned()
}

impl Default for Genres {
    fn default() -> Self {
        Self { separator: bar(), flags: Vec::new(), json: false }
    }
}

/// How titles are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// Whether they end with the year in brackets.
    pub year: bool,
}

impl Default for Title {
    fn default() -> Self {
        Self { year: true }
    }
}

/// What ids are. An id that is a text is a key: it gets a number, which it keeps for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ids {
    /// Of users.
    #[serde(default)]
    pub user: IdKind,
    /// Of movies.
    #[serde(default)]
    pub movie: IdKind,
}

/// What an id is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdKind {
    /// A whole number, which stays as it is.
    #[default]
    Number,
    /// Any text: see [`clean::key`](crate::clean::key).
    Text,
}

/// Half stars that a click counts as.
const CLICK: u8 = 10;
/// Half stars of something that was counted once.
const ONCE: u8 = 8;
/// Half stars, at most.
const BEST: u8 = 10;

impl Scale {
    /// What makes no sense in it.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        let Self { least, most, step, decimal, .. } = self;
        if !(least.is_finite() && most.is_finite() && least < most) {
            return Some(format!(
                "[scale] least is {least} and most {most}: the first must be below the second"
            ));
        }
        if !(step.is_finite() && *step >= 0.0) {
            return Some(format!("[scale] step is {step}: give 0 or more"));
        }
        (decimal != "." && decimal != ",")
            .then(|| format!("[scale] decimal is {decimal:?}: give \".\" or \",\""))
    }

    /// Whether it is stars from 0.5 to 5 in halves, which stay as they are.
    #[must_use]
    pub fn is_stars(&self) -> bool {
        *self == Self { unrated: self.unrated.clone(), ..Self::default() }
    }

    /// What every row says where there is no column `rating`.
    #[must_use]
    pub fn without_rating(&self) -> Option<u8> {
        (self.kind == ScaleKind::Click).then_some(CLICK)
    }

    /// A value as half stars, 1 to 10; `None` if it is not on the scale.
    ///
    /// A rating keeps its share of the best one (8 of 10 is 4 of 5 stars), or where ratings may be negative its place between
    /// the least and the best one, to the nearest half star, and half a star is the least. What is counted once has 4 stars,
    /// twice 4.5, four times and more 5: more is better, and all of it is good. A click has 5.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 1 to 10")]
    pub fn half_stars(&self, value: f64) -> Option<u8> {
        match self.kind {
            ScaleKind::Click => (value > 0.0).then_some(CLICK),
            ScaleKind::Count => (value >= 1.0).then(|| ONCE + (value.log2().floor() as u8).min(BEST - ONCE)),
            ScaleKind::Rating => {
                let Self { least, most, .. } = *self;
                if !(least..=most).contains(&value) || !self.is_step(value) {
                    return None;
                }
                let from = least.min(0.0);
                let share = (value - from) / (most - from);
                Some((share * f64::from(BEST)).round().clamp(1.0, f64::from(BEST)) as u8)
            }
        }
    }

    /// Whether a value is so many steps above the least, but for rounding.
    fn is_step(&self, value: f64) -> bool {
        if self.step == 0.0 {
            return true;
        }
        let steps = (value - self.least) / self.step;
        (steps - steps.round()).abs() < 1e-6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(least: f64, most: f64, step: f64) -> Scale {
        Scale { least, most, step, ..Scale::default() }
    }

    #[test]
    fn stars_stay_as_they_are() {
        let stars = Scale::default();
        assert!(stars.is_stars());
        assert_eq!(
            [0.5, 1.0, 4.5, 5.0].map(|value| stars.half_stars(value)),
            [Some(1), Some(2), Some(9), Some(10)]
        );
        assert_eq!([0.0, 0.3, 5.5, f64::NAN].map(|value| stars.half_stars(value)), [None; 4]);
        assert_eq!(scale(1.0, 5.0, 1.0).half_stars(1.0), Some(2));
    }

    #[test]
    fn another_scale_keeps_the_share_of_the_best() {
        let ten = scale(0.0, 10.0, 1.0);
        assert_eq!(
            [0.0, 1.0, 7.0, 10.0].map(|value| ten.half_stars(value)),
            [Some(1), Some(1), Some(7), Some(10)]
        );
        assert_eq!(ten.half_stars(7.5), None, "between two steps");
        assert_eq!(scale(0.0, 100.0, 0.0).half_stars(87.0), Some(9));
    }

    #[test]
    fn negative_ratings_are_moved_up() {
        let jester = scale(-10.0, 10.0, 0.0);
        assert_eq!([-10.0, 0.0, 10.0].map(|value| jester.half_stars(value)), [Some(1), Some(5), Some(10)]);
    }

    #[test]
    fn counts_and_clicks_are_good_and_more_is_better() {
        let count = Scale { kind: ScaleKind::Count, ..Scale::default() };
        let values = [0.0, 1.0, 2.0, 3.0, 4.0, 1e9];
        assert_eq!(
            values.map(|value| count.half_stars(value)),
            [None, Some(8), Some(9), Some(9), Some(10), Some(10)]
        );
        let click = Scale { kind: ScaleKind::Click, ..Scale::default() };
        assert_eq!((click.without_rating(), count.without_rating()), (Some(10), None));
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        assert!(scale(5.0, 1.0, 1.0).fault().unwrap().contains("least is 5 and most 1"));
        assert!(Scale::default().fault().is_none());
    }
}
