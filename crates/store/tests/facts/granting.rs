use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use store::{Access, ConnectOptions, Experiment, Store, StoreError, Variant};
use store_testing::{Sample, TestDatabase, begin};

use crate::probe;

/// What each kind of writing would be, on what is there.
const WRITES: [&str; 19] = [
    "INSERT INTO recommendations SELECT * FROM recommendations",
    "UPDATE recommendations SET user_id = 9",
    "DELETE FROM recommendations",
    "TRUNCATE recommendations",
    "UPDATE version_data.recommendations_1 SET user_id = 9",
    "DROP TABLE version_data.recommendations_1",
    "DROP TABLE feedback",
    "DROP VIEW als_recos",
    "DROP SCHEMA version_data CASCADE",
    "ALTER TABLE movies ADD COLUMN more text",
    "CREATE TABLE public.mine (x int)",
    "CREATE TABLE version_data.mine (x int)",
    "CREATE TEMPORARY TABLE mine (x int)",
    "CREATE SCHEMA mine",
    "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql RETURN 1",
    "UPDATE versions SET state = 'pruned'",
    "DELETE FROM versions",
    "UPDATE feedback SET rating = 5",
    "DELETE FROM feedback",
];

/// What the API writes.
const WRITES_OF_API: [&str; 4] = [
    "INSERT INTO feedback (user_id, movie_id, rating) VALUES (1, 1, 5)",
    "INSERT INTO experiment (name) VALUES ('mine')",
    "UPDATE serving SET version = 1, activated_at = now()",
    "UPDATE versions SET published_at = now()",
];

async fn session(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

/// Whether a statement is refused for want of rights; nothing of it stays.
async fn is_refused(session: &mut PgConnection, sql: &str) -> bool {
    let mut transaction = session.begin().await.unwrap();
    let outcome = transaction.execute(AssertSqlSafe(sql)).await;
    transaction.rollback().await.unwrap();
    match outcome {
        Ok(_) => false,
        Err(sqlx::Error::Database(error)) => {
            // insufficient_privilege
            assert_eq!(error.code().as_deref(), Some("42501"), "{sql}: {error}");
            true
        }
        Err(error) => panic!("{sql}: {error}"),
    }
}

/// Everything that there is to read.
async fn read_everything(database: &TestDatabase, session: &mut PgConnection) {
    let tables = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
                  WHERE schemaname IN ('public', 'version_data')";
    let tables = probe::column(database, tables).await;
    assert!(tables.len() > 16, "{tables:?}");
    for table in tables.iter().map(|row| row.trim_matches(['(', ')', '"'])).chain(["als_recos"]) {
        session.execute(AssertSqlSafe(format!("SELECT count(*) FROM {table}"))).await.unwrap();
    }
}

/// A database of an owner who is no superuser, as in the compose file, with a version: its store.
async fn owned(database: &TestDatabase) -> Store {
    let url = database.make_role("owner").await;
    database.execute(&format!("GRANT ALL ON SCHEMA public TO {}", database.role("owner"))).await;
    let name = database.url();
    let name = name.rsplit_once('/').unwrap().1.split('?').next().unwrap();
    database.execute(&format!("ALTER DATABASE {name} OWNER TO {}", database.role("owner"))).await;
    let store = Store::connect(&ConnectOptions { url, ..database.options() }).await.unwrap();
    store.migrate().await.unwrap();
    Sample::default().publish(&store, "run 1").await;
    store
}

#[tokio::test]
async fn a_reader_reads_everything_now_and_later_and_writes_nothing() {
    let database = TestDatabase::empty().await;
    let store = owned(&database).await;
    let url = database.make_role("read").await;
    store.grant(&database.role("read"), Access::Read).await.unwrap();
    let mut reader = session(&url).await;
    read_everything(&database, &mut reader).await;
    Sample::default().publish(&store, "run 2").await;
    read_everything(&database, &mut reader).await;
    for sql in WRITES.iter().chain(&WRITES_OF_API) {
        assert!(is_refused(&mut reader, sql).await, "a reader may {sql}");
    }
}

#[tokio::test]
async fn the_api_writes_what_it_must_and_nothing_else() {
    let database = TestDatabase::empty().await;
    let store = owned(&database).await;
    let url = database.make_role("api").await;
    store.grant(&database.role("api"), Access::Api).await.unwrap();
    Sample::default().publish(&store, "run 2").await;
    let mut api = session(&url).await;
    read_everything(&database, &mut api).await;
    for sql in WRITES {
        assert!(is_refused(&mut api, sql).await, "the api may {sql}");
    }
    for sql in WRITES_OF_API {
        assert!(!is_refused(&mut api, sql).await, "the api may not {sql}");
    }

    let api = Store::connect(&ConnectOptions { url, ..database.options() }).await.unwrap();
    api.check_schema().await.unwrap();
    let mut heard = api.listen().await.unwrap();
    assert_eq!(api.activate(1).await.unwrap().previous, Some(2));
    heard.next().await.unwrap().unwrap();
    assert!(heard.identity().await.unwrap().len() > 16);
    assert!(api.record_feedback(1, &[(1, Some(4.5)), (1, None)]).await.unwrap() > 0);
    let variant = Variant { name: "only".to_owned(), version: 2, weight: 1 };
    let experiment = Experiment { name: "mine".to_owned(), variants: vec![variant] };
    for wanted in [Some(&experiment), Some(&experiment), None] {
        api.set_experiment(wanted).await.unwrap();
        assert_eq!(api.experiment().await.unwrap().map(|running| running.experiment).as_ref(), wanted);
    }
    // Dropping and publishing versions is for the owner.
    assert!(matches!(api.prune(0).await.unwrap_err(), StoreError::Database { .. }));
    assert!(api.begin_publish(&Sample::new_version("mine")).await.is_err());
}

#[tokio::test]
async fn granting_again_changes_nothing_and_another_access_replaces_the_first() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    Sample::default().publish(&store, "run 1").await;
    let (url, role) = (database.make_role("api").await, database.role("api"));
    let rights = "SELECT relname, relacl::text, array_agg(attacl::text ORDER BY attnum) FILTER (WHERE attacl IS NOT NULL)
                  FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
                  WHERE relnamespace IN ('public'::regnamespace, 'version_data'::regnamespace)
                  GROUP BY relname, relacl::text ORDER BY relname";
    let mut seen = Vec::new();
    for access in [Access::Api, Access::Api, Access::Read, Access::Api] {
        store.grant(&role, access).await.unwrap();
        seen.push(probe::column(&database, rights).await);
        let mut session = session(&url).await;
        for sql in WRITES_OF_API {
            assert_eq!(is_refused(&mut session, sql).await, access == Access::Read, "{access:?}: {sql}");
        }
    }
    assert!(seen[0] == seen[1] && seen[0] == seen[3] && seen[0] != seen[2], "{seen:?}");
}

