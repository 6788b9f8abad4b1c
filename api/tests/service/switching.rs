//! A version that goes live, or away, under load: every answer is whole, and of one version.

use std::{
    collections::BTreeSet,
    ops::RangeInclusive,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use store::Store;
use store_testing::TestDatabase;
use tokio::task::JoinSet;

use crate::{
    cinema::{self, Cinema, REGULAR, USERS},
    client::{PATIENCE, Service, ask, pool},
    showing::{assert_same, incurious, keyed, serving},
};

/// Long enough for some dozen switches.
const A_WHILE: Duration = Duration::from_millis(1500);

/// Long enough for a switch to be seen on a machine that does much else.
const AT_LAST: Duration = Duration::from_mins(1);

/// Two models of the same ratings, both published; the first one is live.
async fn two_versions() -> (TestDatabase, Store, Arc<[Cinema; 2]>) {
    let cinemas = [cinema::implicit(1), cinema::implicit(2)];
    assert_ne!(cinemas[0].list_of(REGULAR), cinemas[1].list_of(REGULAR));
    let database = TestDatabase::migrated().await;
    let store = pool(database.url(), PATIENCE);
    for (cinema, run_id) in cinemas.iter().zip(["run-1", "run-2"]) {
        cinema.publish(&store, run_id).await;
    }
    store.activate(1).await.unwrap();
    (database, store, Arc::new(cinemas))
}

/// Asks one kind of question until told to stop, and notes the versions that answered.
async fn keep_asking(
    service: Arc<Service>,
    cinemas: Arc<[Cinema; 2]>,
    wish: &'static str,
    stop: Arc<AtomicBool>,
    versions: Arc<Mutex<BTreeSet<i64>>>,
) {
    while !stop.load(Ordering::Relaxed) {
        for user_id in USERS {
            let list = service.list(&format!("/reco/{user_id}?{wish}")).await;
            let cinema = &cinemas[usize::try_from(list.model_version - 1).unwrap()];
            let mut expected = cinema.ranking(&cinema.history(user_id));
            if wish.contains("genre") {
                expected.retain(|entry| cinema.film(entry.0).genres.contains(&"Drama"));
            }
            expected.truncate(20);
            assert_same(&list.entries(), &expected);
            versions.lock().unwrap().insert(list.model_version);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_of_one_version_while_versions_go_back_and_forth() {
    let (database, store, cinemas) = two_versions().await;
    let service = Arc::new(serving(&database, keyed()).await);
    let stop = Arc::new(AtomicBool::new(false));
    let versions = Arc::new(Mutex::new(BTreeSet::new()));
    let asking: JoinSet<_> = ["n=20", "n=20&genre=Drama", "n=20&explain=true"]
        .map(|wish| keep_asking(service.clone(), cinemas.clone(), wish, stop.clone(), versions.clone()))
        .into_iter()
        .collect();
    let begun = Instant::now();
    while begun.elapsed() < A_WHILE || versions.lock().unwrap().len() < 2 {
        assert!(begun.elapsed() < AT_LAST, "no switch was seen");
        for version in [2, 1] {
            store.activate(version).await.unwrap();
        }
    }
    stop.store(true, Ordering::Relaxed);
    asking.join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_refused_when_the_version_they_ask_of_is_dropped() {
    let (database, store, _) = two_versions().await;
    let service = serving(&database, keyed()).await;
    let asking: JoinSet<_> = (0..120)
        .map(|number| {
            let user_id = number % 12 + 1;
            let wish = ["n=50", "n=50&genre=Drama", "n=20&offset=95", "explain=true"][number / 12 % 4];
            let paths = [
                format!("/reco/{user_id}?{wish}"),
                "/reco/random".to_owned(),
                format!("/score/{user_id}/14"),
                format!("/users/{user_id}/ratings"),
            ];
            let (address, path) = (service.address, paths[number / 30 % 4].clone());
            async move { (ask(address, "GET", &path, &[]).await, path) }
        })
        .collect();
    store.activate(2).await.unwrap();
    assert_eq!(store.prune(0).await.unwrap().versions, [1]);
    for (answer, path) in asking.join_all().await {
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn an_answer_waits_for_the_version_that_took_the_place_of_a_dropped_one() {
    for path in ["/reco/2", "/reco/2?genre=Drama", "/score/2/14", "/users/2/ratings", "/reco/random"] {
        let (_database, service) = overtaken_by(&cinema::implicit(2)).await;
        let answer = service.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert_eq!(answer.json()["model_version"], 2, "{path}");
    }
}

#[tokio::test]
async fn a_key_is_looked_up_in_the_version_that_took_the_place_of_a_dropped_one() {
    let with_keys = |seed| cinema::implicit(seed).with_keys();
    for path in ["/reco/by-key/user+2", "/users/by-key/user+2", "/reco/2", "/users/2/ratings"] {
        let (_database, service) = overtaken(&with_keys(1), &with_keys(2)).await;
        let answer = service.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let answer = answer.json();
        assert_eq!((&answer["model_version"], &answer["user_key"]), (&2.into(), &"user+2".into()), "{path}");
    }
    let (_database, service) = overtaken(&with_keys(1), &with_keys(2)).await;
    assert_eq!(service.rate(REGULAR, &[(7, 5.0)]).await.json()["user_key"], "user+2");
}

/// The second version without some users.
fn without(users: RangeInclusive<i64>) -> Cinema {
    let mut cinema = cinema::implicit(2);
    cinema.histories.retain(|user_id, _| !users.contains(user_id));
    cinema
}

/// A service that still answers from a version whose rows are gone, while another one is live.
async fn overtaken_by(next: &Cinema) -> (TestDatabase, Service) {
    overtaken(&cinema::implicit(1), next).await
}

async fn overtaken(first: &Cinema, next: &Cinema) -> (TestDatabase, Service) {
    let database = TestDatabase::migrated().await;
    let store = pool(database.url(), PATIENCE);
    first.publish(&store, "run-1").await;
    next.publish(&store, "run-2").await;
    store.activate(1).await.unwrap();
    let service = serving(&database, incurious()).await;
    // Not announced.
    database.execute("UPDATE serving SET version = 2, activated_at = now()").await;
    assert_eq!(store.prune(0).await.unwrap().versions, [1]);
    (database, service)
}

#[tokio::test]
async fn a_random_user_is_one_of_the_version_that_answers() {
    let (_database, service) = overtaken_by(&without(1..=11)).await;
    let answer = service.get("/reco/random").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!((&answer.json()["user_id"], &answer.json()["model_version"]), (&12.into(), &2.into()));
}

#[tokio::test]
async fn a_user_whom_the_next_version_does_not_have_is_404_once_the_old_one_is_dropped() {
    let next = without(3..=3);
    for path in ["/reco/3", "/reco/3?genre=Drama", "/score/3/14", "/users/3/ratings"] {
        let (_database, service) = overtaken_by(&next).await;
        let answer = service.get(path).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_switch_whose_announcement_is_lost_is_found_by_looking() {
    let (database, store, _) = two_versions().await;
    let service = serving(&database, keyed()).await;
    assert_eq!(service.list("/reco/2").await.model_version, 1);
    database.execute("UPDATE serving SET version = 2, activated_at = now()").await;
    service.until("/reco/2", |answer| answer.list().model_version == 2).await;
    store.activate(1).await.unwrap();
    service.until("/reco/2", |answer| answer.list().model_version == 1).await;
}
