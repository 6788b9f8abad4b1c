//! Splits the text of one record into fields.

/// A field as a range of its record's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether doubled quotes in it stand for one.
    pub(super) has_doubled_quotes: bool,
}

impl Field {
    const fn plain(start: usize, end: usize) -> Self {
        Self { start, end, has_doubled_quotes: false }
    }
}

/// How the splitting of a record with quotes went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    /// Every quote is closed.
    Closed,
    /// The last field's quote is still open at the end of the text.
    Open,
    /// Something other than a comma follows a closing quote.
    Broken,
}

/// Splits at commas; the record holds no quote.
pub(super) fn at_commas(record: &[u8], fields: &mut Vec<Field>) {
    fields.clear();
    let mut start = 0;
    // Fields of a few bytes: a plain loop beats a vectorised search that starts anew for each.
    for (at, &byte) in record.iter().enumerate() {
        if byte == b',' {
            fields.push(Field::plain(start, at));
            start = at + 1;
        }
    }
    fields.push(Field::plain(start, record.len()));
}

/// Splits at `::`, as `ml-1m` and `ml-10m` are written.
pub(super) fn at_double_colons(record: &[u8], fields: &mut Vec<Field>) {
    fields.clear();
    let (mut start, mut at) = (0, 0);
    while at + 1 < record.len() {
        if record[at] == b':' && record[at + 1] == b':' {
            fields.push(Field::plain(start, at));
            start = at + 2;
            at = start;
        } else {
            at += 1;
        }
    }
    fields.push(Field::plain(start, record.len()));
}

/// Splits at commas outside quotes, as RFC 4180 has it: a quote opens only at the start of a field. If the
/// quotes are not closed, `fields` holds those before the faulty one.
pub(super) fn at_commas_outside_quotes(record: &[u8], fields: &mut Vec<Field>) -> Quotes {
    fields.clear();
    let mut start = 0;
    loop {
        if record.get(start) != Some(&b'"') {
            let Some(length) = memchr::memchr(b',', &record[start..]) else {
                fields.push(Field::plain(start, record.len()));
                return Quotes::Closed;
            };
            fields.push(Field::plain(start, start + length));
            start += length + 1;
            continue;
        }
        let Some((field, after)) = quoted_field(record, start + 1) else { return Quotes::Open };
        match record.get(after) {
            None => {
                fields.push(field);
                return Quotes::Closed;
            }
            Some(b',') => fields.push(field),
            Some(_) => return Quotes::Broken,
        }
        start = after + 1;
    }
}

/// The quoted field whose text begins at `start`, and the place behind its closing quote.
fn quoted_field(record: &[u8], start: usize) -> Option<(Field, usize)> {
    let mut at = start;
    let mut has_doubled_quotes = false;
    loop {
        at += memchr::memchr(b'"', &record[at..])?;
        if record.get(at + 1) != Some(&b'"') {
            return Some((Field { start, end: at, has_doubled_quotes }, at + 1));
        }
        has_doubled_quotes = true;
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(record: &str, split: impl Fn(&[u8], &mut Vec<Field>)) -> Vec<String> {
        let mut fields = Vec::new();
        split(record.as_bytes(), &mut fields);
        fields.iter().map(|field| record[field.start..field.end].to_owned()).collect()
    }

    fn quoted(record: &str) -> (Quotes, Vec<String>) {
        let mut fields = Vec::new();
        let quotes = at_commas_outside_quotes(record.as_bytes(), &mut fields);
        (quotes, fields.iter().map(|field| record[field.start..field.end].to_owned()).collect())
    }

    #[test]
    fn empty_fields_are_fields() {
        assert_eq!(texts("", at_commas), [""]);
        assert_eq!(texts(",a,", at_commas), ["", "a", ""]);
        assert_eq!(texts("::a::", at_double_colons), ["", "a", ""]);
        assert_eq!(quoted(r#""","#).1, ["", ""]);
    }

    #[test]
    fn a_single_colon_does_not_split() {
        assert_eq!(texts("1::Alien: a::b:c::", at_double_colons), ["1", "Alien: a", "b:c", ""]);
    }

    #[test]
    fn a_quote_inside_an_unquoted_field_is_text() {
        assert_eq!(
            quoted(r#"1,the "x", y"#),
            (Quotes::Closed, vec!["1".into(), r#"the "x""#.into(), " y".into()])
        );
    }

    #[test]
    fn commas_and_newlines_inside_quotes_are_text() {
        assert_eq!(quoted("1,\"a, \n\"\"b\"\"\",c").1, ["1", "a, \n\"\"b\"\"", "c"]);
    }

    #[test]
    fn a_faulty_quote_keeps_the_fields_before_it() {
        assert_eq!(quoted(r#"1,"abc,3"#), (Quotes::Open, vec!["1".into()]));
        assert_eq!(quoted(r#"1,"abc"d,3"#), (Quotes::Broken, vec!["1".into()]));
        assert_eq!(quoted(r#"1,"abc"""#), (Quotes::Open, vec!["1".into()]));
    }
}
