//! Facts about the tables, wherever the lake lies.

#![allow(clippy::unwrap_used, reason = "a panic is a test's failure message")]

mod ground;

use std::time::Duration;

use lakehouse::tables::{BronzeFeedback, SilverMovies, SilverRatings, SilverStats};
use lakehouse::tables::{bronze_feedback, silver_movies, silver_ratings, silver_stats};
use lakehouse::{Lake, LakehouseError, Provenance, Table, Vacuum, arrow};

use ground::{data_files, has, lake, put};

const NOTHING_IS_YOUNG: Vacuum =
    Vacuum { retention: Duration::ZERO, dry_run: false, task: "test", revision: "abc1234" };

fn by(run_id: &str) -> Provenance {
    Provenance { run_id: run_id.to_owned(), task: "test", revision: "abc1234", inputs: String::new() }
}

fn ratings(users: std::ops::Range<i64>) -> arrow::array::RecordBatch {
    let mut rows = silver_ratings::Rows::default();
    for user_id in users {
        rows.push(silver_ratings::Row { user_id, movie_id: user_id * 10, rating: 3.5, rated_at: user_id });
    }
    rows.take().unwrap()
}

async fn overwrite(lake: &Lake, run_id: &str, users: std::ops::Range<i64>) -> lakehouse::Committed {
    let mut writer = lake.write::<SilverRatings>(&by(run_id)).await.unwrap();
    writer.write(&ratings(users)).await.unwrap();
    writer.commit().await.unwrap()
}

