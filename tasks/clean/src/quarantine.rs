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
    counts: BTreeMap<(&'static str, Reason), u64>,
}

impl Quarantine {
    pub(crate) async fn begin(run: &Run) -> Result<Self, LakehouseError> {
        let writer = run.write::<SilverRejected>().await?;
        Ok(Self { writer, rows: silver_rejected::Rows::default(), counts: BTreeMap::new() })
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
        *self.counts.entry((origin.table, reason)).or_default() += 1;
        if self.rows.len() >= BATCH_ROWS {
            self.writer.write(&self.rows.take()?).await?;
        }
        Ok(())
    }

    /// Rejected rows of one bronze table.
    pub(crate) fn rows_of(&self, table: &str) -> u64 {
        self.counts.iter().filter(|((name, _), _)| *name == table).map(|(_, rows)| rows).sum()
    }

    /// Rows per `table.reason`, for example `ratings.bad_rating`.
    pub(crate) fn summary(&self) -> BTreeMap<String, u64> {
        let name = |table: &str| table.rsplit('/').next().unwrap_or_default().to_owned();
        self.counts
            .iter()
            .map(|((table, reason), rows)| (format!("{}.{}", name(table), reason.code()), *rows))
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
