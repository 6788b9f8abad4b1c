//! Rows of Parquet files.

use std::fs::File;

use contract::description::{Column, DataFile, Genres};
use lakehouse::arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch, StringArray},
    compute::cast,
    datatypes::DataType,
    error::ArrowError,
};
use lakehouse::parquet::arrow::{
    ProjectionMask,
    arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder},
};

use super::{BATCH_ROWS, Reader, batch::BatchBuilder, listed, plain, shown, text::missing_column};
use crate::{error::IngestError, place::Place, table::Table};

pub(super) struct ParquetReader {
    batches: ParquetRecordBatchReader,
    /// The column of the file for each column of the table; `None` for one that the file does not have.
    places: Vec<Option<usize>>,
    genres: Genres,
    rows: u64,
}

impl ParquetReader {
    pub(super) fn open(
        table: Table,
        place: &Place,
        file: &DataFile,
        genres: &Genres,
        input: File,
    ) -> Result<Self, IngestError> {
        let failed = |source| IngestError::Parquet { file: place.source_file().to_owned(), source };
        let builder = ParquetRecordBatchReaderBuilder::try_new(input).map_err(failed)?;
        let names = names_of(&builder);
        let mut roots = Vec::new();
        for meaning in table.meanings() {
            let Some(Column::Name(wanted)) = file.columns.get(meaning) else {
                roots.push(None);
                continue;
            };
            let found = names.iter().position(|name| plain(name) == plain(wanted));
            let found =
                found.ok_or_else(|| missing_column(table, file, place, wanted, shown(&names.join(","))))?;
            roots.push(Some(found));
        }
        let wanted: Vec<usize> = roots.iter().flatten().copied().collect();
        let mask = ProjectionMask::roots(builder.parquet_schema(), wanted.iter().copied());
        let batches = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build().map_err(failed)?;
        // What is read has the chosen columns in the order of the file.
        let mut order = wanted;
        order.sort_unstable();
        order.dedup();
        let places = roots.into_iter().map(|root| order.binary_search(&root?).ok()).collect();
        Ok(Self { batches, places, genres: genres.clone(), rows: 0 })
    }

    fn push(&mut self, found: &RecordBatch, batch: &mut BatchBuilder) -> Result<(), ArrowError> {
        let text =
            |place: &Option<usize>| place.map(|place| texts(found.column(place), &self.genres)).transpose();
        let columns = self.places.iter().map(text).collect::<Result<Vec<_>, ArrowError>>()?;
        let columns: Vec<_> = columns.iter().map(Option::as_ref).collect();
        batch.push_columns(i64::try_from(self.rows + 1).unwrap_or(i64::MAX), &columns, found.num_rows());
        self.rows += found.num_rows() as u64;
        Ok(())
    }
}

impl Reader for ParquetReader {
    fn fill(&mut self, batch: &mut BatchBuilder, place: &Place) -> Result<(), IngestError> {
        let Some(found) = self.batches.next() else { return Ok(()) };
        let failed = |source| IngestError::ParquetRows { file: place.source_file().to_owned(), source };
        self.push(&found.map_err(failed)?, batch).map_err(failed)
    }

    fn bytes_read(&self) -> u64 {
        0
    }

    fn lines_read(&self) -> u64 {
        self.rows
    }
}

/// The names of a file's columns, and its first rows as texts; what cannot be one is empty.
pub(crate) fn first_rows(
    place: &Place,
    input: File,
    most: usize,
) -> Result<(Vec<String>, Vec<Vec<String>>), IngestError> {
    let failed = |source| IngestError::Parquet { file: place.source_file().to_owned(), source };
    let builder = ParquetRecordBatchReaderBuilder::try_new(input).map_err(failed)?;
    let names = names_of(&builder);
    let mut batches = builder.with_batch_size(most).with_limit(most).build().map_err(failed)?;
    let Some(batch) = batches.next() else { return Ok((names, Vec::new())) };
    let batch =
        batch.map_err(|source| IngestError::ParquetRows { file: place.source_file().to_owned(), source })?;
    let genres = Genres { json: true, ..Genres::default() };
    let columns: Vec<_> = batch.columns().iter().map(|column| texts(column, &genres).ok()).collect();
    let text = |column: &Option<StringArray>, row| {
        let value = column.as_ref().filter(|column| column.is_valid(row)).map(|column| column.value(row));
        value.unwrap_or_default().to_owned()
    };
    let rows = (0..batch.num_rows()).map(|row| columns.iter().map(|column| text(column, row)).collect());
    Ok((names, rows.collect()))
}

fn names_of(builder: &ParquetRecordBatchReaderBuilder<File>) -> Vec<String> {
    builder.schema().fields().iter().map(|field| field.name().clone()).collect()
}

/// The values of a column as the texts they would be in a table.
fn texts(column: &ArrayRef, genres: &Genres) -> Result<StringArray, ArrowError> {
    let column = match column.data_type() {
        DataType::LargeList(item) => cast(column, &DataType::List(item.clone()))?,
        _ => column.clone(),
    };
    let Some(lists) = column.as_list_opt::<i32>() else {
        return Ok(cast(&column, &DataType::Utf8)?.as_string::<i32>().clone());
    };
    let text = |words: Option<ArrayRef>| {
        let Some(words) = words else { return Ok(None) };
        let words = cast(&words, &DataType::Utf8)?;
        let words: Vec<&str> = words.as_string::<i32>().iter().flatten().collect();
        Ok(Some(listed(&words, genres)))
    };
    lists.iter().map(text).collect()
}
