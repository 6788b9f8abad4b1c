//! Titles, shared with the catalogue: a list of them is written without copying one.

use std::{borrow::Cow, sync::Arc};

use poem_openapi::{
    registry::MetaSchemaRef,
    types::{ParseError, ParseFromJSON, ParseResult, ToJSON, Type},
};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// The title of a movie, without the year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title(pub Arc<str>);

impl From<&str> for Title {
    fn from(title: &str) -> Self {
        Self(title.into())
    }
}

impl Serialize for Title {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl Type for Title {
    const IS_REQUIRED: bool = true;

    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        String::name()
    }

    fn schema_ref() -> MetaSchemaRef {
        String::schema_ref()
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ParseFromJSON for Title {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        let title = String::parse_from_json(value).map_err(ParseError::propagate)?;
        Ok(Self(title.into()))
    }
}

impl ToJSON for Title {
    fn to_json(&self) -> Option<Value> {
        Some(Value::from(&*self.0))
    }
}
