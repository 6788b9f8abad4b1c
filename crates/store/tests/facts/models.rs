use contract::Figure;
use store::{Counts, Store, VersionState};
use store_testing::{Sample, TestDatabase, begin};

#[tokio::test]
async fn the_models_that_can_be_made_live_are_listed_newest_first_with_their_metrics() {
    let database = TestDatabase::migrated().await;
    let store = database.connect().await;
    assert!(store.models().await.unwrap().is_empty());
    let one = Sample::default().publish(&store, "one").await;
    begin(&store, "refused").await.finish(&Counts::default()).await.unwrap_err();
    let two = Sample::default().publish(&store, "two").await;
    let waiting = Sample::default().load(&store, "waiting").await.version();

    let models = store.models().await.unwrap();
    assert_eq!(models.iter().map(|model| model.version).collect::<Vec<_>>(), [waiting, two, one]);
    assert_eq!(models.iter().map(store::PublishedModel::is_live).collect::<Vec<_>>(), [false, true, false]);
    let live = store.live().await.unwrap().unwrap();
    assert_eq!(models[1].published_at, Some(live.published_at));
    assert_eq!(models[1].activated_at, Some(live.activated_at));
    assert_eq!(models[0].published_at, None);
    for model in &models {
        assert_eq!(model.counts, Sample::default().counts());
        assert_eq!(model.model, Sample::new_version("").model);
        let metric = |baseline, value| Figure { baseline, metric: "ndcg".into(), k: Some(10), value };
        assert_eq!(model.metrics, [metric(false, 0.3), metric(true, 0.2)]);
    }
}

#[tokio::test]
async fn a_pruned_model_is_not_listed_and_one_without_metrics_is() {
    let database = TestDatabase::migrated().await;
    let store: Store = database.connect().await;
    Sample::default().publish(&store, "old").await;
    let live = Sample::default().publish(&store, "new").await;
    database.execute("DELETE FROM version_metrics").await;
    store.prune(0).await.unwrap();
    assert_eq!(store.versions().await.unwrap()[0].state, VersionState::Pruned);
    let models = store.models().await.unwrap();
    assert_eq!(models.iter().map(|model| model.version).collect::<Vec<_>>(), [live]);
    assert!(models[0].metrics.is_empty());
}
