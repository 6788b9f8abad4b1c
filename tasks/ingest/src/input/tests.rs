//! Zips and folders as they come.

use std::{fs, io::Write};

use lakehouse::arrow::{array::AsArray, datatypes::Int64Type};
use tempfile::TempDir;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::*;
use crate::rows::Batch;

const RATINGS: &str = "userId,movieId,rating,timestamp\n1,1,4.0,964982703\n1,3,4.5,964981247\n";
const MOVIES: &str = "movieId,title,genres\n1,\"Amélie, la (2001)\",Comedy|Romance\n3,Brazil (1985),Sci-Fi\n";

fn write_zip(path: &Path, files: &[(&str, &[u8])], large: bool) {
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    let options =
        SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).large_file(large);
    for (name, bytes) in files {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

fn zip_of(files: &[(&str, &[u8])]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ml.zip");
    write_zip(&path, files, false);
    (folder, path)
}

fn small_zip() -> (TempDir, PathBuf) {
    zip_of(&[
        ("ml/README.txt", b"..."),
        ("ml/ratings.csv", RATINGS.as_bytes()),
        ("ml/movies.csv", MOVIES.as_bytes()),
    ])
}

fn read(input: &mut Input, table: Table) -> Result<Vec<Batch>, IngestError> {
    input.rows(table, 0)?.into_iter().flatten().collect()
}

fn titles(input: &mut Input) -> Vec<String> {
    let batches = read(input, Table::Movies).unwrap();
    let titles = batches.iter().map(|batch| batch.columns[1].as_string::<i32>());
    titles.flat_map(|titles| titles.iter().flatten().map(str::to_owned)).collect()
}

/// The lines on which the ratings of the first batch begin, and their file.
fn ratings_lines(input: &mut Input) -> (Vec<i64>, String) {
    let batches = read(input, Table::Ratings).unwrap();
    let [.., lines, files] = &batches[0].columns[..] else { panic!("too few columns") };
    (lines.as_primitive::<Int64Type>().values().to_vec(), files.as_string::<i32>().value(0).to_owned())
}

#[test]
fn a_zip_is_read_without_its_optional_files() {
    let (_folder, path) = small_zip();
    let mut input = Input::open(&path, None).unwrap();
    assert!(input.rows(Table::Tags, 0).unwrap().is_none());
    assert!(input.rows(Table::Links, 0).unwrap().is_none());
    assert_eq!(titles(&mut input), ["Amélie, la (2001)", "Brazil (1985)"]);
    assert_eq!(ratings_lines(&mut input), (vec![2, 3], "ml/ratings.csv".to_owned()));
}

#[test]
fn a_folder_gives_the_rows_of_the_zip_it_came_from() {
    let (folder, path) = small_zip();
    let unpacked = folder.path().join("unpacked");
    fs::create_dir_all(unpacked.join("ml")).unwrap();
    fs::write(unpacked.join("ml/ratings.csv"), RATINGS).unwrap();
    fs::write(unpacked.join("ml/movies.csv"), MOVIES).unwrap();
    for folder in [unpacked.clone(), unpacked.join("ml")] {
        let (mut zip, mut folder) = (Input::open(&path, None).unwrap(), Input::open(&folder, None).unwrap());
        let (from_zip, from_folder) =
            (read(&mut zip, Table::Ratings).unwrap(), read(&mut folder, Table::Ratings).unwrap());
        let without_file = |batch: &Batch| batch.columns[..6].to_vec();
        assert_eq!(without_file(&from_zip[0]), without_file(&from_folder[0]));
    }
}

#[test]
fn the_older_layout_is_read_from_a_zip_in_latin_1() {
    let (_folder, path) = zip_of(&[
        ("ml-1m/movies.dat", b"1::Mis\xe9rables, Les (1995)::Drama|Musical\n"),
        ("ml-1m/ratings.dat", b"1::1::5::978300760\n"),
        ("ml-1m/users.dat", b"1::F::1::10::48067\n"),
    ]);
    let mut input = Input::open(&path, None).unwrap();
    assert_eq!(titles(&mut input), ["Misérables, Les (1995)"]);
    assert_eq!(ratings_lines(&mut input).0, [1]);
}

fn refused(path: &Path) -> String {
    let error = Input::open(path, None).map(|_| ()).unwrap_err();
    assert!(error.is_wrong_usage(), "{error}");
    error.to_string()
}

#[test]
fn a_zip_may_have_backslashes_and_shadows_at_any_depth() {
    let (_folder, path) = zip_of(&[
        ("ml\\ratings.csv", RATINGS.as_bytes()),
        ("ml\\movies.csv", MOVIES.as_bytes()),
        ("ml\\__MACOSX\\ratings.csv", b"..."),
    ]);
    assert_eq!(titles(&mut Input::open(&path, None).unwrap()).len(), 2);
}

#[test]
fn the_files_may_be_packed_each_by_itself_and_lie_some_folders_down() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("a/b");
    fs::create_dir_all(&inner).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(RATINGS.as_bytes()).unwrap();
    fs::write(inner.join("ratings.csv.gz"), gzip.finish().unwrap()).unwrap();
    fs::write(inner.join("movies.csv.zst"), zstd::encode_all(MOVIES.as_bytes(), 1).unwrap()).unwrap();
    let mut input = Input::open(folder.path(), None).unwrap();
    assert_eq!(titles(&mut input).len(), 2);
    assert_eq!(ratings_lines(&mut input), (vec![2, 3], "a/b/ratings.csv.gz".to_owned()));
}