#[tokio::test]
async fn a_role_that_does_not_exist_or_owns_the_tables_is_refused_with_the_remedy() {
    let database = TestDatabase::empty().await;
    let store = owned(&database).await;
    for name in ["nobody_at_all", "public", "x; DROP TABLE versions; --", "{role}", ""] {
        let error = store.grant(name, Access::Api).await.unwrap_err();
        assert!(matches!(error, StoreError::RoleMissing { .. }), "{error}");
        assert!(error.to_string().contains("CREATE ROLE"), "{error}");
    }
    for name in [database.role("owner"), "postgres".to_owned()] {
        let error = store.grant(&name, Access::Read).await.unwrap_err();
        assert!(matches!(error, StoreError::RoleOwnsAll { .. }), "{error}");
    }
    store.check_schema().await.unwrap();
}

#[tokio::test]
async fn a_name_that_has_to_be_quoted_is() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let odd = format!("{} \"{{role}}\" {{database}}; --", database.role("api"));
    let quoted = format!("\"{}\"", odd.replace('"', "\"\""));
    database.execute(&format!("CREATE ROLE {quoted}")).await;
    let granted = store.grant(&odd, Access::Api).await;
    let may = format!("SELECT has_table_privilege('{odd}', 'feedback', 'INSERT')");
    let may = probe::column(&database, &may).await;
    database.execute(&format!("DROP OWNED BY {quoted}; DROP ROLE {quoted}")).await;
    granted.unwrap();
    assert_eq!(may, ["(t)"]);
}

#[tokio::test]
async fn granting_waits_for_a_publish() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    let load = begin(&store, "busy").await;
    database.make_role("read").await;
    let hasty = ConnectOptions { publish_wait: Duration::ZERO, ..database.options() };
    let hasty = Store::connect(&hasty).await.unwrap();
    let error = hasty.grant(&database.role("read"), Access::Read).await.unwrap_err();
    assert!(matches!(error, StoreError::PublishInProgress { .. }), "{error}");
    drop(load);
    store.grant(&database.role("read"), Access::Read).await.unwrap();
}
