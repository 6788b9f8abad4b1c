//! The quirks of files, each as a fact.

use std::io::Cursor;

use lakehouse::arrow::{
    array::{Array, ArrayRef, AsArray},
    datatypes::Int64Type,
};

use contract::Description;

use super::*;
use crate::description;

/// The two layouts of `MovieLens`.
#[derive(Clone, Copy)]
enum Format {
    Csv,
    DoubleColons,
}

fn open(table: Table, format: Format, text: impl AsRef<[u8]>) -> Result<Vec<Batch>, IngestError> {
    let name = match format {
        Format::Csv => "movielens",
        Format::DoubleColons => "movielens-dat",
    };
    described(&description::named(name).unwrap(), table, text)
}

fn described(
    description: &Description,
    table: Table,
    text: impl AsRef<[u8]>,
) -> Result<Vec<Batch>, IngestError> {
    let place = Place::Sample(format!("{table}.csv"));
    let input = RowInput::stream(None, Box::new(Cursor::new(text.as_ref().to_vec())));
    let file = description::file_of(description, table).unwrap();
    Rows::open(table, place, &file, &description.genres, input)?.collect()
}

/// A row as (line, fields, raw).
type Row = (i64, Vec<Option<String>>, Option<String>);

fn rows_of(batches: &[Batch]) -> Vec<Row> {
    let text =
        |column: &ArrayRef, at| column.is_valid(at).then(|| column.as_string::<i32>().value(at).to_owned());
    let mut rows = Vec::new();
    for batch in batches {
        let columns = &batch.columns[..batch.columns.len() - batch.table.late()];
        let [fields @ .., raw, lines, _] = columns else { panic!("too few columns") };
        for at in 0..lines.len() {
            let fields = fields.iter().map(|column| text(column, at)).collect();
            rows.push((lines.as_primitive::<Int64Type>().value(at), fields, text(raw, at)));
        }
    }
    rows
}

fn movies(text: impl AsRef<[u8]>) -> Vec<Row> {
    let mut bytes = b"movieId,title,genres\n".to_vec();
    bytes.extend_from_slice(text.as_ref());
    rows_of(&open(Table::Movies, Format::Csv, bytes).unwrap())
}

fn good(line: i64, fields: [&str; 3]) -> Row {
    (line, fields.iter().map(|field| Some((*field).to_owned())).collect(), None)
}

fn bad(line: i64, fields: [Option<&str>; 3], raw: &str) -> Row {
    (line, fields.iter().map(|field| field.map(str::to_owned)).collect(), Some(raw.to_owned()))
}

#[test]
fn a_quoted_title_keeps_its_commas_quotes_and_newlines() {
    let rows = movies("1,\"a, \"\"b\"\"\n(c)\",Drama\n2,d,Comedy\n");
    assert_eq!(rows, [good(2, ["1", "a, \"b\"\n(c)", "Drama"]), good(4, ["2", "d", "Comedy"])]);
}

#[test]
fn windows_line_ends_are_line_ends() {
    let rows = movies("1,a,x\r\n2,\"b\r\nc\",y\r\n");
    assert_eq!(rows, [good(2, ["1", "a", "x"]), good(3, ["2", "b\r\nc", "y"])]);
}

#[test]
fn the_last_line_needs_no_end() {
    assert_eq!(movies("1,a,x"), [good(2, ["1", "a", "x"])]);
    assert_eq!(movies("1,a,\"x\""), [good(2, ["1", "a", "x"])]);
}

#[test]
fn a_byte_order_mark_is_not_part_of_the_first_column() {
    let batches = open(Table::Movies, Format::Csv, "\u{feff}movieId,title,genres\n1,a,x\n").unwrap();
    assert_eq!(rows_of(&batches), [good(2, ["1", "a", "x"])]);
}

#[test]
fn blank_lines_are_malformed_rows_except_at_the_end() {
    let rows = movies("1,a,x\n\n\r\n2,b,y\n\n\n");
    let blank = |line| bad(line, [None, None, None], "");
    assert_eq!(rows, [good(2, ["1", "a", "x"]), blank(3), blank(4), good(5, ["2", "b", "y"])]);
}

#[test]
fn too_few_and_too_many_fields_keep_their_text() {
    let rows = movies("1,a\n2,b,y,z\n3,c,w\n");
    assert_eq!(rows[0], bad(2, [Some("1"), Some("a"), None], "1,a"));
    assert_eq!(rows[1], bad(3, [Some("2"), Some("b"), Some("y")], "2,b,y,z"));
    assert_eq!(rows[2], good(4, ["3", "c", "w"]));
}

