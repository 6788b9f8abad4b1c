//! Rows of JSON objects, one on each line.

use std::{borrow::Cow, io::Read};

use contract::description::{Column, DataFile, Genres};
use serde_json::{Map, Value};

use super::{Reader, batch::BatchBuilder, dialect::Dialect, listed, record::Records, shown};
use crate::{error::IngestError, place::Place, table::Table};

pub(super) struct JsonReader<'a> {
    records: Records<Box<dyn Read + Send + 'a>>,
    /// The key of each column; `None` for one that the file does not have.
    keys: Vec<Option<String>>,
    genres: Genres,
}

impl<'a> JsonReader<'a> {
    pub(super) fn open(
        table: Table,
        place: &Place,
        file: &DataFile,
        genres: &Genres,
        input: Box<dyn Read + Send + 'a>,
    ) -> Result<Self, IngestError> {
        // A line is one field.
        let dialect = Dialect { separator: b"\n".to_vec(), quote: None, most_fields: 1 };
        let mut records = Records::new(input, dialect).map_err(|source| place.read_error(source))?;
        records.expect_fields(1);
        let key = |meaning| match file.columns.get(meaning) {
            Some(Column::Name(name)) => Some(name.clone()),
            Some(Column::Place(_)) | None => None,
        };
        let keys = table.meanings().iter().map(key).collect();
        Ok(Self { records, keys, genres: genres.clone() })
    }
}

impl Reader for JsonReader<'_> {
    fn fill(&mut self, batch: &mut BatchBuilder, place: &Place) -> Result<(), IngestError> {
        while !batch.is_full() {
            let Some(record) = self.records.next().map_err(|source| place.read_error(source))? else { break };
            match serde_json::from_slice::<Map<String, Value>>(record.text) {
                Ok(object) => {
                    let value = |key: &Option<String>| text(object.get(key.as_deref()?)?, &self.genres);
                    let values: Vec<_> = self.keys.iter().map(value).collect();
                    batch.push_values(record.line, &values, None);
                }
                Err(error) => {
                    let raw = String::from_utf8_lossy(record.text);
                    let what = format!("line {} is no JSON object ({error}): `{}`", record.line, shown(&raw));
                    let nothing: Vec<_> = self.keys.iter().map(|_| None).collect();
                    batch.push_values(record.line, &nothing, Some((&raw, what)));
                }
            }
        }
        Ok(())
    }

    fn bytes_read(&self) -> u64 {
        self.records.bytes_read()
    }

    fn lines_read(&self) -> u64 {
        self.records.lines_read()
    }
}

/// A value as the text it would be in a table.
fn text<'a>(value: &'a Value, genres: &Genres) -> Option<Cow<'a, str>> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Array(words) if words.iter().all(Value::is_string) => {
            Some(listed(&words.iter().filter_map(Value::as_str).collect::<Vec<_>>(), genres).into())
        }
        other => Some(other.to_string().into()),
    }
}
