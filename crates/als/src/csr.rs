//! A sparse matrix whose type says which side its rows are.

use std::marker::PhantomData;
use std::ops::Range;

use crate::index::Index;
use crate::values::Values;

/// A compressed sparse row matrix of ratings, columns ascending within a row. A rating takes the 4 bytes of its column and
/// those of its number in [`Values`]: 5 in all for stars, at most 6 for up to 65,536 different numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Csr<Row, Col> {
    offsets: Vec<usize>,
    columns: Vec<Col>,
    values: Values,
    row: PhantomData<Row>,
}

impl<Row: Index, Col: Index> Csr<Row, Col> {
    /// Takes the three arrays as they are: the caller has checked offsets, lengths and indices.
    pub(crate) fn from_raw(offsets: Vec<usize>, columns: Vec<Col>, values: Values) -> Self {
        debug_assert_eq!(columns.len(), values.len());
        debug_assert_eq!(offsets.last(), Some(&values.len()));
        Self { offsets, columns, values, row: PhantomData }
    }

    /// The same entries with rows and columns exchanged, each row of the result ascending: a counting sort.
    pub(crate) fn transpose(&self, columns: usize) -> Csr<Col, Row> {
        let mut offsets = vec![0; columns + 1];
        for column in &self.columns {
            offsets[column.position() + 1] += 1;
        }
        for column in 0..columns {
            offsets[column + 1] += offsets[column];
        }
        let mut next = offsets.clone();
        let mut rows = vec![Row::new(0); self.len()];
        let mut row = 0;
        let values = self.values.reordered(|entry| {
            while self.offsets[row as usize + 1] <= entry {
                row += 1;
            }
            let next = &mut next[self.columns[entry].position()];
            let place = *next;
            *next += 1;
            rows[place] = Row::new(row);
            place
        });
        Csr::from_raw(offsets, rows, values)
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

    /// The columns of a row and the values beside them, for which there may have to be `room`.
    pub(crate) fn row_at<'a>(&'a self, row: usize, room: &'a mut Vec<f32>) -> (&'a [Col], &'a [f32]) {
        (self.columns_at(row), self.values.decoded(self.span(row), room))
    }

    /// The columns of a row and of all that follow it.
    pub(crate) fn columns_from(&self, row: usize) -> &[Col] {
        &self.columns[self.offsets[row]..]
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