#[test]
fn an_empty_field_is_not_a_missing_one() {
    assert_eq!(movies("1,,\n2,é\n"), [good(2, ["1", "", ""]), bad(3, [Some("2"), Some("é"), None], "2,é")]);
}

#[test]
fn what_is_not_utf8_is_windows_1252_and_the_two_may_be_mixed() {
    let rows = movies(b"1,Am\xe9lie \x96 le film,x\n2,Am\xc3\xa9lie,y\n");
    assert_eq!(rows, [good(2, ["1", "Amélie – le film", "x"]), good(3, ["2", "Amélie", "y"])]);
}

#[test]
fn utf_16_is_named_with_the_remedy() {
    let text: Vec<u8> = "\u{feff}movieId,title,genres\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let message = open(Table::Movies, Format::Csv, text).unwrap_err().to_string();
    assert_eq!(message, "`movies.csv` is encoded in UTF-16: save it as UTF-8");
}

#[test]
fn a_file_without_a_valid_row_is_told_by_its_first_line() {
    let told = |row: &str| {
        let text = format!("movieId,title,genres\n{row}\n");
        open(Table::Movies, Format::Csv, text).unwrap_err().to_string()
    };
    assert_eq!(
        told("1,a,x,"),
        "no valid row in `movies.csv` (2 lines read): line 2 has 4 fields instead of 3: write every line like the first: \
         `1,a,x,`"
    );
    assert!(
        told("1, \"a, b\", x")
            .contains("line 2 has a space before a quote, which then is text: remove the space")
    );
    assert!(told("1,\"a").contains("has a quote that is not closed"));
}

#[test]
fn quotes_that_open_on_every_line_take_no_longer_than_others() {
    let text = format!("movieId,title,genres\n{}1,a,x\n", "x\",\"\n".repeat(100_000));
    assert_eq!(rows_of(&open(Table::Movies, Format::Csv, text).unwrap()).len(), 100_001);
}

#[test]
fn a_lost_quote_costs_only_its_own_line() {
    let rest = (3..5000).map(|id| format!("{id},title {id},Drama\n")).collect::<Vec<_>>().concat();
    let rows = movies(format!("1,\"a,x\n2,b,y\n{rest}"));
    assert_eq!(rows.len(), 4999);
    assert_eq!(rows[0], bad(2, [Some("1"), None, None], "1,\"a,x"));
    assert_eq!(rows[1], good(3, ["2", "b", "y"]));
}

#[test]
fn a_lost_quote_does_not_pair_with_the_quote_of_a_later_line() {
    let rows = movies("1,\"a,x\n2,\"b, c\",y\n3,\"d\",z\n");
    assert_eq!(rows[0], bad(2, [Some("1"), None, None], "1,\"a,x"));
    assert_eq!(rows[1..], [good(3, ["2", "b, c", "y"]), good(4, ["3", "d", "z"])]);
}

#[test]
fn lines_that_a_lost_quote_would_join_into_the_wrong_fields_are_read_on_their_own() {
    let rows = movies("1,\"a,x\n2,b\"\n3,c,z\n");
    assert_eq!(rows[0], bad(2, [Some("1"), None, None], "1,\"a,x"));
    assert_eq!(rows[1], bad(3, [Some("2"), Some("b\""), None], "2,b\""));
    assert_eq!(rows[2], good(4, ["3", "c", "z"]));
}

#[test]
fn text_behind_a_closing_quote_is_malformed() {
    let rows = movies("1,\"a\"b,x\n2,b,y\n");
    assert_eq!(rows[0], bad(2, [Some("1"), None, None], "1,\"a\"b,x"));
}

#[test]
fn a_lost_quote_at_the_end_of_the_file_is_malformed() {
    let rows = movies("1,a,x\n2,\"b,y");
    assert_eq!(rows[1], bad(3, [Some("2"), None, None], "2,\"b,y"));
}

#[test]
fn a_line_without_an_end_does_not_fill_the_memory() {
    let long = "x".repeat(3 * lines::MAX_RECORD_BYTES);
    let rows = movies(format!("1,a,x\n{long}\n3,c,z\n"));
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[1].0, 3);
    assert_eq!(rows[1].2.as_ref().unwrap().len(), lines::MAX_RECORD_BYTES);
    assert_eq!(rows[2], good(4, ["3", "c", "z"]));
}

