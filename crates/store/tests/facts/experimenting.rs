use store::{Announcement, Experiment, Store, StoreError, Variant};
use store_testing::{Sample, TestDatabase};

fn experiment(name: &str, variants: &[(&str, i64, i32)]) -> Experiment {
    let variant =
        |&(name, version, weight): &(&str, i64, i32)| Variant { name: name.to_owned(), version, weight };
    Experiment { name: name.to_owned(), variants: variants.iter().map(variant).collect() }
}

async fn with_versions(versions: i64) -> (TestDatabase, Store) {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    for version in 1..=versions {
        Sample::default().publish(&store, &format!("run {version}")).await;
    }
    (database, store)
}

#[tokio::test]
async fn an_experiment_is_kept_in_order_replaced_and_ended() {
    let (_database, store) = with_versions(2).await;
    assert_eq!(store.experiment().await.unwrap(), None);
    let first = experiment("rank", &[("wide", 2, 10), ("control", 1, 90)]);
    store.set_experiment(Some(&first)).await.unwrap();
    let running = store.experiment().await.unwrap().unwrap();
    assert_eq!(running.experiment, first);

    let shifted = experiment("rank", &[("wide", 2, 50), ("control", 1, 50)]);
    store.set_experiment(Some(&shifted)).await.unwrap();
    let same = store.experiment().await.unwrap().unwrap();
    assert_eq!((&same.experiment, same.started_at), (&shifted, running.started_at));

    let second = experiment("loss", &[("only", 1, 1)]);
    store.set_experiment(Some(&second)).await.unwrap();
    let other = store.experiment().await.unwrap().unwrap();
    assert_eq!(other.experiment, second);
    assert!(other.started_at > running.started_at);

    store.set_experiment(None).await.unwrap();
    store.set_experiment(None).await.unwrap();
    assert_eq!(store.experiment().await.unwrap(), None);
}

#[tokio::test]
async fn a_version_that_cannot_be_served_is_refused_with_those_that_can() {
    let (_database, store) = with_versions(3).await;
    let running = experiment("kept", &[("a", 3, 1)]);
    store.set_experiment(Some(&running)).await.unwrap();
    store.prune(1).await.unwrap();
    for gone in [1, 404] {
        let error =
            store.set_experiment(Some(&experiment("x", &[("a", 3, 1), ("b", gone, 1)]))).await.unwrap_err();
        assert!(matches!(&error, StoreError::UnservableVariant { version, .. } if *version == gone));
        let expected = format!(
            "variant b wants version {gone}, which cannot be served; \
             versions that can: 2 (run run 2), 3 (run run 3, live)"
        );
        assert_eq!(error.to_string(), expected);
    }
    assert_eq!(store.experiment().await.unwrap().unwrap().experiment, running, "a refusal changes nothing");
}

#[tokio::test]
async fn the_database_holds_the_rules_of_an_experiment() {
    let (_database, store) = with_versions(1).await;
    let many: Vec<(String, i64, i32)> = (0..11).map(|place| (format!("v{place}"), 1, 1)).collect();
    let many: Vec<(&str, i64, i32)> = many.iter().map(|(name, v, w)| (name.as_str(), *v, *w)).collect();
    for broken in [
        experiment("", &[("a", 1, 1)]),
        experiment("x", &[("", 1, 1)]),
        experiment("x", &[("a", 1, 0)]),
        experiment("x", &[("a", 1, -1)]),
        experiment("x", &[("a", 1, 1), ("a", 1, 1)]),
        experiment("x", &many),
    ] {
        assert!(store.set_experiment(Some(&broken)).await.is_err(), "{broken:?}");
        assert_eq!(store.experiment().await.unwrap(), None);
    }
    store.set_experiment(Some(&experiment("x", &many[..10]))).await.unwrap();
}

#[tokio::test]
async fn a_change_of_the_experiment_is_announced_once_it_is_done() {
    let (_database, store) = with_versions(1).await;
    let mut announcements = store.listen().await.unwrap();
    assert!(store.set_experiment(Some(&experiment("x", &[("a", 9, 1)]))).await.is_err());
    store.set_experiment(Some(&experiment("x", &[("a", 1, 1)]))).await.unwrap();
    assert_eq!(announcements.next().await.unwrap(), Some(Announcement::Serving));
    assert!(store.experiment().await.unwrap().is_some());
}

