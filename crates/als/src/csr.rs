//! A sparse matrix whose type says which side its rows are.

use std::marker::PhantomData;
use std::ops::Range;

use crate::array::Array;
use crate::error::AlsError;
use crate::index::Index;
use crate::values::Values;

/// A compressed sparse row matrix of ratings, columns ascending within a row. A rating takes the 4 bytes of its column and
/// those of its number in [`Values`]: 5 in all for stars, at most 6 for up to 65,536 different numbers.
#[derive(Debug, PartialEq)]
pub struct Csr<Row, Col: Index> {
    offsets: Vec<usize>,
    columns: Array<Col>,
    values: Values,
    row: PhantomData<Row>,
}

impl<Row: Index, Col: Index> Csr<Row, Col> {
    /// Takes the three arrays as they are: the caller has checked offsets, lengths and indices.
    pub(crate) fn from_raw(offsets: Vec<usize>, columns: Array<Col>, values: Values) -> Self {
        debug_assert_eq!(columns.len(), values.len());
        debug_assert_eq!(offsets.last(), Some(&values.len()));
        Self { offsets, columns, values, row: PhantomData }
    }

    /// The entries of some rows with rows and columns exchanged, each row of the result ascending: a counting sort.
    pub(crate) fn transpose(&self, rows: Range<usize>, columns: usize) -> Result<Csr<Col, Row>, AlsError> {
        let mut offsets = self.count_columns(rows.clone(), columns);
        let mut total = 0;
        for offset in &mut offsets {
            (*offset, total) = (total, total + *offset);
        }
        offsets.push(total);
        let mut next = offsets.clone();
        let mut transposed = self.values.memory().zeros(total)?;
        let (target, source): (&mut [Row], &[Col]) = (&mut transposed, &self.columns);
        let mut row = rows.start;
        let places = self.offsets[rows.start]..self.offsets[rows.end];
        let values = self.values.reordered(places, |entry| {
            while self.offsets[row + 1] <= entry {
                row += 1;
            }
            let next = &mut next[source[entry].position()];
            let place = *next;
            *next += 1;
            target[place] = Row::at(row);
            place
        })?;
        Ok(Csr::from_raw(offsets, transposed, values))
    }

    /// How many entries some rows have in each of so many columns.
    pub(crate) fn count_columns(&self, rows: Range<usize>, columns: usize) -> Vec<usize> {
        let mut counts = vec![0; columns];
        for column in &self.columns[self.offsets[rows.start]..self.offsets[rows.end]] {
            counts[column.position()] += 1;
        }
        counts
    }

    /// Puts the columns of each row in ascending order, on the threads of the current rayon pool.
    pub(crate) fn sort_rows(&mut self) {
        self.values.sort_rows_by(&self.offsets, &mut self.columns);
    }

    /// Where each row begins, and the last one ends.
    pub(crate) fn offsets(&self) -> &[usize] {
        &self.offsets
    }

    /// How many rows there are, empty ones included.
    pub(crate) fn rows(&self) -> usize {
        self.offsets.len() - 1
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// The columns of a row, ascending, and the values beside them.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn row(&self, row: Row) -> (&[Col], impl ExactSizeIterator<Item = f32> + Clone + '_) {
        let span = self.span(row.position());
        (&self.columns[span.clone()], self.values.range(span))
    }

    /// Every value, row by row.
    pub(crate) fn values(&self) -> impl Iterator<Item = f32> + '_ {
        self.values.range(0..self.len())
    }

    /// The columns of a row, ascending.
    pub(crate) fn columns_at(&self, row: usize) -> &[Col] {
        &self.columns[self.span(row)]
    }

    /// Adds the values of a row at the end of `room`.
    pub(crate) fn decode_row(&self, row: usize, room: &mut Vec<f32>) {
        self.values.decode(self.span(row), room);
    }

    /// The columns of the rows after a row.
    pub(crate) fn columns_after(&self, row: usize) -> &[Col] {
        &self.columns[self.offsets[row + 1]..]
    }

    /// Every entry, row by row.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (Row, Col, f32)> + Clone + '_ {
        (0..).map(Row::new).take(self.rows()).flat_map(move |row| {
            let (columns, values) = self.row(row);
            columns.iter().zip(values).map(move |(&column, value)| (row, column, value))
        })
    }

    fn span(&self, row: usize) -> Range<usize> {
        self.offsets[row]..self.offsets[row + 1]
    }
}