#[test]
fn lines_are_cut_at_the_same_place_wherever_they_lie() {
    for before in [0, 1000, 300_000] {
        let filler = "9,f,z\n".repeat(before / 6);
        let longest = "x".repeat(lines::MAX_RECORD_BYTES - 1);
        let rows = movies(format!("{filler}{longest}\n{longest}{}\n1,a,x\n", "y".repeat(9)));
        let lengths: Vec<_> = rows.iter().rev().take(3).map(|row| row.2.as_ref().map(String::len)).collect();
        assert_eq!(lengths, [None, Some(longest.len() + 1), Some(longest.len())], "{before}");
    }
}

#[test]
fn a_quoted_field_beyond_the_bounds_is_read_line_by_line_wherever_it_lies() {
    let by_bytes = format!("1,\"{}\",x\n", format!("{}\n", "a".repeat(1999)).repeat(530));
    let by_lines = format!("1,\"{}\",x\n", "a\n".repeat(1200));
    for before in [0, 100, 300_000] {
        let filler = "9,f,z\n".repeat(before / 6);
        assert_eq!(movies(format!("{filler}{by_bytes}2,b,y\n")).len(), before / 6 + 532);
        assert_eq!(movies(format!("{filler}{by_lines}2,b,y\n")).len(), before / 6 + 1202);
    }
}

#[test]
fn columns_are_found_by_name_in_any_order() {
    let text = "Genres,year,movie_id, TITLE\nx,1999,1,a\nx,1999,1\n";
    let rows = rows_of(&open(Table::Movies, Format::Csv, text).unwrap());
    assert_eq!(rows[0], good(2, ["1", "a", "x"]));
    assert_eq!(rows[1], bad(3, [Some("1"), None, Some("x")], "x,1999,1"));
}

#[test]
fn a_missing_column_is_named_with_what_was_found() {
    let error = open(Table::Ratings, Format::Csv, "1,31,2.5,1260759144\n").unwrap_err().to_string();
    assert!(
        error.starts_with("no column `userId` in `ratings.csv`: its first line is `1,31,2.5,1260759144`"),
        "{error}"
    );
    let error =
        open(Table::Ratings, Format::Csv, "userId,movieId,stars,timestamp\n").unwrap_err().to_string();
    assert!(error.starts_with("no column `rating`"), "{error}");
}

#[test]
fn a_file_without_a_valid_row_is_refused() {
    for text in
        ["", "\n\n", "movieId,title,genres\n", "movieId,title,genres\n\n", "movieId,title,genres\nx\ny\n"]
    {
        let error = open(Table::Movies, Format::Csv, text).unwrap_err();
        assert!(
            matches!(&error, IngestError::NoRows { file, .. } if file == "movies.csv"),
            "{text:?}: {error}"
        );
    }
}

#[test]
fn a_table_that_may_be_missing_may_be_empty_but_not_all_malformed() {
    assert!(open(Table::Tags, Format::Csv, "").unwrap().is_empty());
    assert!(open(Table::Tags, Format::Csv, "userId,movieId,tag,timestamp\n").unwrap().is_empty());
    let error = open(Table::Tags, Format::Csv, "userId,movieId,tag,timestamp\nx\n").unwrap_err();
    assert!(matches!(error, IngestError::NoRows { lines: 2, .. }), "{error}");
}

#[test]
fn the_older_layout_splits_at_double_colons() {
    let text = "1::Toy Story: 3 (1995)::Drama\r\n2::b\n3::\"c\"::x,y\n";
    let rows = rows_of(&open(Table::Movies, Format::DoubleColons, text).unwrap());
    assert_eq!(rows[0], good(1, ["1", "Toy Story: 3 (1995)", "Drama"]));
    assert_eq!(rows[1], bad(2, [Some("2"), Some("b"), None], "2::b"));
    assert_eq!(rows[2], good(3, ["3", "\"c\"", "x,y"]));
}

#[test]
fn the_older_layout_may_be_latin_1_or_utf8() {
    let text = b"1::Am\xe9lie::x\n2::Am\xc3\xa9lie::y\n";
    let rows = rows_of(&open(Table::Movies, Format::DoubleColons, text).unwrap());
    assert_eq!(rows, [good(1, ["1", "Amélie", "x"]), good(2, ["2", "Amélie", "y"])]);
}

