//! Links: ids of the movies elsewhere, added to the catalogue.

use contract::clean;
use lakehouse::arrow::array::Array;
use lakehouse::tables::{BronzeLinks, bronze_links as bronze};
use lakehouse::{Snapshot, Table};

use crate::ids::Numbers;
use crate::movies::{Catalogue, text};
use crate::quarantine::{Origin, Quarantine, raw_text};
use crate::{Reading, Reason};

/// Adds the links of a run to the movies they name. A link of a movie that is not there is rejected.
pub(crate) async fn read(
    links: &Snapshot<BronzeLinks>,
    numbers: &Numbers,
    catalogue: &mut Catalogue,
    quarantine: &mut Quarantine,
) -> anyhow::Result<()> {
    let columns = [
        bronze::MOVIE_ID.name(),
        bronze::IMDB_ID.name(),
        bronze::TMDB_ID.name(),
        bronze::RAW.name(),
        bronze::SOURCE_LINE.name(),
        bronze::SOURCE_FILE.name(),
    ];
    let mut batches = links.read(&columns).await?;
    while let Some(batch) = batches.next().await.reading::<BronzeLinks>()? {
        let (ids, imdb_ids, tmdb_ids) =
            (bronze::MOVIE_ID.of(&batch)?, bronze::IMDB_ID.of(&batch)?, bronze::TMDB_ID.of(&batch)?);
        let (raws, lines, files) =
            (bronze::RAW.of(&batch)?, bronze::SOURCE_LINE.of(&batch)?, bronze::SOURCE_FILE.of(&batch)?);
        for row in 0..batch.num_rows() {
            let link = [text(ids, row), text(imdb_ids, row), text(tmdb_ids, row)];
            if let Err(reason) = add(link, raws.is_valid(row), numbers, catalogue) {
                let origin =
                    Origin { table: BronzeLinks::NAME, file: files.value(row), line: lines.value(row) };
                quarantine.reject(origin, &raw_text(text(raws, row), &link), reason).await?;
            }
        }
    }
    Ok(())
}

/// Adds one link. Each id elsewhere may be missing; a wrong one counts as missing.
fn add(
    [id, imdb_id, tmdb_id]: [Option<&str>; 3],
    malformed: bool,
    numbers: &Numbers,
    catalogue: &mut Catalogue,
) -> Result<(), Reason> {
    if malformed {
        return Err(Reason::MalformedLine);
    }
    let id = numbers.read(id).ok_or(Reason::BadMovieId)?;
    let movie = numbers.find(id).and_then(|id| catalogue.get_mut(id)).ok_or(Reason::UnknownMovie)?;
    let imdb_id =
        imdb_id.map(str::trim).filter(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()));
    movie.imdb_id = imdb_id.map(str::to_owned);
    movie.tmdb_id = tmdb_id.and_then(clean::id);
    Ok(())
}
