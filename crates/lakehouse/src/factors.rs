//! The four tables of factors, which differ only in whose factors they hold.

use deltalake::arrow::array::{Array, Float32Array, RecordBatch};

use crate::column::Column;
use crate::tables::{GoldMovieFactors, GoldServedMovieFactors, GoldServedUserFactors, GoldUserFactors};
use crate::tables::{
    gold_movie_factors, gold_served_movie_factors, gold_served_user_factors, gold_user_factors,
};
use crate::{FloatList, Lake, LakehouseError, Provenance, Snapshot, Table, TableWriter};

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

/// A table of factors.
pub trait FactorTable: Table {
    /// The column of outside ids.
    const ID: Column<i64>;
    /// The column of factors.
    const FACTOR: Column<FloatList>;
    /// The column of biases.
    const BIAS: Column<f32>;

    /// Appends one row.
    fn push(rows: &mut Self::Rows, id: i64, factor: &[f32], bias: f32);
    /// Takes the rows as a batch.
    ///
    /// # Errors
    /// As `Rows::take` of the table.
    fn take(rows: &mut Self::Rows) -> Result<RecordBatch, LakehouseError>;
}

macro_rules! factor_table {
    ($table:ident, $module:ident, $id:ident, $column:ident) => {
        impl FactorTable for $table {
            const ID: Column<i64> = $module::$id;
            const FACTOR: Column<FloatList> = $module::FACTOR;
            const BIAS: Column<f32> = $module::BIAS;

            fn push(rows: &mut Self::Rows, $column: i64, factor: &[f32], bias: f32) {
                rows.push($module::Row { $column, factor, bias });
            }
            fn take(rows: &mut Self::Rows) -> Result<RecordBatch, LakehouseError> {
                rows.take()
            }
        }
    };
}

factor_table!(GoldUserFactors, gold_user_factors, USER_ID, user_id);
factor_table!(GoldMovieFactors, gold_movie_factors, MOVIE_ID, movie_id);
factor_table!(GoldServedUserFactors, gold_served_user_factors, USER_ID, user_id);
factor_table!(GoldServedMovieFactors, gold_served_movie_factors, MOVIE_ID, movie_id);

impl FactorRows {
    /// Reads a whole table of factors.
    ///
    /// # Errors
    /// When a file cannot be read, or [`LakehouseError::UnevenFactors`].
    pub async fn read<T: FactorTable>(factors: &Snapshot<T>) -> Result<Self, LakehouseError> {
        let mut all = Self::default();
        let mut batches = factors.read(&[T::ID.name(), T::FACTOR.name(), T::BIAS.name()]).await?;
        while let Some(batch) = batches.next().await? {
            all.ids.extend_from_slice(T::ID.of(&batch)?.values());
            all.biases.extend_from_slice(T::BIAS.of(&batch)?.values());
            let lists = T::FACTOR.of(&batch)?;
            for row in 0..lists.len() {
                let factor = lists.value(row);
                let factor: &Float32Array = factor
                    .as_any()
                    .downcast_ref()
                    .ok_or(LakehouseError::MissingColumn { table: T::NAME, column: T::FACTOR.name() })?;
                all.values.extend_from_slice(factor.values());
            }
        }
        all.rank = all.values.len().checked_div(all.ids.len()).unwrap_or(0);
        if all.rank * all.ids.len() == all.values.len() {
            Ok(all)
        } else {
            Err(LakehouseError::UnevenFactors { table: T::NAME })
        }
    }

    /// Writes the factors into a table; committed by the caller.
    ///
    /// # Errors
    /// [`LakehouseError::Write`].
    pub async fn write<T: FactorTable>(
        &self,
        lake: &Lake,
        by: &Provenance,
    ) -> Result<TableWriter<T>, LakehouseError>
    where
        T::Rows: Send,
    {
        let mut writer = lake.write::<T>(by).await?;
        let rows = self.ids.iter().zip(self.values.chunks_exact(self.rank.max(1))).zip(&self.biases);
        let mut batch = T::Rows::default();
        for (position, ((&id, factor), &bias)) in rows.enumerate() {
            T::push(&mut batch, id, factor, bias);
            if (position + 1) % BATCH_ROWS == 0 {
                writer.write(&T::take(&mut batch)?).await?;
            }
        }
        writer.write(&T::take(&mut batch)?).await?;
        Ok(writer)
    }
}