#[tokio::test]
async fn pruning_keeps_the_versions_of_the_experiment() {
    let (_database, store) = with_versions(5).await;
    store.set_experiment(Some(&experiment("x", &[("old", 1, 1), ("live", 5, 1)]))).await.unwrap();
    assert_eq!(store.prune(1).await.unwrap().versions, [2, 3]);
    assert_eq!(store.models().await.unwrap().iter().map(|m| m.version).collect::<Vec<_>>(), [5, 4, 1]);
    store.set_experiment(None).await.unwrap();
    assert_eq!(store.prune(1).await.unwrap().versions, [1]);
}

#[tokio::test]
async fn activating_leaves_the_experiment_alone() {
    let (_database, store) = with_versions(2).await;
    let running = experiment("x", &[("a", 1, 1), ("b", 2, 1)]);
    store.set_experiment(Some(&running)).await.unwrap();
    store.activate(1).await.unwrap();
    assert_eq!(store.experiment().await.unwrap().unwrap().experiment, running);
    assert_eq!(store.live().await.unwrap().unwrap().version, 1);
}

#[tokio::test]
async fn a_prune_waits_for_a_change_of_the_experiment_and_spares_its_versions() {
    let (database, store) = with_versions(3).await;
    let mut other = database.session().await;
    // Half of a change, as a slow service would leave it for a moment.
    other
        .execute(
            "BEGIN; LOCK TABLE experiment_variants IN SHARE ROW EXCLUSIVE MODE;
             INSERT INTO experiment (name) VALUES ('x');
             INSERT INTO experiment_variants (place, name, version, weight) VALUES (1, 'a', 1, 1)",
        )
        .await;
    let patient =
        store::ConnectOptions { lock_timeout: std::time::Duration::from_secs(20), ..database.options() };
    let pruner = Store::connect(&patient).await.unwrap();
    let prune = tokio::spawn(async move { pruner.prune(0).await });
    other.wait_for_blocked().await;
    other.execute("COMMIT").await;
    assert_eq!(prune.await.unwrap().unwrap().versions, [2]);
    assert_eq!(store.models().await.unwrap().iter().map(|m| m.version).collect::<Vec<_>>(), [3, 1]);
}

#[tokio::test]
async fn a_change_that_waited_for_a_prune_finds_its_version_gone() {
    let (database, store) = with_versions(2).await;
    let mut pruner = database.session().await;
    pruner
        .execute(
            "BEGIN; LOCK TABLE experiment_variants IN SHARE MODE;
             UPDATE versions SET state = 'pruned' WHERE version = 1",
        )
        .await;
    let (changer, wanted) = (store.clone(), experiment("x", &[("a", 1, 1)]));
    let change = tokio::spawn(async move { changer.set_experiment(Some(&wanted)).await });
    pruner.wait_for_blocked().await;
    pruner.execute("COMMIT").await;
    let error = change.await.unwrap().unwrap_err();
    assert!(matches!(error, StoreError::UnservableVariant { version: 1, .. }), "{error}");
}

#[tokio::test]
async fn changes_at_the_same_time_leave_one_whole_experiment() {
    let (_database, store) = with_versions(1).await;
    let changes: Vec<_> = (0..8)
        .map(|number| {
            let (store, name) = (store.clone(), format!("e{number}"));
            let wanted = experiment(&name, &[("a", 1, 1), ("b", 1, number + 1)]);
            tokio::spawn(async move { store.set_experiment(Some(&wanted)).await })
        })
        .collect();
    for change in changes {
        change.await.unwrap().unwrap();
    }
    let left = store.experiment().await.unwrap().unwrap().experiment;
    let number: i32 = left.name[1..].parse().unwrap();
    assert_eq!(left, experiment(&left.name.clone(), &[("a", 1, 1), ("b", 1, number + 1)]));
}
