//! Splits the text of one record into fields.

use super::dialect::Quote;

/// A field as a range of its record's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether two bytes in it may stand for one: see [`Quote::meant`].
    pub(super) has_pairs: bool,
}

impl Field {
    const fn plain(start: usize, end: usize) -> Self {
        Self { start, end, has_pairs: false }
    }
}

/// How the splitting of a record with quotes went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    /// Every quote is closed.
    Closed,
    /// The last field's quote is still open at the end of the text.
    Open,
    /// Something other than a separator follows a closing quote.
    Broken,
}

/// Splits at a byte into `most` fields at most; the record holds no quote, or none counts.
pub(super) fn at_byte(record: &[u8], separator: u8, most: usize, fields: &mut Vec<Field>) {
    fields.clear();
    let mut start = 0;
    // Fields of a few bytes: a plain loop beats a vectorised search that starts anew for each.
    for (at, &byte) in record.iter().enumerate() {
        if byte == separator && fields.len() + 1 < most {
            fields.push(Field::plain(start, at));
            start = at + 1;
        }
    }
    fields.push(Field::plain(start, record.len()));
}

/// Splits at several bytes, such as the `::` of `ml-1m` and `ml-10m`.
pub(super) fn at_text(record: &[u8], separator: &[u8], most: usize, fields: &mut Vec<Field>) {
    fields.clear();
    let (mut start, mut at) = (0, 0);
    while at + separator.len() <= record.len() {
        if record[at..].starts_with(separator) && fields.len() + 1 < most {
            fields.push(Field::plain(start, at));
            start = at + separator.len();
            at = start;
        } else {
            at += 1;
        }
    }
    fields.push(Field::plain(start, record.len()));
}

/// Splits at separators outside quotes, as RFC 4180 has it: a quote opens only at the start of a field. If the
/// quotes are not closed, `fields` holds those before the faulty one.
pub(super) fn outside_quotes(record: &[u8], separator: u8, quote: Quote, fields: &mut Vec<Field>) -> Quotes {
    fields.clear();
    QuotedSplit::new(separator, quote).go_on(record, fields)
}

/// The splitting of a record that may turn out to be longer: what was looked at is not looked at again.
pub(super) struct QuotedSplit {
    separator: u8,
    quote: Quote,
    /// Where the field under way begins, its quote included.
    start: usize,
    /// The quoted field under way.
    open: Option<OpenQuote>,
}

struct OpenQuote {
    /// Behind this no quote was searched for.
    searched: usize,
    has_pairs: bool,
}

impl QuotedSplit {
    pub(super) fn new(separator: u8, quote: Quote) -> Self {
        Self { separator, quote, start: 0, open: None }
    }

    /// Adds the fields of `record`, which begins with what was given before, if anything was: then the quote is open.
    pub(super) fn go_on(&mut self, record: &[u8], fields: &mut Vec<Field>) -> Quotes {
        loop {
            if self.open.is_none() && record.get(self.start) != Some(&self.quote.byte) {
                let Some(length) = memchr::memchr(self.separator, &record[self.start..]) else {
                    fields.push(Field::plain(self.start, record.len()));
                    return Quotes::Closed;
                };
                fields.push(Field::plain(self.start, self.start + length));
                self.start += length + 1;
                continue;
            }
            let start = self.start + 1;
            let open = self.open.get_or_insert(OpenQuote { searched: start, has_pairs: false });
            let Some(end) = open.end(record, self.quote) else { return Quotes::Open };
            let field = Field { start, end, has_pairs: open.has_pairs };
            match record.get(end + 1) {
                None => {
                    fields.push(field);
                    return Quotes::Closed;
                }
                Some(byte) if *byte == self.separator => fields.push(field),
                Some(_) => return Quotes::Broken,
            }
            self.open = None;
            self.start = end + 2;
        }
    }
}

