//! Columns that a table gains.
//!
//! A contract may grow by nullable columns at its end. A table from before is read as if they were there and null, and
//! the first commit to it adds them to its schema: its files stay as they are, which every Delta reader understands.

use deltalake::arrow::array::{RecordBatch, new_null_array};
use deltalake::arrow::datatypes::{Fields, Schema, SchemaRef};
use deltalake::kernel::engine::arrow_conversion::{TryIntoArrow, TryIntoKernel};
use deltalake::kernel::{Action, MetadataExt, StructType};
use deltalake::table::state::DeltaTableState;
use deltalake::{DeltaResult, DeltaTableError};

use crate::TableSpec;

/// The columns that a table has.
pub(crate) fn found(snapshot: &DeltaTableState) -> DeltaResult<Schema> {
    snapshot.schema().as_ref().try_into_arrow().map_err(DeltaTableError::from)
}

/// Names and types, for people.
pub(crate) fn describe(fields: &Fields) -> String {
    let columns: Vec<_> = fields.iter().map(|f| format!("{} {}", f.name(), f.data_type())).collect();
    columns.join(", ")
}

/// Whether a table has the columns of a contract, but perhaps for nullable ones at the end.
pub(crate) fn is_readable_as(found: &Schema, contract: &Schema) -> bool {
    let known = found.fields().len();
    if known > contract.fields().len() {
        return false;
    }
    let (old, new) = contract.fields().split_at(known);
    describe(found.fields()) == describe(&old.iter().cloned().collect())
        && new.iter().all(|f| f.is_nullable())
}

/// What a commit must add so that the table has all columns of its contract, if there is anything.
pub(crate) fn growth(snapshot: &DeltaTableState, spec: &TableSpec) -> DeltaResult<Option<Action>> {
    let contract = spec.schema();
    if found(snapshot)?.fields().len() == contract.fields().len() {
        return Ok(None);
    }
    let schema: StructType = contract.as_ref().try_into_kernel()?;
    Ok(Some(Action::Metadata(snapshot.metadata().clone().with_schema(&schema)?)))
}

/// Adds to a batch, as nulls, the wanted columns that its file is too old to have.
pub(crate) fn fill(
    batch: RecordBatch,
    contract: &SchemaRef,
    wanted: &[&'static str],
) -> DeltaResult<RecordBatch> {
    let is_absent = |name: &str| wanted.contains(&name) && batch.column_by_name(name).is_none();
    let nullable = contract.fields().iter().filter(|field| field.is_nullable());
    let absent: Vec<_> = nullable.filter(|field| is_absent(field.name())).cloned().collect();
    if absent.is_empty() {
        return Ok(batch);
    }
    let nulls = absent.iter().map(|field| new_null_array(field.data_type(), batch.num_rows()));
    let columns = batch.columns().iter().cloned().chain(nulls).collect();
    let fields: Vec<_> = batch.schema().fields().iter().cloned().chain(absent.iter().cloned()).collect();
    Ok(RecordBatch::try_new(Schema::new(fields).into(), columns)?)
}