#[test]
fn many_rows_come_in_batches_without_loss() {
    let text = (0..200_000).map(|id| format!("{id},{id},4.0,{id}\n")).collect::<Vec<_>>().concat();
    let batches =
        open(Table::Ratings, Format::Csv, format!("userId,movieId,rating,timestamp\n{text}")).unwrap();
    assert!(batches.len() > 1 && batches.iter().all(|batch| batch.columns[0].len() <= BATCH_ROWS));
    let rows = rows_of(&batches);
    assert!(rows.iter().map(|row| row.0).eq(2..200_002));
    assert!(rows.iter().all(|row| row.2.is_none()));
}

/// `MovieLens` with a backslash before quotes.
fn escaped() -> Description {
    let mut description = description::named("movielens").unwrap();
    description.files.movies.as_mut().unwrap().escape = "\\".to_owned();
    description
}

#[test]
fn a_described_escape_makes_text_of_quotes() {
    let text = r#"movieId,title,genres
1,"the \"odd\" one, \\ part\3",x
2,"two \
lines\"
\",",y
3,"lost \",z
4,"d",\"
"#;
    let rows = rows_of(&described(&escaped(), Table::Movies, text).unwrap());
    assert_eq!(
        rows,
        [
            good(2, ["1", r#"the "odd" one, \ part\3"#, "x"]),
            good(3, ["2", "two \\\nlines\"\n\",", "y"]),
            bad(6, [Some("3"), None, None], r#"3,"lost \",z"#),
            good(7, ["4", "d", "\\\""]),
        ]
    );
}

#[test]
fn escapes_that_open_on_every_line_take_no_longer_than_others() {
    for line in ["x\",\"\\\n", "\"\\\"\\\n", "\\\"\n", "x,\"\\\"\n"] {
        let text = format!("movieId,title,genres\n{}1,a,x\n", line.repeat(100_000));
        assert_eq!(rows_of(&described(&escaped(), Table::Movies, text).unwrap()).len(), 100_001, "{line:?}");
    }
}

#[test]
fn every_byte_sequence_is_read_without_loss_of_lines() {
    // A small generator of nasty bytes: lines of quotes, commas, line ends and stray bytes.
    let alphabet = b"\"\",,\n\n\r1a:\xe9\xff\\";
    let mut state = 7_u64;
    let descriptions = [description::named("movielens").unwrap(), escaped()];
    for description in descriptions.iter().cycle().take(600) {
        let mut text = b"movieId,title,genres\n1,a,x\n".to_vec();
        for _ in 0..200 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            text.push(alphabet[(state >> 33) as usize % alphabet.len()]);
        }
        text.extend_from_slice(b"\n2,b,y\n");
        let rows = rows_of(&described(description, Table::Movies, &text).unwrap());
        let lines = text.split(|&byte| byte == b'\n').count();
        let newlines_in_fields: usize = rows
            .iter()
            .map(|row| row.1.iter().flatten().map(|field| field.matches('\n').count()).sum::<usize>())
            .sum();
        assert_eq!(rows.len() + newlines_in_fields, lines - 2, "{}", text.escape_ascii());
        assert!(rows.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}

/// All columns of the rows, those that came later included.
fn texts(batches: &[Batch]) -> Vec<Vec<Option<String>>> {
    let text =
        |column: &ArrayRef, at| column.is_valid(at).then(|| column.as_string::<i32>().value(at).to_owned());
    let mut rows = Vec::new();
    for batch in batches {
        let names = batch.table.meanings().len() - batch.table.late();
        let fields: Vec<_> = batch.columns[..names].iter().chain(&batch.columns[names + 3..]).collect();
        rows.extend(
            (0..fields[0].len()).map(|at| fields.iter().map(|column| text(column, at)).collect::<Vec<_>>()),
        );
    }
    rows
}

fn words(words: &[Option<&str>]) -> Vec<Option<String>> {
    words.iter().map(|word| word.map(str::to_owned)).collect()
}

#[test]
fn columns_of_genres_become_their_names() {
    let text =
        format!("1|Toy Story (1995)|01-Jan-1995||http://x/|{}\n", "0|0|0|1|1|1|0|0|0|0|0|0|0|0|0|0|0|0|0");
    let rows = texts(&described(&description::named("ml-100k").unwrap(), Table::Movies, text).unwrap());
    assert_eq!(
        rows,
        [words(&[Some("1"), Some("Toy Story (1995)"), Some("Animation|Children|Comedy"), None])]
    );
}

#[test]
fn a_block_gives_its_rows_the_id_above_them() {
    let netflix = description::named("netflix-prize").unwrap();
    let rows = texts(
        &described(&netflix, Table::Ratings, "1:\n7,3,2005-09-06\n8,5,2005-05-13\n2:\n7,4,2005-10-19\n")
            .unwrap(),
    );
    let row = |user, movie, rating, time| words(&[Some(user), Some(movie), Some(rating), Some(time)]);
    assert_eq!(
        rows,
        [
            row("7", "1", "3", "2005-09-06"),
            row("8", "1", "5", "2005-05-13"),
            row("7", "2", "4", "2005-10-19")
        ]
    );
    let rows = texts(
        &described(&netflix, Table::Movies, "1,2003,Dinosaur Planet\n3,1997,Character, the film\n").unwrap(),
    );
    assert_eq!(rows[1], words(&[Some("3"), Some("Character, the film"), None, Some("1997")]));
}

const JSON: &str = r#"
    [files.ratings]
    path = "r.jsonl"
    format = "json_lines"
    columns = { user = "who", movie = "what", rating = "stars", time = "at" }
"#;

#[test]
fn a_json_object_on_each_line_is_a_row_and_anything_else_is_malformed() {
    let description = description::parse(JSON.as_bytes(), "x").unwrap();
    let text = "{\"who\": 7, \"what\": \"a\\u00e9\", \"stars\": 4.50, \"more\": null}\n[1]\n";
    let batches = described(&description, Table::Ratings, text).unwrap();
    let rows = rows_of(&batches);
    assert_eq!(rows[0].1, words(&[Some("7"), Some("aé"), Some("4.5"), None]));
    assert_eq!(rows[1].2.as_deref(), Some("[1]"));
}

#[test]
fn a_list_in_json_is_written_as_the_genres_are_described() {
    let lists = |genres: &str| {
        let toml = format!(
            "{JSON}[files.movies]\npath = \"m.jsonl\"\nformat = \"json_lines\"\n\
             columns = {{ movie = \"id\", genres = \"of\" }}\n{genres}"
        );
        let text =
            "{\"id\": 1, \"of\": [\"Hats\", \"Red, blue\"]}\n{\"id\": 2, \"of\": [{\"name\": \"Hats\"}]}\n";
        let rows = texts(
            &described(&description::parse(toml.as_bytes(), "x").unwrap(), Table::Movies, text).unwrap(),
        );
        rows.into_iter().map(|row| row[2].clone().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(lists("")[0], "Hats|Red, blue");
    assert_eq!(lists("[genres]\nseparator = \"; \"")[0], "Hats; Red, blue");
    assert_eq!(
        lists("[genres]\njson = true"),
        ["[\"Hats\",\"Red, blue\"]", "[{\"name\":\"Hats\"}]"],
        "names or objects with a name"
    );
}

#[test]
fn the_presets_with_text_ids_read_their_files() {
    let rows = |preset, table, text: &[u8]| {
        texts(&described(&description::named(preset).unwrap(), table, text).unwrap())
    };
    assert_eq!(
        rows(
            "book-crossing",
            Table::Movies,
            b"\"ISBN\";\"Book-Title\";\"Book-Author\";\"Year-Of-Publication\"\r\n\"034545104X\";\"Caf\xe9 \\\"O\\\"; &amp; \\\\\";\"A\";\"2001\"\r\n"
        ),
        [words(&[Some("034545104X"), Some("Café \"O\"; &amp; \\"), None, Some("2001")])]
    );
    assert_eq!(
        rows(
            "book-crossing",
            Table::Ratings,
            b"\"User-ID\";\"ISBN\";\"Book-Rating\"\n\"276725\";\"034545104X\";\"0\"\n"
        ),
        [words(&[Some("276725"), Some("034545104X"), Some("0"), None])]
    );
    assert_eq!(
        rows(
            "amazon-reviews",
            Table::Movies,
            b"{\"main_category\": \"All Beauty\", \"title\": \"A hat\", \"categories\": [\"Hats\", \"Red\"], \"parent_asin\": \"B00Y\"}\n"
        ),
        [words(&[Some("B00Y"), Some("A hat"), Some("[\"Hats\",\"Red\"]"), None])]
    );
    assert_eq!(
        rows(
            "yelp",
            Table::Ratings,
            b"{\"review_id\":\"KU_\",\"user_id\":\"mh_\",\"business_id\":\"XQf\",\"stars\":3.0,\"date\":\"2018-07-07 22:09:11\"}\n"
        ),
        [words(&[Some("mh_"), Some("XQf"), Some("3.0"), Some("2018-07-07 22:09:11")])]
    );
}