async fn users_of(lake: &Lake, run_id: &str) -> Vec<i64> {
    let snapshot = lake.written_by::<SilverRatings>(run_id).await.unwrap();
    let mut batches = snapshot.read(&[silver_ratings::USER_ID.name()]).await.unwrap();
    let mut users = Vec::new();
    while let Some(batch) = batches.next().await.unwrap() {
        assert_eq!(batch.num_columns(), 1, "only the projected column is read");
        users.extend_from_slice(silver_ratings::USER_ID.of(&batch).unwrap().values());
    }
    users
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_tells_the_rows_files_and_bytes_that_are_live() {
    let (_folder, lake) = lake();
    let first = overwrite(&lake, "one", 1..4).await.size;
    assert_eq!((first.rows, first.files), (3, 1));
    assert_eq!(data_files::<SilverRatings>(&lake).await, [first.bytes]);
    let second = overwrite(&lake, "two", 7..9).await.size;
    let both: u64 = data_files::<SilverRatings>(&lake).await.iter().sum();
    assert_eq!(
        (second.rows, second.files, second.bytes),
        (2, 1, both - first.bytes),
        "what was replaced counts"
    );
    let repeated = overwrite(&lake, "one", 1..4).await;
    assert!(repeated.already);
    assert_eq!(repeated.size, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_size_of_an_appended_table_is_that_of_all_its_runs() {
    let (_folder, lake) = lake();
    let mut sizes = Vec::new();
    for run_id in ["one", "two"] {
        let mut rows = silver_stats::Rows::default();
        rows.push(silver_stats::Row { name: "ratings.rows", value: 2.0, run_id });
        let mut writer = lake.write::<SilverStats>(&by(run_id)).await.unwrap();
        writer.write(&rows.take().unwrap()).await.unwrap();
        let committed = writer.commit().await.unwrap();
        assert_eq!(committed.rows, 1);
        sizes.push(committed.size);
    }
    let [first, second] = sizes[..] else { panic!("{sizes:?}") };
    assert_eq!((first.files, second.files, second.rows), (1, 2, 2));
    assert_eq!(second.bytes, data_files::<SilverStats>(&lake).await.iter().sum::<u64>());
    let stats = lake.at::<SilverStats>(2).await.unwrap();
    let of_run = silver_stats::of_run(&stats, "one").await.unwrap();
    assert_eq!(of_run, [("ratings.rows".to_owned(), 2.0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_run_wrote_stays_readable_after_later_runs() {
    let (_folder, lake) = lake();
    overwrite(&lake, "one", 1..4).await;
    overwrite(&lake, "two", 7..9).await;
    assert_eq!(users_of(&lake, "one").await, [1, 2, 3]);
    assert_eq!(users_of(&lake, "two").await, [7, 8]);
    assert_eq!(lake.latest_run::<SilverRatings>().await.unwrap(), "two");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retried_run_commits_nothing_twice_and_leaves_no_file() {
    let (_folder, lake) = lake();
    let first = overwrite(&lake, "one", 1..4).await;
    let files = data_files::<SilverRatings>(&lake).await.len();
    let second = overwrite(&lake, "one", 50..60).await;
    assert!(!first.already && second.already);
    assert_eq!(first.version, second.version);
    assert_eq!(users_of(&lake, "one").await, [1, 2, 3]);
    assert_eq!(data_files::<SilverRatings>(&lake).await.len(), files);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_with_other_input_is_refused_and_leaves_no_file() {
    let (_folder, lake) = lake();
    overwrite(&lake, "one", 1..4).await;
    let files = data_files::<SilverRatings>(&lake).await.len();
    let other = Provenance { inputs: "another seed".to_owned(), ..by("one") };
    let mut writer = lake.write::<SilverRatings>(&other).await.unwrap();
    writer.write(&ratings(50..60)).await.unwrap();
    let refused = writer.commit().await.unwrap_err();
    assert!(matches!(refused, LakehouseError::OtherInputs { table: "silver/ratings", .. }), "{refused}");
    assert_eq!(users_of(&lake, "one").await, [1, 2, 3]);
    assert_eq!(data_files::<SilverRatings>(&lake).await.len(), files);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_attempts_of_one_run_at_the_same_time_commit_once() {
    let (_folder, lake) = lake();
    overwrite(&lake, "zero", 1..2).await;
    let mut attempts = Vec::new();
    for _ in 0..2 {
        let mut writer = lake.write::<SilverRatings>(&by("one")).await.unwrap();
        writer.write(&ratings(1..4)).await.unwrap();
        attempts.push(tokio::spawn(writer.commit()));
    }
    let mut outcomes = Vec::new();
    for attempt in attempts {
        outcomes.push(attempt.await.unwrap().unwrap());
    }
    assert_eq!(outcomes.iter().filter(|c| c.already).count(), 1, "{outcomes:?}");
    assert_eq!(outcomes[0].version, outcomes[1].version);
    assert_eq!(lake.newest::<SilverRatings>().await.unwrap().unwrap().rows(), 3);
}

/// Adds events to what the table holds, as a run does that looked at it before.
async fn append_feedback(lake: &Lake, run_id: &str, ids: &[i64]) -> lakehouse::TableWriter<BronzeFeedback> {
    let mut writer = lake.write::<BronzeFeedback>(&by(run_id)).await.unwrap();
    writer.only_after(lake.newest::<BronzeFeedback>().await.unwrap().unwrap().version());
    let mut rows = bronze_feedback::Rows::default();
    for &feedback_id in ids {
        let rating = (feedback_id % 2 == 0).then_some(4.5);
        rows.push(bronze_feedback::Row { feedback_id, user_id: 1, movie_id: 2, rating, rated_at: 3 });
    }
    writer.write(&rows.take().unwrap()).await.unwrap();
    writer
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_of_what_another_run_has_appended_meanwhile_is_refused_and_leaves_no_file() {
    let (_folder, lake) = lake();
    let slow = append_feedback(&lake, "slow", &[1, 2]).await;
    append_feedback(&lake, "fast", &[1, 2]).await.commit().await.unwrap();
    let files = data_files::<BronzeFeedback>(&lake).await.len();
    let refused = slow.commit().await.unwrap_err();
    assert!(matches!(refused, LakehouseError::Overtaken { table: "bronze/feedback" }), "{refused}");
    assert_eq!(data_files::<BronzeFeedback>(&lake).await.len(), files);
    let again = append_feedback(&lake, "slow", &[3]).await.commit().await.unwrap();
    assert_eq!((again.rows, again.already), (1, false));
    let feedback = lake.newest::<BronzeFeedback>().await.unwrap().unwrap();
    assert_eq!((feedback.rows(), bronze_feedback::greatest_id(&feedback).await.unwrap()), (3, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_attempt_finds_its_own_append_and_is_not_refused() {
    let (_folder, lake) = lake();
    let (one, two) = (append_feedback(&lake, "r", &[1]).await, append_feedback(&lake, "r", &[1]).await);
    let first = one.commit().await.unwrap();
    let second = two.commit().await.unwrap();
    assert_eq!((first.already, second.already, first.version), (false, true, second.version));
    assert_eq!(lake.newest::<BronzeFeedback>().await.unwrap().unwrap().rows(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn appends_of_different_runs_at_the_same_time_all_arrive() {
    let (_folder, lake) = lake();
    lake.write::<SilverStats>(&by("zero")).await.unwrap().commit().await.unwrap();
    let mut appends = Vec::new();
    for run in 1..5 {
        let run_id = format!("run {run}");
        let mut rows = silver_stats::Rows::default();
        rows.push(silver_stats::Row { name: "ratings.rows", value: f64::from(run), run_id: &run_id });
        let mut writer = lake.write::<SilverStats>(&by(&run_id)).await.unwrap();
        writer.write(&rows.take().unwrap()).await.unwrap();
        appends.push(tokio::spawn(writer.commit()));
    }
    let mut versions = Vec::new();
    for append in appends {
        versions.push(append.await.unwrap().unwrap().version);
    }
    versions.sort_unstable();
    versions.dedup();
    assert_eq!(versions.len(), 4);
    assert_eq!(lake.newest::<SilverStats>().await.unwrap().unwrap().rows(), 4);
    let committed = lake.committed::<SilverStats>("run 3").await.unwrap().unwrap();
    assert_eq!((committed.rows, committed.already), (1, true), "the run's own rows are counted");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uncommitted_write_is_invisible_and_vacuum_removes_its_files() {
    let (_folder, lake) = lake();
    overwrite(&lake, "one", 1..4).await;
    let mut writer = lake.write::<SilverRatings>(&by("two")).await.unwrap();
    writer.write(&ratings(10..20)).await.unwrap();
    put::<SilverRatings>(&lake, "part-00000-killed.zstd.parquet", b"half a file").await;
    drop(writer);

    assert_eq!(lake.version_of::<SilverRatings>("two").await.unwrap(), None);
    assert_eq!(lake.latest_run::<SilverRatings>().await.unwrap(), "one");
    lake.vacuum(SilverRatings::NAME, &NOTHING_IS_YOUNG).await.unwrap();
    assert_eq!(data_files::<SilverRatings>(&lake).await.len(), 1);
    assert_eq!(users_of(&lake, "one").await, [1, 2, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overwrite_without_rows_empties_the_table() {
    let (_folder, lake) = lake();
    overwrite(&lake, "one", 1..4).await;
    let committed = lake.write::<SilverRatings>(&by("two")).await.unwrap().commit().await.unwrap();
    assert_eq!(committed.rows, 0);
    assert!(users_of(&lake, "two").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_commit_names_its_run_task_and_revision() {
    let (_folder, lake) = lake();
    overwrite(&lake, "manual__2026-01-01T00:00:00+00:00", 1..4).await;
    let history = lake.history::<SilverRatings>(Some(10)).await.unwrap();
    assert_eq!(history[0].note("run_id"), Some("manual__2026-01-01T00:00:00+00:00"));
    assert_eq!(history[0].note("task"), Some("test"));
    assert_eq!(history[0].note("revision"), Some("abc1234"));
    assert_eq!(history[0].operation.as_deref(), Some("WRITE"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_found_after_its_log_entry_is_behind_a_checkpoint() {
    let (_folder, lake) = lake();
    overwrite(&lake, "first", 1..4).await;
    for run in 0..110 {
        overwrite(&lake, &format!("run {run}"), 5..6).await;
    }
    let is_checkpointed = has::<SilverRatings>(&lake, "_delta_log/_last_checkpoint").await;
    assert!(is_checkpointed, "the table has been checkpointed");
    assert_eq!(lake.version_of::<SilverRatings>("first").await.unwrap(), Some(1));
    assert_eq!(users_of(&lake, "first").await, [1, 2, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nulls_lists_and_accents_survive_the_round_trip() {
    let (_folder, lake) = lake();
    let mut rows = silver_movies::Rows::default();
    let genres = ["Comedy".to_owned(), "Film-Noir".to_owned()];
    rows.push(silver_movies::Row {
        movie_id: 1,
        title: "Amélie, \"Le\"\n",
        year: None,
        genres: &genres,
        imdb_id: Some("0211915"),
        tmdb_id: None,
        key: None,
    });
    let mut writer = lake.write::<SilverMovies>(&by("one")).await.unwrap();
    writer.write(&rows.take().unwrap()).await.unwrap();
    writer.commit().await.unwrap();

    let snapshot = lake.written_by::<SilverMovies>("one").await.unwrap();
    let columns = [silver_movies::TITLE.name(), silver_movies::YEAR.name(), silver_movies::GENRES.name()];
    let batch = snapshot.read(&columns).await.unwrap().next().await.unwrap().unwrap();
    assert_eq!(silver_movies::TITLE.of(&batch).unwrap().value(0), "Amélie, \"Le\"\n");
    assert!(arrow::array::Array::is_null(silver_movies::YEAR.of(&batch).unwrap(), 0));
    let list = silver_movies::GENRES.of(&batch).unwrap().value(0);
    let list: &arrow::array::StringArray = list.as_any().downcast_ref().unwrap();
    assert_eq!(list.iter().flatten().collect::<Vec<_>>(), genres);
    assert!(silver_movies::TMDB_ID.of(&batch).is_err(), "a column that was not read is an error");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_table_and_a_missing_run_are_named() {
    let (_folder, lake) = lake();
    let missing = lake.written_by::<SilverRatings>("one").await.unwrap_err();
    assert!(matches!(missing, LakehouseError::MissingTable { table: "silver/ratings", .. }), "{missing}");
    overwrite(&lake, "one", 1..2).await;
    let missing = lake.written_by::<SilverRatings>("two").await.unwrap_err();
    assert!(missing.to_string().contains("silver/ratings") && missing.to_string().contains("\"two\""));
}
