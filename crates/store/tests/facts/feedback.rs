use std::{collections::BTreeSet, time::Duration};

use store::{Announcement, ConnectOptions, Store, StoreError};
use store_testing::TestDatabase;

use crate::probe;

/// Movie and rating of each of a user's newest events.
async fn newest(store: &Store, user_id: i64) -> Vec<(i64, Option<f32>)> {
    store.feedback_of(user_id).await.unwrap().iter().map(|event| (event.movie_id, event.rating)).collect()
}

#[tokio::test]
async fn the_newest_event_of_each_movie_counts_and_one_taken_back_stays_visible() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    store.record_feedback(7, &[(20, Some(3.0)), (10, Some(0.5))]).await.unwrap();
    store.record_feedback(8, &[(10, Some(1.0))]).await.unwrap();
    store.record_feedback(7, &[(20, Some(4.5))]).await.unwrap();
    store.record_feedback(7, &[(10, None)]).await.unwrap();
    assert_eq!(newest(&store, 7).await, [(10, None), (20, Some(4.5))]);
    assert_eq!(newest(&store, 9).await, []);
}

#[tokio::test]
async fn the_last_of_two_ratings_of_a_movie_in_one_call_counts() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    store.record_feedback(1, &[(5, Some(1.0)), (5, None), (5, Some(2.0))]).await.unwrap();
    assert_eq!(newest(&store, 1).await, [(5, Some(2.0))]);
}

#[tokio::test]
async fn a_revision_is_the_greatest_id_of_the_users_events() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    assert_eq!(store.listen().await.unwrap().revisions_after(0).await.unwrap(), []);
    let first = store.record_feedback(2, &[(1, Some(1.0)), (2, Some(5.0))]).await.unwrap();
    let other = store.record_feedback(1, &[(1, None)]).await.unwrap();
    let second = store.record_feedback(2, &[(1, Some(2.0))]).await.unwrap();
    assert_eq!((first, other, second), (2, 3, 4));
    assert_eq!(store.listen().await.unwrap().revisions_after(0).await.unwrap(), [(1, other), (2, second)]);
    assert_eq!(store.listen().await.unwrap().revisions_after(other).await.unwrap(), [(2, second)]);
    assert_eq!(store.listen().await.unwrap().revisions_after(second).await.unwrap(), []);
}

#[tokio::test]
async fn no_ratings_record_and_announce_nothing() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    assert_eq!(store.record_feedback(1, &[]).await.unwrap(), 0);
    assert_eq!((store.feedback_watermark().await.unwrap(), newest(&store, 1).await.len()), (0, 0));
}

#[tokio::test]
async fn one_bad_rating_refuses_the_whole_call() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    for bad in
        [(1, Some(0.0)), (1, Some(5.5)), (1, Some(3.25)), (1, Some(f32::NAN)), (-1, None), (1 << 53, None)]
    {
        let error = store.record_feedback(1, &[(2, Some(4.0)), bad]).await.unwrap_err();
        assert!(matches!(error, StoreError::Database { .. }), "{bad:?}: {error}");
    }
    assert!(store.record_feedback(-1, &[(1, None)]).await.is_err());
    assert_eq!(newest(&store, 1).await, []);
    for half_stars in 1_u8..=10 {
        store.record_feedback(1, &[(1, Some(f32::from(half_stars) / 2.0))]).await.unwrap();
    }
}

