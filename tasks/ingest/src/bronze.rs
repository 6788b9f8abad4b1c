//! The bronze tables of a run, written side by side and committed together.

use contract::Description;
use lakehouse::arrow::array::ArrayRef;
use lakehouse::tables::{
    BronzeFeedback, BronzeLinks, BronzeMovies, BronzeRatings, BronzeSource, BronzeTags, bronze_source,
};
use lakehouse::{LakehouseError, Table as _, TableWriter, UntypedWriter};
use store::Store;
use task::Run;

use crate::{feedback, repeats::Repeats, rows::Batch, table::Table};

/// The writers of the bronze tables.
pub(crate) struct Bronze {
    source: TableWriter<BronzeSource>,
    ratings: TableWriter<BronzeRatings>,
    movies: TableWriter<BronzeMovies>,
    tags: TableWriter<BronzeTags>,
    links: TableWriter<BronzeLinks>,
    feedback: TableWriter<BronzeFeedback>,
    /// Where the movies are those of the ratings.
    repeats: Option<Repeats>,
}

impl Bronze {
    /// Opens the tables. The feedback is written here: a database that does not answer is met before the long work.
    pub(crate) async fn begin(
        run: &Run,
        store: Option<&Store>,
        description: &Description,
    ) -> anyhow::Result<Self> {
        let mut source = run.write::<BronzeSource>().await?;
        source.write(&bronze_source::batch(description)?).await?;
        Ok(Self {
            source,
            feedback: feedback::write_new(run, store).await?,
            ratings: run.write().await?,
            movies: run.write().await?,
            tags: run.write().await?,
            links: run.write().await?,
            repeats: Repeats::of(description),
        })
    }

    /// Adds rows of a file.
    pub(crate) async fn write(&mut self, batch: Batch) -> Result<(), LakehouseError> {
        match batch.table {
            Table::Ratings => write(&mut self.ratings, batch.columns).await,
            Table::Movies => {
                let columns = match &mut self.repeats {
                    None => batch.columns,
                    Some(repeats) => repeats
                        .left_out_of(&batch.columns)
                        .map_err(|source| LakehouseError::Batch { table: BronzeMovies::NAME, source })?,
                };
                write(&mut self.movies, columns).await
            }
            Table::Tags => write(&mut self.tags, batch.columns).await,
            Table::Links => write(&mut self.links, batch.columns).await,
        }
    }

    pub(crate) fn into_writers(self) -> Vec<UntypedWriter> {
        let Self { source, ratings, movies, tags, links, feedback, repeats: _ } = self;
        vec![
            source.untyped(),
            movies.untyped(),
            tags.untyped(),
            links.untyped(),
            feedback.untyped(),
            ratings.untyped(),
        ]
    }
}

async fn write<T: lakehouse::Table>(
    writer: &mut TableWriter<T>,
    columns: Vec<ArrayRef>,
) -> Result<(), LakehouseError> {
    if columns.iter().all(|column| column.is_empty()) {
        return Ok(());
    }
    writer.write(&T::batch(columns)?).await
}