#[test]
fn the_ratings_file_itself_stands_for_its_data_set() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("ratings.csv"), RATINGS).unwrap();
    let message = refused(&folder.path().join("ratings.csv"));
    assert!(message.starts_with("no `movies.csv` in"), "{message}");
    fs::write(folder.path().join("movies.csv"), MOVIES).unwrap();
    assert_eq!(titles(&mut Input::open(&folder.path().join("ratings.csv"), None).unwrap()).len(), 2);
}

#[test]
fn what_is_no_zip_is_called_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ml.zip");
    let mut tar = vec![0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&tar).unwrap();
    for (bytes, name) in [
        (b"  <!DOCTYPE html><html>".to_vec(), "a web page"),
        (b"7z\xbc\xaf\x27\x1c".to_vec(), "a 7z archive"),
        (gzip.finish().unwrap(), "a tar archive, packed with gzip"),
        (tar, "a tar archive"),
    ] {
        fs::write(&path, bytes).unwrap();
        let message = refused(&path);
        assert!(message.contains(&format!("ml.zip` is {name}, not a zip: ")), "{message}");
    }
}

#[test]
fn an_entry_that_cannot_be_unpacked_is_refused_before_anything_is_read() {
    // The central directory: versions, flags, method.
    let header = b"PK\x01\x02";
    let (_folder, path) = zip_of(&[("ratings.csv", RATINGS.as_bytes()), ("movies.csv", MOVIES.as_bytes())]);
    let whole = fs::read(&path).unwrap();
    for (offset, value, words) in [(8, 1, "encrypted"), (10, 14, "packed with")] {
        let mut bytes = whole.clone();
        for place in memchr::memmem::find_iter(&whole, header) {
            bytes[place + offset] = value;
        }
        fs::write(&path, bytes).unwrap();
        let message = refused(&path);
        assert!(message.contains(&format!("`ratings.csv` in `{}` is {words}", path.display())), "{message}");
    }
}

#[test]
fn two_entries_of_one_name_are_refused() {
    let (_folder, path) = zip_of(&[("ratings.csv", RATINGS.as_bytes()), ("ratings.csx", RATINGS.as_bytes())]);
    let bytes = fs::read(&path).unwrap();
    let mut doubled = bytes.clone();
    for place in memchr::memmem::find_iter(&bytes, b"ratings.csx") {
        doubled[place..place + 11].copy_from_slice(b"ratings.csv");
    }
    fs::write(&path, doubled).unwrap();
    assert!(
        refused(&path)
            .ends_with("has two entries of one name: unpack it, keep the right one, and give the folder")
    );
}

