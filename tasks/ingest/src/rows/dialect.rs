//! How the fields of a line are told apart.

use contract::description::{Column, DataFile};

/// Separators and quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// One byte, or several, in which case nothing is quoted.
    pub(super) separator: Vec<u8>,
    pub(super) quote: Option<Quote>,
    /// The last field goes on to the end of the line.
    pub(super) most_fields: usize,
}

impl Dialect {
    pub(super) fn of(file: &DataFile) -> Self {
        let separator = file.separator.as_bytes().to_vec();
        let escape = file.escape.bytes().next();
        let quote = file.quote.bytes().next().filter(|_| separator.len() == 1);
        let quote = quote.map(|byte| Quote { byte, escape });
        let most_fields = if file.rest { last_place(file) } else { usize::MAX };
        Self { separator, quote, most_fields }
    }
}

/// What stands around fields, and how it is written inside of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quote {
    pub(super) byte: u8,
    /// What stands before one inside of a field; without it, quotes are doubled. Never the quote or the separator.
    pub(super) escape: Option<u8>,
}

impl Quote {
    pub(super) const USUAL: Self = Self { byte: b'"', escape: None };

    /// What is written between quotes as it is meant. Behind an escape a quote and another escape stand for themselves;
    /// before anything else an escape is text, as in a path of Windows.
    pub(super) fn meant(self, written: &str) -> String {
        let quote = char::from(self.byte);
        let Some(escape) = self.escape.map(char::from) else {
            return written.replace(&format!("{quote}{quote}"), &quote.to_string());
        };
        let mut meant = String::with_capacity(written.len());
        let mut letters = written.chars();
        while let Some(letter) = letters.next() {
            let next = if letter == escape { letters.next() } else { None };
            if next.is_none_or(|next| next != quote && next != escape) {
                meant.push(letter);
            }
            meant.extend(next);
        }
        meant
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
