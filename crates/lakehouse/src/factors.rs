//! The four tables of factors, which differ only in whose factors they hold.

use std::sync::Arc;

use deltalake::arrow::array::{Array, Float32Array, Int64Array, RecordBatch};

use crate::read::UntypedSnapshot;
use crate::tables::{GoldMovieFactors, GoldServedMovieFactors, GoldServedUserFactors, GoldUserFactors};
use crate::tables::{
    gold_movie_factors, gold_served_movie_factors, gold_served_user_factors, gold_user_factors,
};
use crate::{
    Column, ColumnType, FloatList, Lake, LakeFuture, LakeTable, LakehouseError, Provenance, Snapshot, Table,
    TableSpec, TableWriter, UntypedWriter,
};

/// Rows per batch that is written.
const BATCH_ROWS: usize = 4_096;

/// Factors with the outside ids they belong to: row `i` is `values[i * rank..][..rank]`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FactorRows {
    /// Outside ids.
    pub ids: Vec<i64>,
    /// Numbers per factor.
    pub rank: usize,
    /// All factors, row by row.
    pub values: Vec<f32>,
    /// A bias per row.
    pub biases: Vec<f32>,
}

/// A table whose columns are an id, a factor and a bias.
pub trait FactorTable: Table {
    /// The column of outside ids.
    const ID: Column<i64>;
    /// The column of factors.
    const FACTOR: Column<FloatList>;
    /// The column of biases.
    const BIAS: Column<f32>;
}

macro_rules! factor_table {
    ($table:ident, $module:ident, $id:ident) => {
        impl FactorTable for $table {
            const ID: Column<i64> = $module::$id;
            const FACTOR: Column<FloatList> = $module::FACTOR;
            const BIAS: Column<f32> = $module::BIAS;
        }
    };
}

factor_table!(GoldUserFactors, gold_user_factors, USER_ID);
factor_table!(GoldMovieFactors, gold_movie_factors, MOVIE_ID);
factor_table!(GoldServedUserFactors, gold_served_user_factors, USER_ID);
factor_table!(GoldServedMovieFactors, gold_served_movie_factors, MOVIE_ID);

impl FactorRows {
    /// Reads a whole table of factors.
    ///
    /// # Errors
    /// When a file cannot be read, or [`LakehouseError::UnevenFactors`].
    pub async fn read<T: FactorTable>(factors: &Snapshot<T>) -> Result<Self, LakehouseError> {
        read(factors.untyped(), T::ID, T::FACTOR, T::BIAS).await
    }

    /// Writes the factors into a table; committed by the caller.
    ///
    /// # Errors
    /// [`LakehouseError::Write`].
    pub async fn write<T: FactorTable>(
        &self,
        lake: &Lake,
        by: &Provenance,
    ) -> Result<TableWriter<T>, LakehouseError> {
        write(self, lake.table(T::SPEC), by).await.map(TableWriter::new)
    }

    fn batches(&self, spec: &TableSpec) -> impl Iterator<Item = Result<RecordBatch, LakehouseError>> {
        let rank = self.rank.max(1);
        let rows = self.ids.chunks(BATCH_ROWS).zip(self.values.chunks(BATCH_ROWS * rank));
        rows.zip(self.biases.chunks(BATCH_ROWS)).map(move |((ids, values), biases)| {
            let mut factors = <FloatList as ColumnType>::Builder::default();
            values.chunks_exact(rank).for_each(|factor| FloatList::append(&mut factors, factor));
            spec.batch(vec![
                Arc::new(Int64Array::from(ids.to_vec())),
                FloatList::finish(&mut factors),
                Arc::new(Float32Array::from(biases.to_vec())),
            ])
        })
    }
}

fn read(
    snapshot: &UntypedSnapshot,
    id: Column<i64>,
    factor: Column<FloatList>,
    bias: Column<f32>,
) -> LakeFuture<'_, FactorRows> {
    Box::pin(async move {
        let table = snapshot.spec.name;
        let mut all = FactorRows::default();
        let mut batches = snapshot.read(&[id.name(), factor.name(), bias.name()]).await?;
        while let Some(batch) = batches.next().await? {
            all.ids.extend_from_slice(id.of(&batch)?.values());
            all.biases.extend_from_slice(bias.of(&batch)?.values());
            for values in factor.of(&batch)?.iter().flatten() {
                let values: &Float32Array = values
                    .as_any()
                    .downcast_ref()
                    .ok_or(LakehouseError::MissingColumn { table, column: factor.name() })?;
                all.values.extend_from_slice(values.values());
            }
        }
        all.rank = all.values.len().checked_div(all.ids.len()).unwrap_or(0);
        if all.rank * all.ids.len() == all.values.len() {
            Ok(all)
        } else {
            Err(LakehouseError::UnevenFactors { table })
        }
    })
}

fn write<'a>(
    factors: &'a FactorRows,
    table: LakeTable<'a>,
    by: &'a Provenance,
) -> LakeFuture<'a, UntypedWriter> {
    Box::pin(async move {
        let mut writer = table.write(by).await?;
        for batch in factors.batches(table.spec) {
            writer.write(&batch?).await?;
        }
        Ok(writer)
    })
}
