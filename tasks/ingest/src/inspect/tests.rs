//! What is proposed for data sets of several forms.

use std::fs;

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
    (description::parse(&text, "the proposal").unwrap(), text)
}

/// Names and contents.
type Files<'a> = &'a [(&'a str, &'a [u8])];

const FLAGS: &str = "0|0|0|1|1|1|0|0|0|0|0|0|0|0|0|0|0|0|0";

#[test]
fn every_form_of_a_preset_is_known() {
    let item = format!("1|Toy Story (1995)|01-Jan-1995||http://x/|{FLAGS}\n");
    let movies = b"movieId,title,genres\n1,A (1990),Drama\n";
    let forms: [(&str, Files<'_>); 9] = [
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
    assert_eq!(description.files.ratings.format, contract::description::Format::JsonLines);
    assert_eq!(description.scale.kind, contract::description::ScaleKind::Count);
    let (description, text) = read(&[("votes.txt", b"1\t7\t87\t1600000000\n2\t7\t3\t1600000001\n")]);
    assert!(!description.files.ratings.header, "{text}");
    assert_eq!(
        (description.scale.least, description.scale.most, description.scale.step),
        (1.0, 100.0, 1.0),
        "{text}"
    );
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
