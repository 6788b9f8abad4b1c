//! The description of a data set: a preset, a file, or what is found beside the data.

use std::{
    fs::File,
    io::{self, Read},
};

use contract::description::{Column, DataFile, Description, Format, Meaning, ScaleKind};

use crate::{error::IngestError, table::Table};

/// What a description is called that lies beside its data.
pub(crate) const FILE_NAME: &str = "dataset.toml";

/// Descriptions of data sets that many people have, by name.
pub(crate) const PRESETS: [(&str, &str); 12] = [
    ("movielens", include_str!("../presets/movielens.toml")),
    ("movielens-dat", include_str!("../presets/movielens-dat.toml")),
    ("ml-100k", include_str!("../presets/ml-100k.toml")),
    ("movietweetings", include_str!("../presets/movietweetings.toml")),
    ("goodbooks-10k", include_str!("../presets/goodbooks-10k.toml")),
    ("netflix-prize", include_str!("../presets/netflix-prize.toml")),
    ("lastfm-hetrec", include_str!("../presets/lastfm-hetrec.toml")),
    ("anime", include_str!("../presets/anime.toml")),
    ("book-crossing", include_str!("../presets/book-crossing.toml")),
    ("amazon-reviews", include_str!("../presets/amazon-reviews.toml")),
    ("yelp", include_str!("../presets/yelp.toml")),
    ("clicks", include_str!("../presets/clicks.toml")),
];

/// Those that are tried where nothing is said.
const USUAL: [&str; 2] = ["movielens", "movielens-dat"];

/// What `--describe` says: the name of a preset, or the path of a description.
pub(crate) fn named(text: &str) -> Result<Description, IngestError> {
    if let Some((name, toml)) = PRESETS.iter().find(|(name, _)| *name == text) {
        return parse(toml.as_bytes(), name);
    }
    let toml = File::open(text).and_then(bytes_of).map_err(|source| {
        let presets = PRESETS.map(|(name, _)| name).join(", ");
        IngestError::NoDescription { text: text.to_owned(), presets, source }
    })?;
    parse(&toml, text)
}

/// The descriptions that are tried one after the other where nothing is said.
pub(crate) fn usual() -> Result<Vec<Description>, IngestError> {
    USUAL.iter().map(|name| named(name)).collect()
}

/// No description is longer.
const MOST_BYTES: usize = 1 << 20;

