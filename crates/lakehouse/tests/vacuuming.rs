//! Facts about vacuum, on real Delta folders whose files and logs are made to look older than they are.

#![allow(clippy::unwrap_used, reason = "a panic is a test's failure message")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use lakehouse::tables::{SilverRatings, silver_ratings};
use lakehouse::{Lake, LakehouseError, Provenance, Table, Vacuum};
use serde_json::Value;

const DAY: Duration = Duration::from_hours(24);
const WEEKLY: Vacuum =
    Vacuum { retention: DAY.saturating_mul(7), dry_run: false, task: "test", revision: "abc1234" };

/// A lake with one table.
struct World {
    lake: Lake,
    _folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { lake: Lake::open(folder.path().to_str().unwrap()).unwrap(), _folder: folder }
    }

    fn table(&self) -> PathBuf {
        self.lake.folder_of::<SilverRatings>().unwrap()
    }

    /// Replaces what the table holds by ratings of this user.
    async fn run(&self, run_id: &str, user_id: i64) {
        let by = Provenance {
            run_id: run_id.to_owned(),
            task: "test",
            revision: "abc1234",
            inputs: String::new(),
        };
        let mut rows = silver_ratings::Rows::default();
        rows.push(silver_ratings::Row { user_id, movie_id: 1, rating: 3.5, rated_at: 1 });
        let mut writer = self.lake.write::<SilverRatings>(&by).await.unwrap();
        writer.write(&rows.take().unwrap()).await.unwrap();
        writer.commit().await.unwrap();
    }

    /// Lets days go by: every file and every removal of one is that much older.
    fn age(&self, days: u32) {
        for path in files(&self.table()) {
            let time = fs::metadata(&path).unwrap().modified().unwrap() - DAY * days;
            File::options().append(true).open(&path).unwrap().set_modified(time).unwrap();
        }
        for path in files(&self.table().join("_delta_log")) {
            age_removals(&path, i64::from(days) * 86_400_000);
        }
    }

    async fn vacuum(&self) -> Vec<String> {
        self.lake.vacuum(SilverRatings::NAME, &WEEKLY).await.unwrap().unwrap().files
    }

    /// The user whom a run wrote, if the table's version still has its files.
    async fn user_of(&self, run_id: &str) -> Result<i64, LakehouseError> {
        let snapshot = self.lake.written_by::<SilverRatings>(run_id).await?;
        let mut batches = snapshot.read(&["user_id"]).await?;
        let batch = batches.next().await?.unwrap();
        Ok(silver_ratings::USER_ID.of(&batch)?.value(0))
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.is_file()).collect()
}

fn age_removals(log: &Path, milliseconds: i64) {
    let log_lines = fs::read_to_string(log).unwrap();
    let aged = log_lines.lines().map(|line| {
        let mut action: Value = serde_json::from_str(line).unwrap();
        if let Some(removed) = action["remove"]["deletionTimestamp"].as_i64() {
            action["remove"]["deletionTimestamp"] = (removed - milliseconds).into();
        } else if action["remove"].is_null() {
            action.as_object_mut().unwrap().remove("remove");
        }
        action.to_string() + "\n"
    });
    let aged: String = aged.collect();
    fs::write(log, aged).unwrap();
}

fn touch(path: &Path, age: Duration) {
    fs::write(path, b"half a file").unwrap();
    let file = File::options().append(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - age).unwrap();
}

#[tokio::test]
async fn what_the_newest_and_young_versions_need_stays_and_what_is_older_goes() {
    let world = World::new();
    world.run("first", 1).await;
    world.run("second", 2).await;
    world.age(8);
    world.run("third", 3).await;
    world.run("fourth", 4).await;
    assert_eq!(world.vacuum().await.len(), 1, "replaced eight days ago; the second one only today");
    for (run_id, user_id) in [("second", 2), ("third", 3), ("fourth", 4)] {
        assert_eq!(world.user_of(run_id).await.unwrap(), user_id);
    }
    let gone = world.user_of("first").await.unwrap_err().to_string();
    assert!(gone.contains("they were vacuumed"), "{gone}");

    world.age(400);
    assert_eq!(world.vacuum().await.len(), 2);
    assert_eq!(world.user_of("fourth").await.unwrap(), 4, "the newest version, whatever its age");
}

