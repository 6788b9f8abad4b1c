//! `silver/rejected`: rows that did not reach silver, each with its reason.

use std::collections::BTreeMap;

use lakehouse::tables::{SilverRejected, silver_rejected};
use lakehouse::{LakehouseError, TableWriter};
use task::Run;

use crate::Reason;

/// Rows buffered before they are written.
const BATCH_ROWS: usize = 8_192;

/// Where a row came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub(crate) table: &'static str,
    pub(crate) file: &'a str,
    pub(crate) line: i64,
}

/// Collects the rejected rows of all tables and counts them.
pub(crate) struct Quarantine {
    writer: TableWriter<SilverRejected>,
    rows: silver_rejected::Rows,
    lost: BTreeMap<(&'static str, Reason), Lost>,
}

/// The rows of one table that were rejected for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lost {
    pub(crate) rows: u64,
    /// Where the first of them stands.
    pub(crate) file: String,
    pub(crate) line: i64,
    /// Its beginning.
    pub(crate) raw: String,
}

/// Letters of a row that a message shows.
const SHOWN: usize = 120;

impl Quarantine {
    pub(crate) async fn begin(run: &Run) -> Result<Self, LakehouseError> {
        let writer = run.write::<SilverRejected>().await?;
        Ok(Self { writer, rows: silver_rejected::Rows::default(), lost: BTreeMap::new() })
    }

    pub(crate) async fn reject(
        &mut self,
        origin: Origin<'_>,
        raw: &str,
        reason: Reason,
    ) -> Result<(), LakehouseError> {
        self.rows.push(silver_rejected::Row {
            table: origin.table,
            source_file: origin.file,
            source_line: origin.line,
            raw,
            reason: reason.code(),
        });
        let lost = self.lost.entry((origin.table, reason)).or_insert_with(|| Lost {
            rows: 0,
            file: origin.file.to_owned(),
            line: origin.line,
            raw: raw.chars().take(SHOWN).flat_map(char::escape_debug).collect(),
        });
        lost.rows += 1;
        if self.rows.len() >= BATCH_ROWS {
            self.writer.write(&self.rows.take()?).await?;
        }
        Ok(())
    }

    /// Rejected rows of one bronze table.
    pub(crate) fn rows_of(&self, table: &str) -> u64 {
        self.lost_of(table).map(|(_, lost)| lost.rows).sum()
    }

    /// What one bronze table lost, by reason.
    pub(crate) fn lost_of(&self, table: &str) -> impl Iterator<Item = (Reason, &Lost)> {
        let of_table = self.lost.iter().filter(move |((name, _), _)| *name == table);
        of_table.map(|((_, reason), lost)| (*reason, lost))
    }

    /// Rows per `table.reason`, for example `ratings.bad_rating`.
    pub(crate) fn summary(&self) -> BTreeMap<String, u64> {
        let name = |table: &str| table.rsplit('/').next().unwrap_or_default().to_owned();
        self.lost
            .iter()
            .map(|((table, reason), lost)| (format!("{}.{}", name(table), reason.code()), lost.rows))
            .collect()
    }

    /// All rejected rows, to be committed by the caller.
    pub(crate) async fn into_writer(mut self) -> Result<TableWriter<SilverRejected>, LakehouseError> {
        if !self.rows.is_empty() {
            self.writer.write(&self.rows.take()?).await?;
        }
        Ok(self.writer)
    }
}

/// The line as it was where it is known, else its fields joined by commas.
pub(crate) fn raw_text(raw: Option<&str>, fields: &[Option<&str>]) -> String {
    match raw {
        Some(raw) => raw.to_owned(),
        None => fields.iter().map(|field| field.unwrap_or_default()).collect::<Vec<_>>().join(","),
    }
}
