//! How the fields of a line are told apart.

use contract::description::{Column, DataFile};

/// Separators and quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// One byte, or several, in which case nothing is quoted.
    pub(super) separator: Vec<u8>,
    pub(super) quote: Option<u8>,
    /// The last field goes on to the end of the line.
    pub(super) most_fields: usize,
}

impl Dialect {
    pub(super) fn of(file: &DataFile) -> Self {
        let separator = file.separator.as_bytes().to_vec();
        let quote = file.quote.bytes().next().filter(|_| separator.len() == 1);
        let most_fields = if file.rest { last_place(file) } else { usize::MAX };
        Self { separator, quote, most_fields }
    }
}

/// The greatest place that a column has, 0 if they have names.
pub(super) fn last_place(file: &DataFile) -> usize {
    let place = |column: &Column| match column {
        Column::Place(place) => *place,
        Column::Name(_) => 0,
    };
    file.columns.values().map(place).max().unwrap_or_default()
}
