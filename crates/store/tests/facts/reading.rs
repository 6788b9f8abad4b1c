use store::UserList;
use store_testing::{Sample, TestDatabase};

use crate::probe;

#[tokio::test]
async fn before_the_first_publish_there_is_no_live_version() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    assert_eq!(store.live().await.unwrap(), None);
    let mut session = probe::connect(&database).await;
    assert_eq!(probe::list_of(&mut session, 1).await, []);
}

#[tokio::test]
async fn every_title_survives_as_it_was() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let sample = Sample::default();
    sample.publish(&store, "r").await;
    let list = probe::list_of(&mut probe::connect(&database).await, 2).await;
    let title = |movie_id: i64| sample.titles[usize::try_from(movie_id).unwrap() - 1].clone();
    let expected = sample.list_of(2).into_iter().zip(sample.scores());
    let expected: Vec<_> = expected.map(|(movie_id, score)| (movie_id, title(movie_id), score)).collect();
    assert_eq!(list, expected);
}

#[tokio::test]
async fn lists_are_those_of_the_version_and_users_without_one_are_left_out() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let sample = Sample::default();
    let version = sample.publish(&store, "r").await;
    let [list] = &store.lists(version, &[99, 2, -1, i64::MAX]).await.unwrap()[..] else { panic!("one list") };
    let expected = UserList { user_id: 2, movie_ids: sample.list_of(2), scores: sample.scores() };
    assert_eq!(*list, expected);
    assert_eq!(store.lists(version + 1, &[2]).await.unwrap(), []);
}

#[tokio::test]
async fn the_live_version_tells_its_run_model_and_counts() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let sample = Sample::default();
    let version = sample.publish(&store, "2026-11-01").await;
    let live = store.live().await.unwrap().unwrap();
    assert_eq!((live.version, live.run_id.as_str()), (version, "2026-11-01"));
    assert_eq!(live.counts, sample.counts());
    assert_eq!(live.model, Sample::new_version("2026-11-01").model);
    assert_eq!(live.published_at, live.activated_at);
    let metrics =
        probe::column(&database, "SELECT baseline, metric, k, value FROM version_metrics ORDER BY 1").await;
    assert_eq!(metrics, ["(f,ndcg,10,0.3)", "(t,ndcg,10,0.2)"]);
}

#[tokio::test]
async fn every_table_holds_what_was_written() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    Sample::default().publish(&store, "r").await;
    let rows = async |sql| probe::column(&database, sql).await;
    assert_eq!(
        rows("SELECT movie_id, year, genres, imdb_id, tmdb_id FROM movies WHERE movie_id = 4").await,
        ["(4,2001,\"{Drama,Comédie}\",0211915,194)"]
    );
    assert_eq!(
        rows("SELECT genre, movie_ids, scores[1:2] FROM popular_movies").await,
        ["(\"\",\"{1,2,3,4,5}\",\"{1,0.5}\")"]
    );
    assert_eq!(
        rows("SELECT movie_id, factor, bias FROM movie_factors WHERE movie_id = 2").await,
        ["(2,\"{0.5,-0.5}\",0.25)"]
    );
    assert_eq!(
        rows("SELECT movie_id, similar_ids[1:2], scores[1:2] FROM similar_movies").await,
        ["(1,\"{1,2}\",\"{1,0.5}\")"]
    );
    assert_eq!(
        rows(
            "SELECT rated.movie_id, rated.rating, extract(epoch FROM rated.rated_at)
             FROM user_histories AS h CROSS JOIN LATERAL history_of(h) AS rated WHERE h.user_id = 1 LIMIT 1"
        )
        .await,
        ["(2,1,1700000000.123456)"]
    );
}

#[tokio::test]
async fn als_recos_has_exactly_four_columns_and_the_live_rows() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    Sample::default().publish(&store, "old").await;
    Sample { users: vec![5], titles: vec!["Ère, l'".into(), "B".into()] }.publish(&store, "new").await;
    let columns = "SELECT column_name, data_type FROM information_schema.columns
                   WHERE table_schema = 'public' AND table_name = 'als_recos' ORDER BY ordinal_position";
    assert_eq!(
        probe::column(&database, columns).await,
        ["(user_id,bigint)", "(movie_id,bigint)", "(title,text)", "(score,real)"]
    );
    let rows = probe::column(&database, "SELECT * FROM als_recos ORDER BY user_id, score DESC").await;
    assert_eq!(rows, ["(5,2,B,1)", "(5,1,\"Ère, l'\",0.5)"]);
}

#[tokio::test]
async fn als_recos_of_one_user_reads_one_partition_by_its_key() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    Sample::default().publish(&store, "old").await;
    let version = Sample::default().publish(&store, "new").await;
    let mut connection = probe::connect(&database).await;
    // Without this the planner would rightly read a table of three rows from end to end.
    sqlx::query("SET enable_seqscan = off").execute(&mut connection).await.unwrap();
    let plan: Vec<String> =
        sqlx::query_scalar("EXPLAIN (ANALYZE, COSTS off) SELECT * FROM als_recos WHERE user_id = 1")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    for line in plan.iter().filter(|line| line.contains(" on recommendations_")) {
        let live = line.contains(&format!("recommendations_{version} "));
        assert!(line.contains("Index Scan"), "{line}");
        assert_eq!(!live, line.contains("never executed"), "{line}");
    }
    assert!(plan.iter().any(|line| line.contains("Index Cond: ((version = $")), "{plan:#?}");
}
