//! The contract of a table, and the macro that writes one down.

use std::sync::Arc;

use deltalake::arrow::array::{ArrayRef, RecordBatch};
use deltalake::arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};

use crate::LakehouseError;

/// What the commit of a run does to the rows of earlier runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Adds to them: the table is a record of all runs.
    Append,
    /// Replaces them: the table is what the newest run made; older versions stay readable.
    Overwrite,
}

/// One column of a [`TableSpec`].
#[derive(Debug, Clone, Copy)]
pub struct ColumnSpec {
    /// Name in the table.
    pub name: &'static str,
    /// Makes the Arrow type.
    pub data_type: fn() -> DataType,
    /// Whether nulls may occur.
    pub nullable: bool,
}

/// A table's contract as a value, for code that is the same whatever the table.
#[derive(Debug, Clone, Copy)]
pub struct TableSpec {
    /// Path below the lake root, which is also the table's name.
    pub name: &'static str,
    /// What a run's rows do to the rows of earlier runs.
    pub mode: Mode,
    /// The columns in order.
    pub columns: &'static [ColumnSpec],
}

impl TableSpec {
    /// The columns as Arrow's schema.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        let field = |column: &ColumnSpec| Field::new(column.name, (column.data_type)(), column.nullable);
        Arc::new(Schema::new(self.columns.iter().map(field).collect::<Fields>()))
    }

    /// A batch of ready columns, in the order of the contract.
    ///
    /// # Errors
    /// [`LakehouseError::Batch`] when number, types or lengths do not fit.
    pub fn batch(&self, columns: Vec<ArrayRef>) -> Result<RecordBatch, LakehouseError> {
        RecordBatch::try_new(self.schema(), columns)
            .map_err(|source| LakehouseError::Batch { table: self.name, source })
    }
}

/// A table of the lake as a type, so that the compiler tells one table's readers and writers from another's.
pub trait Table: Send + Sync + 'static {
    /// The contract.
    const SPEC: &'static TableSpec;
    /// Path below the lake root, which is also the table's name.
    const NAME: &'static str = Self::SPEC.name;
    /// Collects rows into record batches.
    type Rows: Default;

    /// The columns in order, with their types.
    #[must_use]
    fn schema() -> SchemaRef {
        Self::SPEC.schema()
    }

    /// The names of all columns, in order.
    #[must_use]
    fn columns() -> Vec<&'static str> {
        Self::SPEC.columns.iter().map(|column| column.name).collect()
    }

    /// As [`TableSpec::batch`].
    fn batch(columns: Vec<ArrayRef>) -> Result<RecordBatch, LakehouseError> {
        Self::SPEC.batch(columns)
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
            const SPEC: &'static $crate::TableSpec = &$crate::TableSpec {
                name: $path,
                mode: $crate::Mode::$mode,
                columns: &[$($handle.spec()),+],
            };
            type Rows = Rows;
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
                <$table as $crate::Table>::SPEC.batch(vec![
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
