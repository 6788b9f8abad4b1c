//! What is proposed for data sets of several forms.

use std::fs;
use std::sync::Arc;

use contract::description::{Format, ScaleKind};
use lakehouse::arrow::array::{ArrayRef, Int64Array, ListBuilder, RecordBatch, StringBuilder};
use lakehouse::parquet::arrow::ArrowWriter;

use super::*;

/// The proposal for these files.
fn proposed(files: Files<'_>) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    propose(folder.path().to_str().unwrap()).unwrap()
}

/// The same as a description, and what was said of it.
fn read(files: Files<'_>) -> (Description, String) {
    let text = proposed(files);
    (description::parse(text.as_bytes(), "the proposal").unwrap(), text)
}

/// Names and contents.
type Files<'a> = &'a [(&'a str, &'a [u8])];

const FLAGS: &str = "0|0|0|1|1|1|0|0|0|0|0|0|0|0|0|0|0|0|0";

const YELP_REVIEW: &[u8] = b"{\"review_id\":\"KU_\",\"user_id\":\"m_4\",\"business_id\":\"X-s\",\"stars\":3.0,\"useful\":0,\"text\":\"Good,\\nsaid \\\"I\\\"\",\"date\":\"2018-07-07 22:09:11\"}\n";

#[test]
fn every_form_of_a_preset_is_known() {
    let item = format!("1|Toy Story (1995)|01-Jan-1995||http://x/|{FLAGS}\n");
    let movies = b"movieId,title,genres\n1,A (1990),Drama\n";
    let forms: [(&str, Files<'_>); 12] = [
        (
            "movielens",
            &[("ratings.csv", b"userId,movieId,rating,timestamp\n1,1,4.5,1\n"), ("movies.csv", movies)],
        ),
        (
            "movielens-dat",
            &[
                ("ratings.dat", b"1::1::5::978300760\n2::1::3::978300760\n"),
                ("movies.dat", b"1::A (1990)::Drama\n"),
            ],
        ),
        ("ml-100k", &[("u.data", b"196\t1\t3\t881250949\n"), ("u.item", item.as_bytes())]),
        (
            "movietweetings",
            &[
                ("ratings.dat", b"1::1::9::978300760\n1::2::10::978300760\n"),
                ("movies.dat", b"1::A (1990)::Drama\n"),
            ],
        ),
        (
            "goodbooks-10k",
            &[
                ("ratings.csv", b"user_id,book_id,rating\n1,2,5\n"),
                ("books.csv", b"book_id,title,original_publication_year\n2,B,1999\n"),
            ],
        ),
        (
            "netflix-prize",
            &[
                ("combined_data_1.txt", b"1:\n7,3,2005-09-06\n"),
                ("movie_titles.csv", b"1,2003,Dinosaur Planet\n"),
            ],
        ),
        (
            "lastfm-hetrec",
            &[
                ("user_artists.dat", b"userID\tartistID\tweight\n2\t51\t13883\n"),
                ("artists.dat", b"id\tname\turl\n51\tDuran\thttp://x\n"),
            ],
        ),
        (
            "anime",
            &[
                ("rating.csv", b"user_id,anime_id,rating\n1,20,-1\n1,20,8\n"),
                ("anime.csv", b"anime_id,name,genre\n20,N,Action\n"),
            ],
        ),
        (
            "book-crossing",
            &[
                ("BX-Book-Ratings.csv", b"\"User-ID\";\"ISBN\";\"Book-Rating\"\n\"7\";\"034545104X\";\"0\"\n"),
                (
                    "BX-Books.csv",
                    b"\"ISBN\";\"Book-Title\";\"Book-Author\";\"Year-Of-Publication\"\n\"034545104X\";\"An \\\"odd\\\"; \xe9\";\"A\";\"2001\"\n",
                ),
            ],
        ),
        (
            "amazon-reviews",
            &[
                ("All_Beauty.csv", b"user_id,parent_asin,rating,timestamp\nAGKH,B00Y,5.0,1588687728923\n"),
                ("meta_All_Beauty.jsonl", b"{\"parent_asin\": \"B00Y\", \"title\": \"A hat\", \"categories\": [\"Hats\"]}\n"),
            ],
        ),
        (
            "yelp",
            &[
                ("yelp_academic_dataset_review.json", YELP_REVIEW),
                (
                    "yelp_academic_dataset_business.json",
                    b"{\"business_id\":\"X-s\",\"name\":\"A bar\",\"categories\":\"Bars, Food\"}\n",
                ),
                ("yelp_academic_dataset_tip.json", b"{\"user_id\":\"m_4\",\"business_id\":\"X-s\",\"date\":\"2018-07-07 22:09:11\"}\n"),
            ],
        ),
        (
            "clicks",
            &[
                ("clicks.csv", b"user_id,item_id,time\n7,3,2024-05-01T12:00:00Z\n"),
                ("items.csv", b"item_id,title,categories\n3,Hat,Red\n"),
            ],
        ),
    ];
    for (name, files) in forms {
        let text = proposed(files);
        assert!(text.contains(&format!("the preset `{name}` (--describe {name})")), "{name}:\n{text}");
        assert!(text.contains("# Usable: 100%"), "{name}:\n{text}");
    }
}

#[test]
fn a_shop_of_its_own_is_described() {
    let visits = "visitor;article;points;at\n1;5;1,5;01.05.2024 00:30\n2;5;9,0;01.05.2024 12:00\n";
    let articles =
        "id;name;departments\n5;Ein Hut;[\"Hüte\", \"Rot\"]\n".replace("[\"Hüte\", \"Rot\"]", "Hats, Red");
    let (description, text) =
        read(&[("visits.csv", visits.as_bytes()), ("articles.csv", articles.as_bytes())]);
    assert!(
        text.contains("a guess: read it, correct it") && text.contains("# Usable: 100% of the first 2 rows"),
        "{text}"
    );
    let ratings = &description.files.ratings;
    assert_eq!((&*ratings.path, &*ratings.separator, ratings.columns.len()), ("visits.csv", ";", 4));
    assert_eq!((description.scale.most, &*description.scale.decimal), (10.0, ","));
    assert_eq!(description.time.format.as_deref(), Some("%d.%m.%Y %H:%M"));
    assert_eq!((&*description.genres.separator, description.title.year), (",", false));
    assert_eq!(description.files.movies.unwrap().path, "articles.csv");
}

#[test]
fn json_lines_and_files_without_a_header_are_described() {
    let plays = "{\"user\": 1, \"track\": 7, \"plays\": 12}\n{\"user\": 2, \"track\": 7, \"plays\": 1}\n";
    let (description, _) = read(&[("plays.jsonl", plays.as_bytes())]);
    assert_eq!(description.files.ratings.format, Format::JsonLines);
    assert_eq!(description.scale.kind, ScaleKind::Count);
    let (description, text) = read(&[("votes.txt", b"1\t7\t87\t1600000000\n2\t7\t3\t1600000001\n")]);
    assert!(!description.files.ratings.header, "{text}");
    assert_eq!(
        (description.scale.least, description.scale.most, description.scale.step),
        (1.0, 100.0, 1.0),
        "{text}"
    );
}

#[test]
fn ids_that_are_no_whole_numbers_are_texts() {
    let ids = |rows: &str| {
        let text = format!("visitor,article,points\n{rows}");
        let (description, text) = read(&[("visits.csv", text.as_bytes())]);
        assert!(text.contains("# Usable: 100%"), "{text}");
        (description.ids.user, description.ids.movie)
    };
    assert_eq!(ids("1,7.0,5\n2,8.0,3\n"), (IdKind::Number, IdKind::Number));
    assert_eq!(ids("-7310212,7,5\n1,8,3\n"), (IdKind::Text, IdKind::Number), "a hash may be negative");
    assert_eq!(ids("1,0345451041,5\n2,034545104X,3\n"), (IdKind::Number, IdKind::Text));
    assert_eq!(ids("9007199254740992,a,5\n1,b,3\n"), (IdKind::Text, IdKind::Text), "too great for a number");
}

#[test]
fn a_few_ids_that_are_none_do_not_make_texts_of_all() {
    let rows = (1..=200).map(|user| format!("{user},7,5\n")).collect::<Vec<_>>().concat();
    let text = format!("user,item,rating\n{rows}unknown,7,5\n");
    let (description, _) = read(&[("r.csv", text.as_bytes())]);
    assert_eq!(description.ids.user, IdKind::Number);
}

#[test]
fn the_ids_of_the_movies_file_count_and_so_do_those_without_a_header() {
    let (description, text) = read(&[
        ("votes.csv", b"user,item,rating\n1,7,5\n2,7,4\n"),
        ("items.csv", b"id,name\n7,Hat\nK-8,Shoe\n"),
    ]);
    assert_eq!((description.ids.user, description.ids.movie), (IdKind::Number, IdKind::Text), "{text}");
    let (description, text) = read(&[("r.csv", b"A1X,B00A,5.0,1400000000\nA2Y,B00B,4.0,1400000001\n")]);
    assert!(!description.files.ratings.header, "{text}");
    assert_eq!((description.ids.user, description.ids.movie), (IdKind::Text, IdKind::Text), "{text}");
    assert!(text.contains("# Usable: 100% of the first 2 rows"), "{text}");
}

#[test]
fn quotes_behind_backslashes_are_seen() {
    let items = r#"id;name;year
1;"The \"odd\"; one";1999
2;"Plain";2001
3;"\"";2002
"#;
    let votes = ("votes.csv", &b"user,item,rating\n1,1,5\n2,2,4\n"[..]);
    let (description, text) = read(&[votes, ("items.csv", items.as_bytes())]);
    assert_eq!(description.files.movies.unwrap().escape, "\\", "{text}");
    let paths = "id,name\n1,\"C:\\\"\n2,\"D:\\\"\n";
    let (description, text) = read(&[votes, ("items.csv", paths.as_bytes())]);
    assert_eq!(description.files.movies.unwrap().escape, "", "a backslash may end a field: {text}");
}

#[test]
fn who_rated_comes_before_who_tagged() {
    let (description, text) = read(&[
        ("labels.csv", b"userId,movieId,label\n1,7,good\n"),
        ("votes.csv", b"userId,movieId,rating\n1,7,5\n"),
    ]);
    assert_eq!(description.files.ratings.path, "votes.csv", "{text}");
}

/// Columns of a Parquet file.
fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn parquet_files_are_described_by_their_columns_and_first_rows() {
    let texts = |texts: [&str; 2]| Arc::new(StringArray::from(texts.to_vec())) as ArrayRef;
    let plays = parquet(vec![
        ("listener", texts(["x", "y"])),
        ("user_id", texts(["u-1", "u-2"])),
        ("track_id", Arc::new(Int64Array::from(vec![7, 8])) as ArrayRef),
        ("plays", Arc::new(Int64Array::from(vec![3, 250])) as ArrayRef),
    ]);
    let mut genres = ListBuilder::new(StringBuilder::new());
    genres.append_value([Some("Rock"), Some("Hard, loud")]);
    genres.append_null();
    let tracks = parquet(vec![
        ("id", Arc::new(Int64Array::from(vec![7, 8])) as ArrayRef),
        ("name", texts(["A song", "Another"])),
        ("genres", Arc::new(genres.finish()) as ArrayRef),
    ]);
    let (description, text) = read(&[("plays.parquet", &plays), ("tracks.parquet", &tracks)]);
    assert!(text.contains("# Usable: 100% of the first 2 rows"), "{text}");
    let ratings = &description.files.ratings;
    assert_eq!(
        (&*ratings.path, ratings.format, ratings.columns.len()),
        ("plays.parquet", Format::Parquet, 3)
    );
    assert_eq!((description.ids.user, description.ids.movie), (IdKind::Text, IdKind::Number));
    assert_eq!(description.scale.kind, ScaleKind::Count);
    assert!(description.genres.json, "{text}");
    assert_eq!(description.files.movies.unwrap().path, "tracks.parquet");
    let (description, _) = read(&[("plays.parquet", &plays)]);
    assert!(description.files.movies.is_none());
}

#[test]
fn what_holds_no_ratings_is_said_to() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("notes.txt"), "nothing here\n").unwrap();
    let error = propose(folder.path().to_str().unwrap()).unwrap_err();
    assert!(matches!(error, IngestError::NothingProposed { .. }), "{error}");
    assert!(error.is_wrong_usage());
    assert!(propose("ml-25m").unwrap_err().to_string().contains("give the path"));
}
