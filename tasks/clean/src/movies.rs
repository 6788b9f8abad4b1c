//! Movies: the catalogue that ratings and links are checked against.

use std::collections::BTreeMap;

use contract::Description;
use contract::clean::{self, CleanText};
use lakehouse::arrow::array::{Array, StringArray};
use lakehouse::tables::{BronzeMovies, SilverMovies, bronze_movies as bronze, silver_movies};
use lakehouse::{LakehouseError, Snapshot, Table, TableWriter};
use task::Run;

use crate::ids::{Ids, Numbers};
use crate::quarantine::{Origin, Quarantine, raw_text};
use crate::{Reading, Reason, title};

/// One movie.
#[derive(Debug)]
pub(crate) struct Movie {
    title: String,
    year: Option<i32>,
    genres: Vec<String>,
    pub(crate) imdb_id: Option<String>,
    pub(crate) tmdb_id: Option<i64>,
}

/// The row a movie came from, for the quarantine if a later row replaces it.
#[derive(Debug)]
struct Source {
    file: String,
    line: i64,
    raw: String,
}

/// All movies.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    /// By id, in order.
    movies: BTreeMap<i64, (Movie, Source)>,
    /// How many texts could not stay as they were.
    pub(crate) adjusted: Adjusted,
}

/// Texts of movies that were made clean, by what was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Adjusted {
    pub(crate) titles_cut: u64,
    pub(crate) genres_cut: u64,
    /// Titles and genres in which control characters became spaces.
    pub(crate) control_characters: u64,
}

impl Adjusted {
    fn count(&mut self, title: &CleanText<'_>, genres: &[CleanText<'_>]) {
        self.titles_cut += u64::from(title.cut);
        for genre in genres {
            self.genres_cut += u64::from(genre.cut);
        }
        self.control_characters +=
            genres.iter().chain([title]).map(|text| u64::from(text.replaced)).sum::<u64>();
    }
}

impl Catalogue {
    pub(crate) fn len(&self) -> usize {
        self.movies.len()
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = i64> {
        self.movies.keys().copied()
    }

    pub(crate) fn get_mut(&mut self, id: i64) -> Option<&mut Movie> {
        self.movies.get_mut(&id).map(|(movie, _)| movie)
    }
}

/// A field of a text column, `None` for null.
pub(crate) fn text(array: &StringArray, row: usize) -> Option<&str> {
    array.is_valid(row).then(|| array.value(row))
}

/// Reads the movies of a run; of several rows of one movie the last wins.
pub(crate) async fn read(
    movies: &Snapshot<BronzeMovies>,
    description: &Description,
    numbers: &mut Numbers,
    quarantine: &mut Quarantine,
) -> anyhow::Result<Catalogue> {
    let columns = [
        bronze::MOVIE_ID.name(),
        bronze::TITLE.name(),
        bronze::GENRES.name(),
        bronze::YEAR.name(),
        bronze::RAW.name(),
        bronze::SOURCE_LINE.name(),
        bronze::SOURCE_FILE.name(),
    ];
    let mut catalogue = Catalogue::default();
    let mut batches = movies.read(&columns).await?;
    while let Some(batch) = batches.next().await.reading::<BronzeMovies>()? {
        let (ids, titles) = (bronze::MOVIE_ID.of(&batch)?, bronze::TITLE.of(&batch)?);
        let (genres, years) = (bronze::GENRES.of(&batch)?, bronze::YEAR.of(&batch)?);
        let (raws, lines, files) =
            (bronze::RAW.of(&batch)?, bronze::SOURCE_LINE.of(&batch)?, bronze::SOURCE_FILE.of(&batch)?);
        for row in 0..batch.num_rows() {
            let (id, title, genres) = (text(ids, row), text(titles, row), text(genres, row));
            let fields = Fields { id, title, genres, year: text(years, row) };
            let source = Source {
                file: files.value(row).to_owned(),
                line: lines.value(row),
                raw: raw_text(text(raws, row), &[id, title, genres]),
            };
            let (rejected, reason) =
                match parse(fields, raws.is_valid(row), description, numbers, &mut catalogue.adjusted) {
                    Err(reason) => (source, reason),
                    Ok((id, movie)) => match catalogue.movies.insert(id, (movie, source)) {
                        Some((_, replaced)) => (replaced, Reason::Superseded),
                        None => continue,
                    },
                };
            let origin = Origin { table: BronzeMovies::NAME, file: &rejected.file, line: rejected.line };
            quarantine.reject(origin, &rejected.raw, reason).await?;
        }
    }
    Ok(catalogue)
}

/// The fields of a row.
#[derive(Clone, Copy)]
struct Fields<'a> {
    id: Option<&'a str>,
    title: Option<&'a str>,
    genres: Option<&'a str>,
    year: Option<&'a str>,
}

fn parse(
    fields: Fields<'_>,
    malformed: bool,
    description: &Description,
    numbers: &mut Numbers,
    adjusted: &mut Adjusted,
) -> Result<(i64, Movie), Reason> {
    if malformed {
        return Err(Reason::MalformedLine);
    }
    let id = numbers.read(fields.id).ok_or(Reason::BadMovieId)?;
    let (title, year) = match fields.title.unwrap_or_default() {
        title if description.title.year => title::split(title),
        title => (title, None),
    };
    let mut title = clean::title(title);
    if !description.has_titles() {
        title = clean::title(&id.title()).into_owned();
    }
    if title.text.is_empty() {
        return Err(Reason::MissingTitle);
    }
    let genres = title::genres(fields.genres.unwrap_or_default(), &description.genres);
    adjusted.count(&title, &genres);
    let genres = genres.into_iter().map(|genre| genre.text.into_owned()).collect();
    let year = year.or_else(|| fields.year.and_then(title::year_of));
    let id = numbers.find_or_add(id).ok_or(Reason::BadMovieId)?;
    Ok((id, Movie { title: title.text.into_owned(), year, genres, imdb_id: None, tmdb_id: None }))
}

/// Writes the catalogue; committed by the caller.
pub(crate) async fn write(
    catalogue: &Catalogue,
    ids: &Ids,
    run: &Run,
) -> Result<TableWriter<SilverMovies>, LakehouseError> {
    let mut rows = silver_movies::Rows::default();
    for (movie_id, (movie, _)) in &catalogue.movies {
        rows.push(silver_movies::Row {
            movie_id: *movie_id,
            title: &movie.title,
            year: movie.year,
            genres: &movie.genres,
            imdb_id: movie.imdb_id.as_deref(),
            tmdb_id: movie.tmdb_id,
            key: ids.movies.key_of(*movie_id),
        });
    }
    let mut writer = run.write::<SilverMovies>().await?;
    writer.write(&rows.take()?).await?;
    Ok(writer)
}
