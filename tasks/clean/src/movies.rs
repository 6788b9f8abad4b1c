//! Movies: the catalogue that ratings and links are checked against.

use std::collections::BTreeMap;

use lakehouse::arrow::array::{Array, StringArray};
use lakehouse::tables::{BronzeMovies, SilverMovies, bronze_movies as bronze, silver_movies};
use lakehouse::{LakehouseError, Snapshot, Table, TableWriter};
use task::Run;

use crate::quarantine::{Origin, Quarantine, raw_text};
use crate::{Reading, Reason, fields, title};

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

/// All movies by id, in order.
#[derive(Debug, Default)]
pub(crate) struct Catalogue(BTreeMap<i64, (Movie, Source)>);

impl Catalogue {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = i64> {
        self.0.keys().copied()
    }

    pub(crate) fn get_mut(&mut self, id: i64) -> Option<&mut Movie> {
        self.0.get_mut(&id).map(|(movie, _)| movie)
    }
}

/// A field of a text column, `None` for null.
pub(crate) fn text(array: &StringArray, row: usize) -> Option<&str> {
    array.is_valid(row).then(|| array.value(row))
}

/// Reads the movies of a run; of several rows of one movie the last wins.
pub(crate) async fn read(
    movies: &Snapshot<BronzeMovies>,
    quarantine: &mut Quarantine,
) -> anyhow::Result<Catalogue> {
    let columns = [
        bronze::MOVIE_ID.name(),
        bronze::TITLE.name(),
        bronze::GENRES.name(),
        bronze::RAW.name(),
        bronze::SOURCE_LINE.name(),
        bronze::SOURCE_FILE.name(),
    ];
    let mut catalogue = Catalogue::default();
    let mut batches = movies.read(&columns).await?;
    while let Some(batch) = batches.next().await.reading::<BronzeMovies>()? {
        let (ids, titles, genres) =
            (bronze::MOVIE_ID.of(&batch)?, bronze::TITLE.of(&batch)?, bronze::GENRES.of(&batch)?);
        let (raws, lines, files) =
            (bronze::RAW.of(&batch)?, bronze::SOURCE_LINE.of(&batch)?, bronze::SOURCE_FILE.of(&batch)?);
        for row in 0..batch.num_rows() {
            let (id, title, genres) = (text(ids, row), text(titles, row), text(genres, row));
            let source = Source {
                file: files.value(row).to_owned(),
                line: lines.value(row),
                raw: raw_text(text(raws, row), &[id, title, genres]),
            };
            let (rejected, reason) = match parse(id, title, genres, raws.is_valid(row)) {
                Err(reason) => (source, reason),
                Ok((id, movie)) => match catalogue.0.insert(id, (movie, source)) {
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

fn parse(
    id: Option<&str>,
    full_title: Option<&str>,
    genres: Option<&str>,
    malformed: bool,
) -> Result<(i64, Movie), Reason> {
    if malformed {
        return Err(Reason::MalformedLine);
    }
    let id = fields::id(id, Reason::BadMovieId)?;
    let (title, year) = title::split(full_title.unwrap_or_default());
    if title.is_empty() {
        return Err(Reason::MissingTitle);
    }
    let genres = title::genres(genres.unwrap_or_default());
    Ok((id, Movie { title: title.to_owned(), year, genres, imdb_id: None, tmdb_id: None }))
}

/// Writes the catalogue; committed by the caller.
pub(crate) async fn write(
    catalogue: &Catalogue,
    run: &Run,
) -> Result<TableWriter<SilverMovies>, LakehouseError> {
    let mut rows = silver_movies::Rows::default();
    for (movie_id, (movie, _)) in &catalogue.0 {
        rows.push(silver_movies::Row {
            movie_id: *movie_id,
            title: &movie.title,
            year: movie.year,
            genres: &movie.genres,
            imdb_id: movie.imdb_id.as_deref(),
            tmdb_id: movie.tmdb_id,
        });
    }
    let mut writer = run.write::<SilverMovies>().await?;
    writer.write(&rows.take()?).await?;
    Ok(writer)
}