impl OpenQuote {
    /// Where the closing quote is.
    fn end(&mut self, record: &[u8], quote: Quote) -> Option<usize> {
        loop {
            let rest = &record[self.searched..];
            let found = match quote.escape {
                None => memchr::memchr(quote.byte, rest),
                Some(escape) => memchr::memchr2(quote.byte, escape, rest),
            };
            let Some(length) = found else {
                self.searched = record.len();
                return None;
            };
            let at = self.searched + length;
            let next = record.get(at + 1);
            let is_pair = match quote.escape {
                None => next == Some(&quote.byte),
                Some(escape) if record[at] == escape && next.is_none() => {
                    // What it stands before is not here yet.
                    self.searched = at;
                    return None;
                }
                Some(escape) => record[at] == escape,
            };
            if !is_pair {
                return Some(at);
            }
            self.has_pairs = true;
            self.searched = at + 2;
        }
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

    fn at_commas(record: &[u8], fields: &mut Vec<Field>) {
        at_byte(record, b',', usize::MAX, fields);
    }

    fn at_double_colons(record: &[u8], fields: &mut Vec<Field>) {
        at_text(record, b"::", usize::MAX, fields);
    }

    const BACKSLASH: Quote = Quote { byte: b'"', escape: Some(b'\\') };

    /// The fields as they are meant.
    fn escaped(record: &str) -> (Quotes, Vec<String>) {
        let mut fields = Vec::new();
        let quotes = outside_quotes(record.as_bytes(), b',', BACKSLASH, &mut fields);
        let meant = |field: &Field| match &record[field.start..field.end] {
            text if field.has_pairs => BACKSLASH.meant(text),
            text => text.to_owned(),
        };
        (quotes, fields.iter().map(meant).collect())
    }

    fn quoted(record: &str) -> (Quotes, Vec<String>) {
        let mut fields = Vec::new();
        let quotes = outside_quotes(record.as_bytes(), b',', Quote::USUAL, &mut fields);
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
    fn the_last_of_a_number_of_fields_goes_on_to_the_end() {
        assert_eq!(texts("1,2,a, b", |record, fields| at_byte(record, b',', 3, fields)), ["1", "2", "a, b"]);
        assert_eq!(texts("1::a::b", |record, fields| at_text(record, b"::", 2, fields)), ["1", "a::b"]);
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
    fn a_record_that_grows_is_split_like_one_that_is_whole() {
        for (whole, quote) in [
            ("1,\"a\n\"\"b\"\"\nc\",d,\"e\n\"", Quote::USUAL),
            ("1,\"a\\\n\\\"b\\\\\nc\",d,\"\\\\e\\\n\"", BACKSLASH),
        ] {
            let mut fields = Vec::new();
            let mut split = QuotedSplit::new(b',', quote);
            let ends = whole.match_indices('\n').map(|(at, _)| at).chain([whole.len()]);
            let said: Vec<_> = ends.map(|end| split.go_on(&whole.as_bytes()[..end], &mut fields)).collect();
            assert_eq!(said, [Quotes::Open, Quotes::Open, Quotes::Open, Quotes::Closed], "{whole}");
            let mut at_once = Vec::new();
            assert_eq!(outside_quotes(whole.as_bytes(), b',', quote, &mut at_once), Quotes::Closed);
            assert_eq!(fields, at_once);
        }
    }

    #[test]
    fn an_escape_makes_text_of_a_quote_and_of_itself_and_is_text_before_anything_else() {
        let (quotes, fields) = escaped(r#"1,"the \"odd\" one, part 3","a\\","\n\é","",4"#);
        assert_eq!(quotes, Quotes::Closed);
        assert_eq!(fields, ["1", r#"the "odd" one, part 3"#, r"a\", r"\n\é", "", "4"]);
        assert_eq!(escaped(r"a\,b\").1, [r"a\", r"b\"], "only inside of quotes");
    }

    #[test]
    fn where_quotes_are_escaped_they_are_not_doubled() {
        assert_eq!(escaped(r#"1,"a""b",c"#), (Quotes::Broken, vec!["1".into()]));
        assert_eq!(escaped(r#"1,"a\",c"#), (Quotes::Open, vec!["1".into()]));
        assert_eq!(escaped(r#"1,"a\"#), (Quotes::Open, vec!["1".into()]));
    }

    #[test]
    fn a_faulty_quote_keeps_the_fields_before_it() {
        assert_eq!(quoted(r#"1,"abc,3"#), (Quotes::Open, vec!["1".into()]));
        assert_eq!(quoted(r#"1,"abc"d,3"#), (Quotes::Broken, vec!["1".into()]));
        assert_eq!(quoted(r#"1,"abc"""#), (Quotes::Open, vec!["1".into()]));
    }
}