#[test]
fn a_zip64_archive_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ml.zip");
    write_zip(&path, &[("ratings.csv", RATINGS.as_bytes()), ("movies.csv", MOVIES.as_bytes())], true);
    assert_eq!(titles(&mut Input::open(&path, None).unwrap()).len(), 2);
}

#[test]
fn a_truncated_zip_is_named_with_the_remedy() {
    let (_folder, path) = small_zip();
    let bytes = fs::read(&path).unwrap();
    for length in [0, 10, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&path, &bytes[..length]).unwrap();
        let error = Input::open(&path, None).map(|_| ()).unwrap_err();
        let message = error.to_string();
        assert!(matches!(error, IngestError::DamagedArchive { .. }), "{message}");
        assert!(
            message.contains("ml.zip` is truncated, damaged or not a zip; download it again"),
            "{message}"
        );
    }
}

#[test]
fn a_damaged_entry_is_named() {
    let ratings = format!("{RATINGS}{}", "1,1,4.0,964982703\n".repeat(1000));
    let (_folder, path) = zip_of(&[("ratings.csv", ratings.as_bytes()), ("movies.csv", MOVIES.as_bytes())]);
    let mut bytes = fs::read(&path).unwrap();
    bytes[60] ^= 0x55;
    fs::write(&path, &bytes).unwrap();
    let error = read(&mut Input::open(&path, None).unwrap(), Table::Ratings).unwrap_err();
    assert!(
        matches!(&error, IngestError::DamagedArchive { entry: Some(entry), .. } if entry == "ratings.csv"),
        "{error}"
    );
}

#[test]
fn a_wrong_checksum_inside_a_zip_is_noticed() {
    let (_folder, path) = small_zip();
    let mut bytes = fs::read(&path).unwrap();
    // The central directory's entry for movies.csv: its CRC is 30 bytes before its name.
    let name = bytes.windows(13).rposition(|window| window == b"ml/movies.csv").unwrap();
    bytes[name - 30] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let error = read(&mut Input::open(&path, None).unwrap(), Table::Movies).unwrap_err();
    assert!(matches!(error, IngestError::DamagedArchive { .. }), "{error}");
}

#[test]
fn a_path_that_leads_nowhere_is_named() {
    let error = Input::open(Path::new("no/such/ml.zip"), None).map(|_| ()).unwrap_err();
    assert!(matches!(error, IngestError::NotFound { .. }), "{error}");
}

#[test]
fn a_zip_without_movies_is_refused() {
    let (_folder, path) = zip_of(&[("ml/ratings.csv", RATINGS.as_bytes())]);
    let error = Input::open(&path, None).map(|_| ()).unwrap_err();
    assert!(error.to_string().starts_with("no `ml/movies.csv` in"), "{error}");
}

#[test]
fn the_content_hash_changes_with_the_content_and_not_with_the_place() {
    let (folder, path) = small_zip();
    let copy = folder.path().join("copy.zip");
    fs::copy(&path, &copy).unwrap();
    let hash = |path: &Path| Input::open(path, None).unwrap().content_hash().unwrap();
    assert_eq!(hash(&path), hash(&copy));
    let data = tempfile::tempdir().unwrap();
    fs::write(data.path().join("ratings.csv"), RATINGS).unwrap();
    fs::write(data.path().join("movies.csv"), MOVIES).unwrap();
    let before = hash(data.path());
    fs::write(data.path().join("notes.txt"), "not data").unwrap();
    assert_eq!(hash(data.path()), before);
    fs::write(data.path().join("movies.csv"), MOVIES.replace("1985", "1986")).unwrap();
    assert_ne!(hash(data.path()), before);
    assert_eq!(before.to_string().len(), 64);
    fs::write(data.path().join("dataset.toml"), "[files.ratings]\npath = \"ratings.csv\"\ncolumns = { user = \"userId\", movie = \"movieId\", rating = \"rating\" }\n").unwrap();
    let described = hash(data.path());
    fs::write(data.path().join("dataset.toml"), "[files.ratings]\npath = \"ratings.csv\"\ncolumns = { user = \"userId\", movie = \"movieId\", rating = \"timestamp\" }\n").unwrap();
    assert_ne!(hash(data.path()), described, "another description is another input");
}
