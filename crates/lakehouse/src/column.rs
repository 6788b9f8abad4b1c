//! Typed columns: one marker type per Arrow type in use, and a typed handle per column.

use std::marker::PhantomData;
use std::sync::Arc;

use deltalake::arrow::array::{
    Array, ArrayRef, BooleanArray, BooleanBuilder, Float32Array, Float32Builder, Float64Array,
    Float64Builder, Int32Array, Int32Builder, Int64Array, Int64Builder, ListArray, ListBuilder, RecordBatch,
    StringArray, StringBuilder, TimestampMicrosecondArray, TimestampMicrosecondBuilder,
};
use deltalake::arrow::datatypes::{DataType, Field, TimeUnit};

use crate::{ColumnSpec, LakehouseError};

/// A type that a column of a table can have.
///
/// `Option<T>` is the nullable form of `T`.
pub trait ColumnType {
    /// The Arrow array that holds the column.
    type Array: Array + 'static;
    /// The Arrow builder that collects values.
    type Builder: Default;
    /// One value.
    type Value<'a>;
    /// Whether nulls may occur.
    const NULLABLE: bool = false;

    /// The Arrow type of the column.
    fn data_type() -> DataType;
    /// Appends one value.
    fn append(builder: &mut Self::Builder, value: Self::Value<'_>);
    /// Ends the column.
    fn finish(builder: &mut Self::Builder) -> ArrayRef;
}

/// UTF-8 text.
#[derive(Debug, Clone, Copy)]
pub struct Text;
/// Microseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy)]
pub struct Timestamp;
/// A list of texts without nulls.
#[derive(Debug, Clone, Copy)]
pub struct TextList;
/// A list of 32-bit floats without nulls.
#[derive(Debug, Clone, Copy)]
pub struct FloatList;

macro_rules! primitive {
    ($marker:ty, $value:ty, $array:ty, $builder:ty, $data_type:expr) => {
        impl ColumnType for $marker {
            type Array = $array;
            type Builder = $builder;
            type Value<'a> = $value;

            fn data_type() -> DataType {
                $data_type
            }
            fn append(builder: &mut Self::Builder, value: $value) {
                builder.append_value(value);
            }
            fn finish(builder: &mut Self::Builder) -> ArrayRef {
                Arc::new(builder.finish())
            }
        }

        impl ColumnType for Option<$marker> {
            type Array = $array;
            type Builder = $builder;
            type Value<'a> = Option<$value>;
            const NULLABLE: bool = true;

            fn data_type() -> DataType {
                $data_type
            }
            fn append(builder: &mut Self::Builder, value: Option<$value>) {
                builder.append_option(value);
            }
            fn finish(builder: &mut Self::Builder) -> ArrayRef {
                Arc::new(builder.finish())
            }
        }
    };
}

primitive!(bool, bool, BooleanArray, BooleanBuilder, DataType::Boolean);
primitive!(i32, i32, Int32Array, Int32Builder, DataType::Int32);
primitive!(i64, i64, Int64Array, Int64Builder, DataType::Int64);
primitive!(f32, f32, Float32Array, Float32Builder, DataType::Float32);
primitive!(f64, f64, Float64Array, Float64Builder, DataType::Float64);

impl ColumnType for Text {
    type Array = StringArray;
    type Builder = StringBuilder;
    type Value<'a> = &'a str;

    fn data_type() -> DataType {
        DataType::Utf8
    }
    fn append(builder: &mut StringBuilder, value: &str) {
        builder.append_value(value);
    }
    fn finish(builder: &mut StringBuilder) -> ArrayRef {
        Arc::new(builder.finish())
    }
}

impl ColumnType for Option<Text> {
    type Array = StringArray;
    type Builder = StringBuilder;
    type Value<'a> = Option<&'a str>;
    const NULLABLE: bool = true;

    fn data_type() -> DataType {
        DataType::Utf8
    }
    fn append(builder: &mut StringBuilder, value: Option<&str>) {
        builder.append_option(value);
    }
    fn finish(builder: &mut StringBuilder) -> ArrayRef {
        Arc::new(builder.finish())
    }
}

impl ColumnType for Timestamp {
    type Array = TimestampMicrosecondArray;
    type Builder = TimestampMicrosecondBuilder;
    type Value<'a> = i64;

    fn data_type() -> DataType {
        DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
    }
    fn append(builder: &mut Self::Builder, micros: i64) {
        builder.append_value(micros);
    }
    fn finish(builder: &mut Self::Builder) -> ArrayRef {
        Arc::new(builder.finish().with_timezone("UTC"))
    }
}

/// Delta has no null-free lists: the element field is declared nullable, and never holds a null.
fn element(data_type: DataType) -> Arc<Field> {
    Arc::new(Field::new("element", data_type, true))
}

macro_rules! list {
    ($marker:ty, $item:ty, $element_builder:ty, $data_type:expr, $append:expr) => {
        impl ColumnType for $marker {
            type Array = ListArray;
            type Builder = ListBuilder<$element_builder>;
            type Value<'a> = &'a [$item];

            fn data_type() -> DataType {
                DataType::List(element($data_type))
            }
            fn append(builder: &mut Self::Builder, value: &[$item]) {
                $append(builder.values(), value);
                builder.append(true);
            }
            fn finish(builder: &mut Self::Builder) -> ArrayRef {
                let (_, offsets, values, nulls) = builder.finish().into_parts();
                Arc::new(ListArray::new(element($data_type), offsets, values, nulls))
            }
        }
    };
}

list!(FloatList, f32, Float32Builder, DataType::Float32, Float32Builder::append_slice);
list!(TextList, String, StringBuilder, DataType::Utf8, |values: &mut StringBuilder, texts: &[String]| {
    for text in texts {
        values.append_value(text);
    }
});

/// A typed handle of one column of one table: names it in a projection, reads it from a batch.
#[derive(Debug)]
pub struct Column<C> {
    table: &'static str,
    name: &'static str,
    of: PhantomData<fn() -> C>,
}

impl<C: ColumnType> Column<C> {
    pub(crate) const fn new(table: &'static str, name: &'static str) -> Self {
        Self { table, name, of: PhantomData }
    }

    /// The column's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The column's array in a batch that was read with this column.
    ///
    /// # Errors
    /// [`LakehouseError::MissingColumn`] when the batch does not hold it in the expected type.
    pub fn of<'a>(&self, batch: &'a RecordBatch) -> Result<&'a C::Array, LakehouseError> {
        batch
            .column_by_name(self.name)
            .and_then(|array| array.as_any().downcast_ref())
            .ok_or(LakehouseError::MissingColumn { table: self.table, column: self.name })
    }

    pub(crate) const fn spec(&self) -> ColumnSpec {
        ColumnSpec { name: self.name, data_type: C::data_type, nullable: C::NULLABLE }
    }
}