#[tokio::test]
async fn recorded_feedback_is_announced_with_user_and_revision() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let mut announcements = store.listen().await.unwrap();
    let revision = store.record_feedback(42, &[(1, Some(1.0)), (2, None)]).await.unwrap();
    let expected = Announcement::Feedback { user_id: 42, revision };
    assert_eq!(announcements.next().await.unwrap(), Some(expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_events_become_visible_in_the_order_of_their_ids() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let writers: Vec<_> = (1..=8)
        .map(|movie_id| {
            let store = store.clone();
            tokio::spawn(async move {
                for _ in 0..20 {
                    let revision = store.record_feedback(1, &[(movie_id, Some(3.0))]).await.unwrap();
                    // Whatever else is visible by now, nothing will ever appear before it.
                    let seen = store.feedback_after(0, revision, 1000).await.unwrap();
                    assert_eq!(i64::try_from(seen.len()).unwrap(), revision);
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let events = store.feedback_after(0, i64::MAX, 1000).await.unwrap();
    assert!(events.is_sorted_by_key(|event| event.rated_at));
}

#[tokio::test]
async fn the_watermark_waits_for_a_writer_and_so_misses_no_event() {
    let database = TestDatabase::migrated().await;
    let patient = ConnectOptions { lock_timeout: Duration::from_secs(20), ..database.options() };
    let store = Store::connect(&patient).await.unwrap();
    let mut slow = database.session().await;
    slow.execute("BEGIN; INSERT INTO feedback (user_id, movie_id, rating) VALUES (1, 1, 4)").await;
    store.record_feedback(2, &[(1, Some(2.0))]).await.unwrap();
    let reader = tokio::spawn({
        let store = store.clone();
        async move {
            let watermark = store.feedback_watermark().await.unwrap();
            store.feedback_after(0, watermark, 10).await.unwrap()
        }
    });
    slow.wait_for_blocked().await;
    slow.execute("COMMIT").await;
    let ids: Vec<_> = reader.await.unwrap().iter().map(|event| event.feedback_id).collect();
    assert_eq!(ids, [1, 2], "event 1 became visible after event 2");
}

#[tokio::test]
async fn a_watermark_gives_up_on_a_writer_who_does_not_end() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let mut slow = database.session().await;
    slow.execute("BEGIN; INSERT INTO feedback (user_id, movie_id, rating) VALUES (1, 1, 4)").await;
    let error = store.feedback_watermark().await.unwrap_err();
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    slow.execute("ROLLBACK").await;
    assert_eq!(store.feedback_watermark().await.unwrap(), 1, "an id given is never given again");
}

#[tokio::test]
async fn a_watermark_follows_ids_that_were_moved_on() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    assert_eq!(store.feedback_watermark().await.unwrap(), 0);
    database.execute("ALTER SEQUENCE feedback_feedback_id_seq RESTART WITH 101").await;
    assert_eq!(store.feedback_watermark().await.unwrap(), 100);
    assert_eq!(store.record_feedback(1, &[(1, None)]).await.unwrap(), 101);
    assert_eq!(store.feedback_watermark().await.unwrap(), 101);
}

#[tokio::test]
async fn the_log_is_read_in_portions_without_gaps_or_repeats() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    for user_id in 1..=10 {
        store.record_feedback(user_id, &[(1, Some(1.0)), (2, None)]).await.unwrap();
    }
    let watermark = store.feedback_watermark().await.unwrap();
    store.record_feedback(11, &[(1, None)]).await.unwrap();
    let (mut after, mut met) = (3, BTreeSet::new());
    loop {
        let events = store.feedback_after(after, watermark, 7).await.unwrap();
        let Some(last) = events.last() else { break };
        assert!(events.len() <= 7);
        after = last.feedback_id;
        assert!(events.iter().all(|event| met.insert(event.feedback_id)));
    }
    assert_eq!(met.into_iter().collect::<Vec<_>>(), (4..=20).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_newest_events_of_one_user_are_read_by_the_index() {
    let database = TestDatabase::migrated().await;
    let events = "INSERT INTO feedback (user_id, movie_id) SELECT 1 + i % 500, 1 + i % 70
                  FROM generate_series(1, 20000) AS i; ANALYZE feedback";
    database.execute(events).await;
    let mut connection = probe::connect(&database).await;
    let plan: Vec<String> = sqlx::query_scalar(
        "EXPLAIN (COSTS off) SELECT DISTINCT ON (movie_id) * FROM feedback
         WHERE user_id = 1 ORDER BY movie_id, feedback_id DESC",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert!(plan.iter().any(|line| line.contains("feedback_newest")), "{plan:#?}");
}
