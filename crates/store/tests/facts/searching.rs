use sqlx::PgConnection;
use store::{ListedMovie, MoviePlace, MovieSearch, ScoredMovie, Store};
use store_testing::{Sample, TestDatabase};

use crate::{
    catalogue::{self, MOVIES},
    probe,
};

const ALL: MovieSearch<'_> =
    MovieSearch { text: None, genre: None, year: None, after: MoviePlace::BY_POPULARITY, limit: 100 };

/// Every page of a search, put together.
async fn all_pages(store: &Store, version: i64, mut search: MovieSearch<'_>) -> Vec<ListedMovie> {
    let mut movies = Vec::new();
    loop {
        let page = store.search_movies(version, &search).await.unwrap();
        assert!(page.movies.len() <= usize::from(search.limit));
        movies.extend(page.movies);
        match page.next {
            Some(next) => search.after = next,
            None => return movies,
        }
    }
}

fn ids(movies: &[ListedMovie]) -> Vec<i64> {
    movies.iter().map(|movie| movie.movie_id).collect()
}

async fn found(store: &Store, version: i64, text: &str) -> Vec<i64> {
    let search = MovieSearch { text: Some(text), after: MoviePlace::BY_RELEVANCE, ..ALL };
    ids(&all_pages(store, version, search).await)
}

#[tokio::test]
async fn titles_are_found_without_accents_punctuation_and_the_right_order() {
    let (_database, store, version) = catalogue::published().await;
    for (text, expected) in [
        ("amelie", vec![3]),
        ("AMÉLIE", vec![3]),
        // e and a combining accent, as some keyboards send it
        ("ame\u{301}lie", vec![3]),
        ("lord rings", vec![1]),
        ("rings lord", vec![1]),
        ("the two towers", vec![1]),
        ("la confidential", vec![8]),
        ("l.a. confidential", vec![8]),
        ("schindlers list", vec![9]),
        ("spiderman", vec![11]),
        ("zolc", vec![12]),
        ("千と千尋", vec![13]),
        ("100%", vec![14]),
        ("drop table", vec![15]),
        ("et", vec![16]),
        ("extra terrestrial", vec![16]),
        ("strasse", vec![18]),
    ] {
        assert_eq!(found(&store, version, text).await, expected, "{text}");
    }
}

#[tokio::test]
async fn a_slip_in_a_word_still_finds_it() {
    let (_database, store, version) = catalogue::published().await;
    for (text, expected) in [
        ("godfahter", vec![2, 4, 19]),
        ("gofather", vec![2, 4, 19]),
        ("lrod rings", vec![]),
        ("lord ringss", vec![1]),
        ("amelei", vec![3]),
        ("terestrial", vec![16]),
    ] {
        assert_eq!(found(&store, version, text).await, expected, "{text}");
    }
}

#[tokio::test]
async fn every_word_must_be_found_and_bad_matches_give_way_to_good_ones() {
    let (_database, store, version) = catalogue::published().await;
    assert_eq!(found(&store, version, "godfather confidential").await, [0_i64; 0]);
    // Alone, the first letters of the other titles would do for `amerika`.
    assert_eq!(found(&store, version, "amerika").await, [7, 20]);
    assert_eq!(found(&store, version, "amelie").await, [3]);
}

#[tokio::test]
async fn short_words_are_beginnings_and_the_very_title_comes_first() {
    let (_database, store, version) = catalogue::published().await;
    assert_eq!(found(&store, version, "up").await, [10, 5]);
    assert_eq!(found(&store, version, "g").await, [2, 4, 19]);
    assert_eq!(found(&store, version, "go").await, [2, 4, 19]);
    assert_eq!(found(&store, version, "ain").await, [0_i64; 0]);
}

#[tokio::test]
async fn punctuation_alone_finds_nothing_and_means_nothing_to_the_database() {
    let (_database, store, version) = catalogue::published().await;
    for text in ["", " ", "%", "_", "\\", "%%%", "'", "-- ;", "…", "🎬", "\0"] {
        assert_eq!(found(&store, version, text).await, [0_i64; 0], "{text}");
    }
    assert_eq!(found(&store, version, "u%").await, found(&store, version, "u").await);
    assert_eq!(found(&store, version, "%p").await, found(&store, version, "p").await);
}

