//! Ids and texts as callers give and get them.

use std::{borrow::Cow, sync::Arc};

use contract::clean::{self, IDS, KEY_BYTES};
use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef},
    types::{ParseError, ParseFromJSON, ParseFromParameter, ParseResult, ToJSON, Type},
};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::edge::KEY;

/// The id of a user or a movie, as the data set numbers them, or the number of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Id(pub(crate) i64);

impl Id {
    fn checked(number: i64) -> ParseResult<Self> {
        if IDS.contains(&number) {
            Ok(Self(number))
        } else {
            Err(ParseError::custom(format!("an id is a whole number from {} to {}", IDS.start(), IDS.end())))
        }
    }
}

impl Type for Id {
    const IS_REQUIRED: bool = true;

    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "id".into()
    }

    #[allow(clippy::cast_precision_loss, reason = "the largest one is chosen to be exact")]
    fn schema_ref() -> MetaSchemaRef {
        let mut schema = MetaSchema::new_with_format("integer", "int64");
        (schema.minimum, schema.maximum) = (Some(*IDS.start() as f64), Some(*IDS.end() as f64));
        MetaSchemaRef::Inline(Box::new(schema))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ParseFromJSON for Id {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        let value = value.unwrap_or_default();
        match value.as_i64() {
            Some(number) => Self::checked(number),
            None => Err(ParseError::expected_type(value)),
        }
    }
}

impl ParseFromParameter for Id {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        Self::checked(value.parse().map_err(ParseError::<Self>::custom)?)
    }
}

impl ToJSON for Id {
    fn to_json(&self) -> Option<Value> {
        Some(self.0.into())
    }
}

/// A key has no control characters and is not blank; a regular expression of ECMA 262.
const KEY_PATTERN: &str = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$";

/// The id of a user or a movie where the data set names them by texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key(pub(crate) Arc<str>);

impl Type for Key {
    const IS_REQUIRED: bool = true;

    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "key".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        let mut schema = MetaSchema::new_with_format("string", KEY);
        (schema.min_length, schema.max_length) = (Some(1), Some(KEY_BYTES));
        schema.pattern = Some(KEY_PATTERN.to_owned());
        MetaSchemaRef::Inline(Box::new(schema))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ParseFromParameter for Key {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        let key = clean::key(value).ok_or_else(|| ParseError::custom("a key is a short text"))?;
        Ok(Self(key.into()))
    }
}

/// A text: shared with the catalogue, so that a list of titles is written without copying one, and read strictly, where
/// the framework would take `false` for a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Text(pub(crate) Arc<str>);

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl Type for Text {
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

impl ParseFromJSON for Text {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        match value.unwrap_or_default() {
            Value::String(text) => Ok(Self(text.into())),
            other => Err(ParseError::expected_type(other)),
        }
    }
}

impl ToJSON for Text {
    fn to_json(&self) -> Option<Value> {
        Some(Value::from(&*self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_number_that_browsers_read_exactly() {
        for good in ["0", "1", "9007199254740991"] {
            assert!(Id::parse_from_parameter(good).is_ok(), "{good}");
        }
        for bad in ["-1", "9007199254740992", "1.0", "", "x"] {
            assert!(Id::parse_from_parameter(bad).is_err(), "{bad}");
        }
        assert!(Id::parse_from_json(Some(7.into())).is_ok());
        assert!(Id::parse_from_json(Some(Value::from("7"))).is_err());
        assert!(Id::parse_from_json(None).is_err());
    }

    #[test]
    fn a_key_is_what_is_clean() {
        for (given, read) in [("A/B ü", "A/B ü"), (" 007 ", "007"), ("-1", "-1")] {
            assert_eq!(Key::parse_from_parameter(given).unwrap(), Key(read.into()));
        }
        for bad in ["", " ", "a\0b", "a\nb", &"é".repeat(129)] {
            assert!(Key::parse_from_parameter(bad).is_err(), "{bad:?}");
        }
    }
}
