//! Facts about lakes that lie in a folder.

#![allow(clippy::unwrap_used, reason = "a panic is a test's failure message")]

use lakehouse::tables::{GoldModels, SilverRatings, gold_models};
use lakehouse::{Lake, LakehouseError, Provenance};

fn by(run_id: &str) -> Provenance {
    Provenance { run_id: run_id.to_owned(), task: "test", revision: "abc1234", inputs: String::new() }
}

#[tokio::test]
async fn a_table_with_other_columns_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(folder.path().to_str().unwrap()).unwrap();
    lake.write::<GoldModels>(&by("one")).await.unwrap().commit().await.unwrap();
    std::fs::create_dir_all(lake.folder().unwrap().join("silver")).unwrap();
    std::fs::rename(lake.folder_of::<GoldModels>().unwrap(), lake.folder_of::<SilverRatings>().unwrap())
        .unwrap();
    let refused = lake.write::<SilverRatings>(&by("one")).await.unwrap_err();
    assert!(matches!(refused, LakehouseError::SchemaMismatch { .. }), "{refused}");
    assert!(refused.to_string().contains(gold_models::RANK.name()));
}

#[tokio::test]
async fn a_creation_that_was_killed_is_taken_up_again() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(folder.path().to_str().unwrap()).unwrap();
    let log = lake.folder_of::<SilverRatings>().unwrap().join("_delta_log");
    std::fs::create_dir_all(&log).unwrap();
    let committed = lake.write::<SilverRatings>(&by("one")).await.unwrap().commit().await.unwrap();
    assert_eq!((committed.version, committed.already), (1, false));
}

#[test]
fn a_file_is_no_lake() {
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(matches!(Lake::open(file.path().to_str().unwrap()), Err(LakehouseError::Root { .. })));
}