#[tokio::test]
async fn genre_and_year_narrow_a_list_and_a_search() {
    let (_database, store, version) = catalogue::published().await;
    let list = async |search| ids(&all_pages(&store, version, search).await);
    assert_eq!(list(MovieSearch { genre: Some("Comédie"), ..ALL }).await, [3, 17, 20]);
    assert_eq!(list(MovieSearch { year: Some(2009), ..ALL }).await, [5, 10]);
    assert_eq!(list(MovieSearch { genre: Some("Drama"), year: Some(2009), ..ALL }).await, [5]);
    for nothing in ["Nothing", "", "drama", "\0"] {
        assert_eq!(list(MovieSearch { genre: Some(nothing), ..ALL }).await, [0_i64; 0], "{nothing:?}");
    }
    let beauty = MovieSearch { text: Some("american beauty"), year: Some(1927), ..ALL };
    assert_eq!(list(beauty).await, [20]);
}

#[tokio::test]
async fn pages_of_any_size_give_every_movie_once_in_the_order_asked_for() {
    let (_database, store, version) = catalogue::published().await;
    for after in
        [MoviePlace::BY_POPULARITY, MoviePlace::BY_TITLE, MoviePlace::BY_YEAR, MoviePlace::BY_RELEVANCE]
    {
        let whole = all_pages(&store, version, MovieSearch { after: after.clone(), ..ALL }).await;
        assert_eq!(whole.len(), MOVIES.len());
        for limit in [1, 3, 20] {
            let pages = all_pages(&store, version, MovieSearch { after: after.clone(), limit, ..ALL }).await;
            assert_eq!(pages, whole, "{after:?} by {limit}");
        }
        let text = Some("american beauty");
        let search = MovieSearch { text, after: after.clone(), limit: 1, ..ALL };
        assert_eq!(all_pages(&store, version, search).await.len(), 2, "{after:?}");
    }
}

#[tokio::test]
async fn each_order_is_what_its_name_says() {
    let (_database, store, version) = catalogue::published().await;
    let list = async |after| all_pages(&store, version, MovieSearch { after, ..ALL }).await;
    let popular = list(MoviePlace::BY_POPULARITY).await;
    assert_eq!(ids(&popular), (1..=20).collect::<Vec<_>>());
    assert_eq!(
        popular.iter().map(|movie| movie.ratings).collect::<Vec<_>>(),
        (1..=20).rev().collect::<Vec<_>>()
    );
    let titles = list(MoviePlace::BY_TITLE).await;
    assert_eq!(ids(&titles[..5]), [14, 3, 7, 20, 17], "digits, then letters, without quotes and accents");
    assert_eq!(titles.last().unwrap().movie_id, 13, "other scripts after Latin");
    let newest: Vec<_> = list(MoviePlace::BY_YEAR).await.iter().map(|m| (m.year, m.movie_id)).collect();
    assert_eq!(newest[..4], [(Some(2020), 14), (Some(2019), 19), (Some(2009), 5), (Some(2009), 10)]);
    assert_eq!(newest[18..], [(None, 12), (None, 15)]);
}

#[tokio::test]
async fn a_listed_movie_has_all_its_fields() {
    let (_database, store, version) = catalogue::published().await;
    let page = store.search_movies(version, &MovieSearch { limit: 1, ..ALL }).await.unwrap();
    let expected = ListedMovie {
        movie_id: 1,
        title: MOVIES[0].0.to_owned(),
        year: Some(2002),
        genres: vec!["Fantasy".to_owned()],
        imdb_id: Some("0211915".to_owned()),
        tmdb_id: None,
        ratings: 20,
        key: None,
    };
    assert_eq!(page.movies, [expected]);
    assert_eq!(page.next, Some(MoviePlace::Popular { ratings: 20, movie_id: 1 }));
}

#[tokio::test]
async fn only_movies_of_the_version_are_found() {
    let (_database, store, version) = catalogue::published().await;
    let other = Sample { titles: vec!["Godfather, Another".into()], ..Sample::default() };
    let newer = other.publish(&store, "newer").await;
    assert_eq!(found(&store, newer, "godfather").await, [1]);
    assert_eq!(found(&store, version, "godfather").await, [2, 4, 19]);
    assert_eq!(found(&store, 99, "godfather").await, [0_i64; 0]);
}

