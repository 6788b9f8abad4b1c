//! One column of text, laid out as Arrow lays out a string array.

/// Texts of one column: all their bytes one after the other, and where each ends.
///
/// [`Self::into_parts`] gives the three buffers of an Arrow string array without copying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextColumn {
    bytes: String,
    offsets: Vec<i32>,
    /// Only made at the first null: most columns have none.
    valid: Option<Vec<bool>>,
}

/// The buffers of an Arrow string array of `offsets.len() - 1` values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextParts {
    /// The UTF-8 bytes of all values.
    pub bytes: Vec<u8>,
    /// Value `i` is `bytes[offsets[i]..offsets[i + 1]]`.
    pub offsets: Vec<i32>,
    /// Which values are not null; `None` when none is.
    pub valid: Option<Vec<bool>>,
}

impl TextColumn {
    pub(crate) fn with_capacity(rows: usize, bytes: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Self { bytes: String::with_capacity(bytes), offsets, valid: None }
    }

    pub(crate) fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.end_value(true);
    }

    /// Pushes a quoted field: each doubled quote stands for one.
    pub(crate) fn push_unquoted(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find("\"\"") {
            self.bytes.push_str(&rest[..=at]);
            rest = &rest[at + 2..];
        }
        self.bytes.push_str(rest);
        self.end_value(true);
    }

    pub(crate) fn push_null(&mut self) {
        let rows = self.len();
        self.valid.get_or_insert_with(|| vec![true; rows]);
        self.end_value(false);
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        reason = "a batch ends long before 2 GiB: see BATCH_BYTES and MAX_RECORD_BYTES"
    )]
    fn end_value(&mut self, valid: bool) {
        self.offsets.push(self.bytes.len() as i32);
        if let Some(flags) = &mut self.valid {
            flags.push(valid);
        }
    }

    /// The number of values, nulls included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of bytes of all values.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// Value `row`, or `None` if it is null or there is no such row.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&str> {
        if self.valid.as_ref().is_some_and(|valid| !valid.get(row).copied().unwrap_or(false)) {
            return None;
        }
        let start = usize::try_from(*self.offsets.get(row)?).ok()?;
        let end = usize::try_from(*self.offsets.get(row + 1)?).ok()?;
        self.bytes.get(start..end)
    }

    /// All values in order, `None` for null.
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        (0..self.len()).map(|row| self.get(row))
    }

    /// The buffers of the column.
    #[must_use]
    pub fn into_parts(self) -> TextParts {
        TextParts { bytes: self.bytes.into_bytes(), offsets: self.offsets, valid: self.valid }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_null_is_not_an_empty_text() {
        let mut column = TextColumn::with_capacity(3, 3);
        column.push("é");
        column.push("");
        column.push_null();
        assert_eq!(column.iter().collect::<Vec<_>>(), [Some("é"), Some(""), None]);
        assert_eq!(column.get(3), None);
        let parts = column.into_parts();
        assert_eq!(parts.offsets, [0, 2, 2, 2]);
        assert_eq!(parts.valid, Some(vec![true, true, false]));
    }

    #[test]
    fn a_doubled_quote_is_one_quote() {
        let mut column = TextColumn::with_capacity(1, 8);
        column.push_unquoted(r#"""a"" """""#);
        assert_eq!(column.get(0), Some(r#""a" """#));
    }
}