#[tokio::test]
async fn a_second_vacuum_removes_nothing_and_commits_nothing() {
    let world = World::new();
    world.run("first", 1).await;
    world.run("second", 2).await;
    world.age(8);
    assert_eq!(world.vacuum().await.len(), 1);
    let log = files(&world.table().join("_delta_log")).len();
    assert!(world.vacuum().await.is_empty());
    assert_eq!(files(&world.table().join("_delta_log")).len(), log);
}

#[tokio::test]
async fn a_vacuum_says_who_made_it_and_belongs_to_no_run() {
    let world = World::new();
    world.run("first", 1).await;
    world.run("second", 2).await;
    world.age(8);
    world.vacuum().await;
    let history = world.lake.history::<SilverRatings>(Some(2)).await.unwrap();
    for commit in history {
        assert!(commit.operation.as_deref().unwrap().starts_with("VACUUM"), "{commit:?}");
        assert_eq!((commit.note("task"), commit.note("revision")), (Some("test"), Some("abc1234")));
        assert_eq!(commit.note("run_id"), None);
    }
    assert_eq!(world.lake.latest_run::<SilverRatings>().await.unwrap(), "second");
    world.run("third", 3).await;
    assert_eq!(world.user_of("third").await.unwrap(), 3);
}

#[tokio::test]
async fn orphans_and_half_written_files_of_killed_writers_go_once_they_are_old() {
    let world = World::new();
    world.run("first", 1).await;
    let names = ["orphan.zstd.parquet", "half.zstd.parquet#1", "_delta_log/00000000000000000009.json#12"];
    for (name, age) in names.iter().flat_map(|name| [(*name, 8), (*name, 6)]) {
        touch(&world.table().join(name.replace("orphan", &format!("orphan{age}"))), DAY * age);
        let mut removed = world.vacuum().await;
        removed.retain(|path| path.contains(['#', 'o']));
        assert_eq!(removed.len(), usize::from(age == 8), "{name} of {age} days: {removed:?}");
    }
    assert_eq!(world.user_of("first").await.unwrap(), 1);
}

#[tokio::test]
async fn a_dry_run_tells_the_same_and_removes_nothing() {
    let world = World::new();
    world.run("first", 1).await;
    world.run("second", 2).await;
    world.age(8);
    touch(&world.table().join("half.zstd.parquet#1"), DAY * 8);
    let before = (files(&world.table()).len(), files(&world.table().join("_delta_log")).len());
    let dry = Vacuum { dry_run: true, ..WEEKLY };
    let told = world.lake.vacuum(SilverRatings::NAME, &dry).await.unwrap().unwrap().files;
    assert_eq!((files(&world.table()).len(), files(&world.table().join("_delta_log")).len()), before);
    assert_eq!(told.len(), 2);
    assert_eq!(world.vacuum().await, told);
}

#[tokio::test]
async fn a_table_that_was_never_written_is_left_alone() {
    let world = World::new();
    assert_eq!(world.lake.vacuum(SilverRatings::NAME, &WEEKLY).await.unwrap(), None);
    // A creation that was killed.
    fs::create_dir_all(world.table().join("_delta_log")).unwrap();
    assert_eq!(world.lake.vacuum(SilverRatings::NAME, &WEEKLY).await.unwrap(), None);
}

#[tokio::test]
async fn a_table_that_cannot_be_read_is_named() {
    let world = World::new();
    world.run("first", 1).await;
    fs::write(world.table().join("_delta_log/00000000000000000001.json"), "{").unwrap();
    let error = world.lake.vacuum(SilverRatings::NAME, &WEEKLY).await.unwrap_err();
    assert!(matches!(error, LakehouseError::Vacuum { table: "silver/ratings", .. }), "{error}");
}