/// The bytes of a description, of one that is too long only so many that [`parse`] sees it.
pub(crate) fn bytes_of(file: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a description and checks it.
pub(crate) fn parse(toml: &[u8], from: &str) -> Result<Description, IngestError> {
    let wrong = |what: String| IngestError::BadDescription { from: from.to_owned(), what };
    if toml.len() > MOST_BYTES {
        return Err(wrong(format!("it is longer than {MOST_BYTES} bytes")));
    }
    let toml = str::from_utf8(toml).map_err(|error| wrong(error.to_string()))?;
    let description: Description =
        toml::from_str(toml).map_err(|error| wrong(error.to_string().trim().to_owned()))?;
    match fault(&description) {
        Some(what) => Err(wrong(what)),
        None => Ok(description),
    }
}

fn fault(description: &Description) -> Option<String> {
    let files = Table::ALL.into_iter().filter_map(|table| Some((table, file_of(description, table)?)));
    description
        .scale
        .fault()
        .or_else(|| zone_fault(&description.time.zone))
        .or_else(|| {
            files.into_iter().find_map(|(table, file)| {
                file_fault(table, &file).map(|what| format!("[files.{table}] {what}"))
            })
        })
        .or_else(|| {
            let has_rating = description.files.ratings.columns.contains_key(&Meaning::Rating);
            (!has_rating && description.scale.kind != ScaleKind::Click).then(|| {
                "[files.ratings] names no column `rating`: name it, or say [scale] kind = \"click\""
                    .to_owned()
            })
        })
}

fn zone_fault(zone: &str) -> Option<String> {
    let parsed: Result<chrono::FixedOffset, _> = zone.parse();
    parsed
        .is_err()
        .then(|| format!("[time] zone is {zone:?}: give what it is ahead of UTC, such as \"+02:00\""))
}

fn file_fault(table: Table, file: &DataFile) -> Option<String> {
    let DataFile { separator, quote, format, columns, .. } = file;
    let known = table.meanings();
    let names = || known.iter().map(|meaning| meaning.name()).collect::<Vec<_>>().join(", ");
    if let Some(strange) = columns.keys().find(|meaning| !known.contains(meaning)) {
        return Some(format!("has no use for a column `{}`: there are {}", strange.name(), names()));
    }
    let is_block = |meaning: &Meaning| *format == Format::Blocks && *meaning == Meaning::Movie;
    if let Some(missing) =
        table.needed().iter().find(|meaning| !columns.contains_key(meaning) && !is_block(meaning))
    {
        return Some(format!("names no column `{}`", missing.name()));
    }
    let by_place = !file.header && matches!(format, Format::Csv | Format::Blocks);
    for (meaning, column) in columns {
        let name = meaning.name();
        match column {
            Column::Place(0) => return Some(format!("column `{name}` is at place 0: places begin with 1")),
            Column::Place(_) if !by_place => {
                return Some(format!("column `{name}` is a place: give its name, or header = false"));
            }
            Column::Name(_) if by_place => {
                return Some(format!("column `{name}` is a name, but header = false: give its place"));
            }
            Column::Place(_) | Column::Name(_) => {}
        }
    }
    if separator.is_empty() || separator.contains(['\n', '\r']) {
        return Some(format!("separator is {separator:?}: give one character or several"));
    }
    (quote.len() > 1)
        .then(|| format!("quote is {quote:?}: give one character, or nothing"))
        .or_else(|| escape_fault(file))
}

fn escape_fault(file: &DataFile) -> Option<String> {
    let DataFile { separator, quote, escape, format, .. } = file;
    if escape.is_empty() {
        return None;
    }
    let is_quoted =
        matches!(format, Format::Csv | Format::Blocks) && !quote.is_empty() && separator.len() == 1;
    if !is_quoted {
        return Some(format!(
            "escape is {escape:?}, but nothing is quoted: it is for csv with a quote and a separator of one character"
        ));
    }
    (escape.len() > 1 || [quote, separator].contains(&escape) || escape == "\n" || escape == "\r").then(|| {
        format!("escape is {escape:?}: give one character that is neither the quote nor the separator, or nothing")
    })
}

/// How the file of a table is written; the movies may be those of the ratings.
pub(crate) fn file_of(description: &Description, table: Table) -> Option<DataFile> {
    let files = &description.files;
    match table {
        Table::Ratings => {
            let about_movies = [Meaning::Title, Meaning::Year, Meaning::Genres];
            let mut file = files.ratings.clone();
            if files.movies.is_none() {
                file.columns.retain(|meaning, _| !about_movies.contains(meaning));
            }
            Some(file)
        }
        Table::Movies => Some(files.movies.clone().unwrap_or_else(|| {
            let mut file = files.ratings.clone();
            file.columns.retain(|meaning, _| Table::Movies.meanings().contains(meaning));
            file
        })),
        Table::Tags => files.tags.clone(),
        Table::Links => files.links.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(toml: &str) -> String {
        parse(toml.as_bytes(), "dataset.toml").unwrap_err().to_string()
    }

    #[test]
    fn the_preset_of_movielens_is_what_runs_without_a_description_mean() {
        assert_eq!(named("movielens").unwrap(), Description::movielens());
    }

    #[test]
    fn every_preset_is_a_description() {
        for (name, toml) in PRESETS {
            parse(toml.as_bytes(), name).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }

    #[test]
    fn a_fault_is_told_with_its_place_and_the_remedy() {
        let ratings = "[files.ratings]\npath = \"r.csv\"\n";
        let good = format!("{ratings}columns = {{ user = \"u\", movie = \"m\", rating = \"r\" }}\n");
        assert!(parse(good.as_bytes(), "x").is_ok());
        for (toml, part) in [
            (format!("{ratings}columns = {{ user = \"u\" }}"), "[files.ratings] names no column `movie`"),
            (
                format!("{ratings}columns = {{ user = 1, movie = \"m\" }}"),
                "`user` is a place: give its name, or header = false",
            ),
            (format!("{ratings}colour = 1\ncolumns = {{}}"), "unknown field `colour`"),
            (format!("{good}escape = \"\\\\\\\\\""), "escape is \"\\\\\\\\\": give one character"),
            (format!("{good}escape = \"é\""), "escape is \"é\": give one character"),
            (format!("{good}escape = \"\\\"\""), "neither the quote nor the separator"),
            (format!("{good}escape = \",\""), "neither the quote nor the separator"),
            (format!("{good}escape = \"|\"\nquote = \"\""), "escape is \"|\", but nothing is quoted"),
            (format!("{good}escape = \"|\"\nseparator = \"::\""), "escape is \"|\", but nothing is quoted"),
            (
                format!("{good}escape = \"|\"\nformat = \"json_lines\""),
                "escape is \"|\", but nothing is quoted",
            ),
            (format!("{good}[scale]\nleast = 5\nmost = 1"), "[scale] least is 5 and most 1"),
            (format!("{good}[time]\nzone = \"Mars\""), "[time] zone is \"Mars\""),
            (
                format!("{good}[files.tags]\npath = \"t\"\ncolumns = {{ title = \"t\" }}"),
                "has no use for a column `title`",
            ),
        ] {
            let message = told(&toml);
            assert!(
                message.starts_with("`dataset.toml` is no description: ") && message.contains(part),
                "{message}"
            );
        }
    }

    #[test]
    fn what_is_no_text_or_too_long_is_no_description() {
        for (toml, part) in
            [(&b"[files]\xff"[..], "utf-8"), (&vec![b'#'; MOST_BYTES + 1][..], "longer than 1048576 bytes")]
        {
            let message = parse(toml, "dataset.toml").unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
        assert_eq!(bytes_of(io::repeat(b'#')).unwrap().len(), MOST_BYTES + 1);
    }

    #[test]
    fn a_name_that_is_neither_preset_nor_file_is_refused_with_the_presets() {
        let message = named("movielenz").unwrap_err().to_string();
        assert!(
            message.contains("`movielenz`") && message.contains("movielens, movielens-dat, ml-100k"),
            "{message}"
        );
    }
}
