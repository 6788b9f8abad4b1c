//! The bronze tables of a run, written side by side and committed together.

use lakehouse::arrow::array::ArrayRef;
use lakehouse::tables::{BronzeFeedback, BronzeLinks, BronzeMovies, BronzeRatings, BronzeTags};
use lakehouse::{Committed, Lake, LakehouseError, Provenance, TableWriter};
use store::Store;
use task::{Report, Written};

use crate::{feedback, rows::Batch, table::Table};

/// The report of an earlier attempt that committed everything.
pub(crate) async fn already_done(lake: &Lake, run_id: &str) -> anyhow::Result<Option<Report>> {
    let mut report = Report::of_run(run_id);
    for committed in [
        lake.committed::<BronzeMovies>(run_id).await?,
        lake.committed::<BronzeTags>(run_id).await?,
        lake.committed::<BronzeLinks>(run_id).await?,
        lake.committed::<BronzeFeedback>(run_id).await?,
        lake.committed::<BronzeRatings>(run_id).await?,
    ] {
        let Some(committed) = committed else { return Ok(None) };
        add(&mut report, committed);
    }
    Ok(Some(report))
}

fn add(report: &mut Report, committed: Committed) {
    let Committed { table, version, rows, size, already } = committed;
    report.table(Written { table, version, rows, files: size.files, bytes: size.bytes, already });
}

/// The writers of the bronze tables.
pub(crate) struct Bronze {
    ratings: TableWriter<BronzeRatings>,
    movies: TableWriter<BronzeMovies>,
    tags: TableWriter<BronzeTags>,
    links: TableWriter<BronzeLinks>,
    feedback: TableWriter<BronzeFeedback>,
}

impl Bronze {
    /// Opens the tables. The feedback is written here: a database that does not answer is met before the long work.
    pub(crate) async fn begin(lake: &Lake, by: &Provenance, store: Option<&Store>) -> anyhow::Result<Self> {
        Ok(Self {
            feedback: feedback::write_new(lake, by, store).await?,
            ratings: lake.write(by).await?,
            movies: lake.write(by).await?,
            tags: lake.write(by).await?,
            links: lake.write(by).await?,
        })
    }

    /// Adds rows of a file.
    pub(crate) async fn write(&mut self, batch: Batch) -> Result<(), LakehouseError> {
        match batch.table {
            Table::Ratings => write(&mut self.ratings, batch.columns).await,
            Table::Movies => write(&mut self.movies, batch.columns).await,
            Table::Tags => write(&mut self.tags, batch.columns).await,
            Table::Links => write(&mut self.links, batch.columns).await,
        }
    }

    /// The ratings come last: their version means that the other tables are there.
    pub(crate) async fn commit(self, run_id: &str) -> anyhow::Result<Report> {
        let mut report = Report::of_run(run_id);
        add(&mut report, self.movies.commit().await?);
        add(&mut report, self.tags.commit().await?);
        add(&mut report, self.links.commit().await?);
        add(&mut report, self.feedback.commit().await?);
        add(&mut report, self.ratings.commit().await?);
        Ok(report)
    }
}

async fn write<T: lakehouse::Table>(
    writer: &mut TableWriter<T>,
    columns: Vec<ArrayRef>,
) -> Result<(), LakehouseError> {
    writer.write(&T::batch(columns)?).await
}
