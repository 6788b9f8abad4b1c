//! Ratings: checked row by row while they stream, and spread over the partitions.

use std::path::Path;

use contract::Description;
use contract::description::Meaning;
use histories::ById;
use lakehouse::arrow::array::{Array, Int64Array, RecordBatch, StringArray};
use lakehouse::tables::{BronzeRatings, bronze_ratings as bronze};
use lakehouse::{Snapshot, Table};

use crate::fields::{Clock, Stars};
use crate::ids::Ids;
use crate::latest::Partitions;
use crate::movies::{Catalogue, text};
use crate::quarantine::{Origin, Quarantine, raw_text};
use crate::spelling::Spelling;
use crate::spill::{Rating, Spill};
use crate::{Reading, Reason};

/// Checks ratings and spreads the good ones over the partitions.
pub(crate) struct RatingsCleaner<'a> {
    pub(crate) ids: &'a mut Ids,
    pub(crate) movies: ById,
    pub(crate) clock: Clock,
    stars: Stars,
    pub(crate) spill: Spill,
    files: Vec<String>,
}

impl<'a> RatingsCleaner<'a> {
    /// With room in `folder` for the ratings and as many `events` of feedback.
    pub(crate) fn new(
        folder: &Path,
        description: &Description,
        ids: &'a mut Ids,
        catalogue: &Catalogue,
        bronze: &Snapshot<BronzeRatings>,
        events: u64,
    ) -> anyhow::Result<Self> {
        let ingested_at = bronze.committed_at().unwrap_or_else(|| chrono::Utc::now().timestamp_micros());
        let has = |meaning| description.files.ratings.columns.contains_key(&meaning);
        Ok(Self {
            ids,
            movies: ById::places(catalogue.ids()),
            clock: Clock::new(ingested_at, &description.time, has(Meaning::Time)),
            stars: Stars::new(&description.scale, has(Meaning::Rating)),
            spill: Spill::new(folder, bronze.rows() + events)?,
            files: Vec::new(),
        })
    }

    /// Streams the bronze rows once: each goes to its partition or to the quarantine.
    pub(crate) async fn add_ratings(
        &mut self,
        ratings: &Snapshot<BronzeRatings>,
        quarantine: &mut Quarantine,
    ) -> anyhow::Result<()> {
        let columns = [
            bronze::USER_ID.name(),
            bronze::MOVIE_ID.name(),
            bronze::RATING.name(),
            bronze::RATED_AT.name(),
            bronze::RAW.name(),
            bronze::SOURCE_LINE.name(),
            bronze::SOURCE_FILE.name(),
        ];
        let progress = task::Progress::items("clean ratings", Some(ratings.rows()));
        let mut batches = ratings.read(&columns).await?;
        while let Some(batch) = batches.next().await.reading::<BronzeRatings>()? {
            self.partition_batch(&Rows::of(&batch)?, quarantine).await?;
            progress.add(batch.num_rows() as u64);
        }
        Ok(())
    }

    /// Ends adding.
    pub(crate) fn into_partitions(self) -> anyhow::Result<Partitions> {
        Ok(Partitions::new(self.spill.into_partitions()?, self.files))
    }

    async fn partition_batch(&mut self, rows: &Rows<'_>, quarantine: &mut Quarantine) -> anyhow::Result<()> {
        let mut raw = String::new();
        for row in 0..rows.lines.len() {
            let fields = rows.fields(row);
            let (file, line) = (rows.files.value(row), rows.lines.value(row));
            match self.check(fields, rows.raws.is_valid(row)) {
                Ok(rating) => {
                    let spelling = Spelling::short(&rating, fields).unwrap_or_else(|| {
                        join(&mut raw, fields);
                        Spelling::Other(&raw)
                    });
                    let file = self.file_index(file)?;
                    self.spill.push(Rating { line, file, spelling, ..rating })?;
                }
                Err(reason) => {
                    let origin = Origin { table: BronzeRatings::NAME, file, line };
                    quarantine.reject(origin, &raw_text(text(rows.raws, row), &fields), reason).await?;
                }
            }
        }
        Ok(())
    }

    fn check(
        &mut self,
        [user, movie, rating, time]: [Option<&str>; 4],
        malformed: bool,
    ) -> Result<Rating<'static>, Reason> {
        if malformed {
            return Err(Reason::MalformedLine);
        }
        let user = self.ids.users.read(user).ok_or(Reason::BadUserId)?;
        let movie = self.ids.movies.read(movie).ok_or(Reason::BadMovieId)?;
        let half_stars = self.stars.half_stars(rating)?;
        let rated_at = self.clock.timestamp(time)?;
        let movie_id = self.ids.movies.find(movie).filter(|&movie_id| self.movies.get(movie_id).is_some());
        let movie_id = movie_id.ok_or(Reason::UnknownMovie)?;
        // Last: what is rejected for another reason gets no number.
        let user_id = self.ids.users.find_or_add(user).ok_or(Reason::BadUserId)?;
        Ok(Rating { user_id, movie_id, rated_at, half_stars, line: 0, file: 0, spelling: Spelling::Usual })
    }

    /// The index of a source file. There are few, and rows of one file stand together.
    fn file_index(&mut self, file: &str) -> anyhow::Result<u16> {
        let known = self.files.iter().rposition(|known| known == file);
        let index = known.unwrap_or_else(|| {
            self.files.push(file.to_owned());
            self.files.len() - 1
        });
        Ok(u16::try_from(index)?)
    }
}

/// The columns of a batch of `bronze/ratings`.
struct Rows<'a> {
    fields: [&'a StringArray; 4],
    raws: &'a StringArray,
    lines: &'a Int64Array,
    files: &'a StringArray,
}

impl<'a> Rows<'a> {
    fn of(batch: &'a RecordBatch) -> Result<Self, lakehouse::LakehouseError> {
        Ok(Self {
            fields: [
                bronze::USER_ID.of(batch)?,
                bronze::MOVIE_ID.of(batch)?,
                bronze::RATING.of(batch)?,
                bronze::RATED_AT.of(batch)?,
            ],
            raws: bronze::RAW.of(batch)?,
            lines: bronze::SOURCE_LINE.of(batch)?,
            files: bronze::SOURCE_FILE.of(batch)?,
        })
    }

    fn fields(&self, row: usize) -> [Option<&'a str>; 4] {
        self.fields.map(|field| text(field, row))
    }
}

/// The fields joined by commas, without an allocation per row.
fn join(raw: &mut String, fields: [Option<&str>; 4]) {
    raw.clear();
    for (position, field) in fields.into_iter().enumerate() {
        if position > 0 {
            raw.push(',');
        }
        raw.push_str(field.unwrap_or_default());
    }
}
