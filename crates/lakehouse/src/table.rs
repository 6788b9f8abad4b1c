//! The contract of a table, and the macro that writes one down.

use deltalake::arrow::array::RecordBatch;
use deltalake::arrow::datatypes::SchemaRef;

use crate::LakehouseError;

/// What the commit of a run does to the rows of earlier runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Adds to them: the table is a record of all runs.
    Append,
    /// Replaces them: the table is what the newest run made; older versions stay readable.
    Overwrite,
}

/// A table of the lake: its path below the root and its columns.
pub trait Table: Send + Sync + 'static {
    /// Path below the lake root, which is also the table's name.
    const NAME: &'static str;
    /// What a run's rows do to the rows of earlier runs.
    const MODE: Mode;
    /// Collects rows into record batches.
    type Rows: Default;

    /// The columns in order, with their types.
    fn schema() -> SchemaRef;

    /// The names of all columns, in order.
    fn columns() -> Vec<&'static str>;

    /// A batch of ready columns, in the order of [`Table::schema`].
    ///
    /// # Errors
    /// [`LakehouseError::Batch`] when number, types or lengths do not fit.
    fn batch(columns: Vec<deltalake::arrow::array::ArrayRef>) -> Result<RecordBatch, LakehouseError> {
        RecordBatch::try_new(Self::schema(), columns)
            .map_err(|source| LakehouseError::Batch { table: Self::NAME, source })
    }
}

/// Writes down one table: the contract type, a typed handle per column, `Row` and `Rows`.
///
/// In the module where it is used this defines
/// - `$table`, the type that implements [`Table`];
/// - an upper-case [`Column`](crate::Column) constant per column, named in the list;
/// - `Row`, one row by value, and `Rows`, the builder of record batches from rows.
macro_rules! table {
    ($table:ident, $path:literal, $mode:ident, { $($(#[$doc:meta])* $handle:ident $column:ident : $kind:ty),+ $(,)? }) => {
        #[doc = concat!("The table `", $path, "`.")]
        #[derive(Debug, Clone, Copy)]
        pub struct $table;

        $($(#[$doc])* pub const $handle: $crate::Column<$kind> =
            $crate::Column::new($path, stringify!($column));)+

        impl $crate::Table for $table {
            const NAME: &'static str = $path;
            const MODE: $crate::Mode = $crate::Mode::$mode;
            type Rows = Rows;

            fn columns() -> Vec<&'static str> {
                vec![$($handle.name()),+]
            }

            fn schema() -> deltalake::arrow::datatypes::SchemaRef {
                std::sync::Arc::new(deltalake::arrow::datatypes::Schema::new(vec![$($handle.field()),+]))
            }
        }

        /// One row.
        #[derive(Debug)]
        pub struct Row<'a> {
            $($(#[$doc])* pub $column: <$kind as $crate::ColumnType>::Value<'a>,)+
        }

        /// Collects rows into a record batch.
        #[derive(Default)]
        pub struct Rows {
            length: usize,
            $($column: <$kind as $crate::ColumnType>::Builder,)+
        }

        impl Rows {
            /// Adds one row.
            pub fn push(&mut self, row: Row<'_>) {
                self.length += 1;
                $(<$kind as $crate::ColumnType>::append(&mut self.$column, row.$column);)+
            }

            /// The number of rows collected.
            pub fn len(&self) -> usize {
                self.length
            }

            /// Whether no row has been collected.
            pub fn is_empty(&self) -> bool {
                self.length == 0
            }

            /// Takes the collected rows as a record batch and begins anew.
            ///
            /// # Errors
            /// Never for rows added by [`Rows::push`]; typed for the caller's `?`.
            pub fn take(
                &mut self,
            ) -> Result<deltalake::arrow::array::RecordBatch, $crate::LakehouseError> {
                self.length = 0;
                <$table as $crate::Table>::batch(vec![
                    $(<$kind as $crate::ColumnType>::finish(&mut self.$column)),+
                ])
            }
        }

        impl std::fmt::Debug for Rows {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct("Rows").field("length", &self.length).finish()
            }
        }
    };
}
pub(crate) use table;