#[tokio::test]
async fn a_place_that_nobody_was_given_is_a_place_all_the_same() {
    let (_database, store, version) = catalogue::published().await;
    for ratings in [i64::MIN, -1, i64::MAX] {
        for year in [None, Some(i32::MIN)] {
            let after = MoviePlace::Newest { year, ratings, movie_id: i64::MAX };
            store.search_movies(version, &MovieSearch { after, ..ALL }).await.unwrap();
        }
        let after = MoviePlace::Relevance { relevance: f32::INFINITY, ratings, movie_id: 0 };
        store.search_movies(version, &MovieSearch { text: Some("up"), after, ..ALL }).await.unwrap();
    }
}

/// Returns once every index may be used. One that was built over rows changed just before is left out of the plans of
/// those who might still see them as they were: as long as an older transaction runs, in whichever database.
async fn await_indexes(connection: &mut PgConnection) {
    let waiting = "SELECT count(*) FROM pg_index
                   WHERE indcheckxmin AND xmin::text::bigint >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut *connection).await.unwrap() > 0 {}
}

/// How the database would run a statement.
async fn plan_of(database: &TestDatabase, sql: &str) -> String {
    let mut connection = probe::connect(database).await;
    await_indexes(&mut connection).await;
    // Without this the planner would rightly read a table of twenty rows from end to end.
    sqlx::query("SET enable_seqscan = off").execute(&mut connection).await.unwrap();
    let plan: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("EXPLAIN {sql}")))
        .fetch_all(&mut connection)
        .await
        .unwrap();
    plan.join("\n")
}

#[tokio::test]
async fn a_loaded_partition_brings_the_indexes_of_its_parent() {
    let (database, _store, version) = catalogue::published().await;
    let attached = probe::column(
        &database,
        "SELECT p.relname, count(i.inhrelid) FROM pg_class AS p LEFT JOIN pg_inherits AS i ON i.inhparent = p.oid
         WHERE p.relname IN ('movies_search', 'movies_popular', 'movies_title', 'movies_newest')
         GROUP BY 1 ORDER BY 1",
    )
    .await;
    assert_eq!(
        attached,
        ["(movies_newest,1)", "(movies_popular,1)", "(movies_search,1)", "(movies_title,1)"]
    );
    let on_partition = format!("SELECT indexname FROM pg_indexes WHERE tablename = 'movies_{version}'");
    assert_eq!(probe::column(&database, &on_partition).await.len(), 5, "attaching built none of its own");

    // Of the partition: a key that names the version would win over every other index of so small a table.
    let search =
        "SELECT * FROM version_data.movies_1 WHERE folded_title %> 'godfather' AND folded_title LIKE '% i%'";
    let plan = plan_of(&database, search).await;
    assert!(plan.contains("folded_title_idx") && plan.contains("%> 'godfather'"), "{plan}");
    let listing = "SELECT * FROM movies WHERE version = 1 AND (coalesce(-year, 2147483647), -ratings, movie_id) > (1, 2, 3)
                   ORDER BY coalesce(-year, 2147483647), -ratings, movie_id LIMIT 5";
    let plan = plan_of(&database, listing).await;
    assert!(plan.contains("Index Scan") && !plan.contains("Sort"), "{plan}");
}

#[tokio::test]
async fn versions_of_an_older_release_are_searched_and_counted_after_migrating() {
    let (database, store, version) = catalogue::published().await;
    database.execute(probe::UNPACK_HISTORIES).await;
    // Back to the schema before the search, with its rows.
    database
        .execute(
            "ALTER TABLE movies DROP COLUMN ratings, DROP COLUMN folded_title; DROP FUNCTION fold_title;
             DROP TABLE experiment_variants, experiment; DELETE FROM _sqlx_migrations WHERE version IN (3, 4)",
        )
        .await;
    store.migrate().await.unwrap();
    assert_eq!(found(&store, version, "godfahter").await, [2, 4, 19]);
    let popular = all_pages(&store, version, ALL).await;
    assert_eq!(
        popular.iter().map(|movie| movie.ratings).collect::<Vec<_>>(),
        (1..=20).rev().collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn similar_movies_are_cut_to_n_and_none_for_a_movie_without() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let version = Sample::default().publish(&store, "r").await;
    let movie = |movie_id, score| ScoredMovie { movie_id, score };
    let best = [movie(1, 1.0), movie(2, 0.5)];
    assert_eq!(store.similar_movies(version, 1, 2).await.unwrap(), best);
    for (version, movie_id) in [(version, 2), (version, 404), (version + 1, 1)] {
        assert!(store.similar_movies(version, movie_id, 10).await.unwrap().is_empty());
    }
}
