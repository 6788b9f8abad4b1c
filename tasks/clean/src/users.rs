//! Users: one row for each who has ratings in silver.

use lakehouse::tables::{SilverUsers, silver_users};
use lakehouse::{LakehouseError, TableWriter};
use task::Run;

use crate::ids::Numbers;

/// Collects users while their ratings pass, all of one user one after the other.
pub(crate) struct Users<'a> {
    ids: &'a Numbers,
    writer: TableWriter<SilverUsers>,
    rows: silver_users::Rows,
    last: Option<i64>,
}

impl<'a> Users<'a> {
    pub(crate) async fn begin(run: &Run, ids: &'a Numbers) -> Result<Self, LakehouseError> {
        Ok(Self { ids, writer: run.write().await?, rows: silver_users::Rows::default(), last: None })
    }

    /// Adds the user of a rating, unless it is that of the rating before.
    pub(crate) fn add(&mut self, user_id: i64) {
        if self.last.replace(user_id) != Some(user_id) {
            self.rows.push(silver_users::Row { user_id, key: self.ids.key_of(user_id) });
        }
    }

    /// Writes what was collected.
    pub(crate) async fn flush(&mut self) -> Result<(), LakehouseError> {
        if self.rows.is_empty() { Ok(()) } else { self.writer.write(&self.rows.take()?).await }
    }

    /// All users, to be committed by the caller.
    pub(crate) fn into_writer(self) -> TableWriter<SilverUsers> {
        self.writer
    }
}
