//! How large a version of a table is.

use deltalake::DeltaTable;
use deltalake::DeltaTableError;
use deltalake::table::state::DeltaTableState;
use futures::TryStreamExt;

/// How large a version of a table is: what its log says of its live data files. Files of older versions, which lie in
/// the same folder until they are vacuumed, are not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    /// Rows.
    pub rows: u64,
    /// Data files.
    pub files: u64,
    /// Bytes of these files.
    pub bytes: u64,
}

impl Size {
    /// The size of a state of a table.
    pub(crate) async fn of(state: &DeltaTableState, table: &DeltaTable) -> Result<Self, DeltaTableError> {
        state
            .snapshot()
            .file_views(table.log_store().as_ref(), None)
            .try_fold(Self::default(), async |size, file| {
                Ok(Self {
                    rows: size.rows + file.num_records().unwrap_or(0) as u64,
                    files: size.files + 1,
                    bytes: size.bytes + u64::try_from(file.size()).unwrap_or(0),
                })
            })
            .await
    }
}
