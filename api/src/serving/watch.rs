//! Keeping what is in memory current: by announcements, and by looking now and then in case one was lost.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
    time::{Duration, Instant},
};

use store::{Announcement, Announcements, Experiment, StoreError};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::{Current, Inner, Link, ServingError, Sharing, version::ServedVersion};

/// Between two attempts to reach the database: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// A smaller id can become visible after a greater one, so a poll looks back this far.
const OVERLAP: i64 = 1_000;

/// Never ends; each round is one connection.
pub(super) async fn watch(inner: Arc<Inner>) {
    let mut pause = PAUSES.0;
    loop {
        let Err(reason) = listen(&inner, &mut pause).await;
        let lost = inner.link.send_if_modified(|link| {
            let was_up = *link == Link::Up;
            if was_up {
                *link = Link::Down(Instant::now());
            }
            was_up
        });
        if lost {
            tracing::warn!("{reason}; answers may be stale until the database is back");
        } else {
            tracing::debug!("{reason}");
        }
        sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

async fn listen(inner: &Inner, pause: &mut Duration) -> Result<std::convert::Infallible, ServingError> {
    let patience = inner.options.patience;
    let mut heard =
        timeout(patience, inner.store.listen()).await.map_err(|_| ServingError::Unreachable)??;
    recognize(inner, &mut heard).await?;
    // Listening first, and looking then, nothing is missed in between.
    let mut wanted = inner.wanted.subscribe();
    let ticket = *wanted.borrow_and_update();
    look(inner, &mut heard, 0).await?;
    inner.looked.send_replace(ticket);
    *pause = PAUSES.0;
    if inner.link.send_replace(Link::Up) != Link::Up {
        tracing::info!("listening to the database");
    }
    let mut polls = interval(inner.options.poll);
    polls.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            announcement = heard.next() => match announcement?.ok_or(ServingError::NoAnnouncements)? {
                Announcement::Feedback { user_id, revision } => inner.revisions.note([(user_id, revision)]),
                Announcement::Serving => load(inner, &mut heard).await?,
            },
            _ = wanted.changed() => {
                let ticket = *wanted.borrow_and_update();
                load(inner, &mut heard).await?;
                inner.looked.send_replace(ticket);
            }
            _ = polls.tick() => look(inner, &mut heard, inner.revisions.greatest() - OVERLAP).await?,
        }
    }
}

/// Forgets everything if another database answers at the address: its numbers mean other things.
async fn recognize(inner: &Inner, heard: &mut Announcements) -> Result<(), ServingError> {
    let asked = timeout(inner.options.patience, heard.identity());
    let identity = asked.await.map_err(|_| ServingError::Unreachable)??;
    let known = inner.database.swap(Some(Arc::new(identity.clone())));
    if known.is_some_and(|known| *known != identity) {
        tracing::warn!("another database answers at the same address: beginning anew");
        inner.current.store(Arc::default());
        inner.revisions.clear();
        inner.memory.clear();
    }
    Ok(())
}

/// Looks up everything that announcements tell of.
async fn look(inner: &Inner, heard: &mut Announcements, after: i64) -> Result<(), ServingError> {
    let asked = timeout(inner.options.patience, heard.revisions_after(after));
    inner.revisions.note(asked.await.map_err(|_| ServingError::Unreachable)??);
    load(inner, heard).await
}

/// Brings into memory what is to be served, if it is not there. A version that cannot be served leaves everything as it
/// was.
async fn load(inner: &Inner, heard: &mut Announcements) -> Result<(), ServingError> {
    let asked = timeout(inner.options.patience, async {
        Ok::<_, StoreError>((heard.live().await?, heard.experiment().await?))
    });
    let (live, running) = asked.await.map_err(|_| ServingError::Unreachable)??;
    let experiment = running.map(|running| running.experiment);
    let current = inner.current.load_full();
    if live == current.live.as_ref().map(|live| live.version)
        && experiment.as_ref() == current.experiment.as_ref().map(|sharing| &sharing.experiment)
    {
        return Ok(());
    }
    match gather(inner, &current, live, experiment).await {
        Ok(Some(next)) => {
            inner.current.store(Arc::new(next));
            inner.memory.clear();
        }
        // Pruned in between: what is live now is announced, too.
        Ok(None) => {}
        Err(away @ ServingError::Store(_)) => return Err(away),
        Err(error) => tracing::error!("{error}"),
    }
    Ok(())
}

/// The versions that are wanted: those that are in memory already, and others from the database.
async fn gather(
    inner: &Inner,
    current: &Current,
    live: Option<i64>,
    experiment: Option<Experiment>,
) -> Result<Option<Current>, ServingError> {
    let mut versions: BTreeMap<i64, Arc<ServedVersion>> =
        current.versions().map(|version| (version.version, version.clone())).collect();
    let shared = experiment.iter().flat_map(|experiment| &experiment.variants).map(|variant| variant.version);
    for version in live.into_iter().chain(shared) {
        if let Entry::Vacant(place) = versions.entry(version) {
            let Some(served) = read(inner, version).await? else { return Ok(None) };
            place.insert(Arc::new(served));
        }
    }
    let find = |version: i64| versions.get(&version).cloned();
    let sharing = experiment.map(|experiment| Sharing {
        versions: experiment.variants.iter().filter_map(|variant| find(variant.version)).collect(),
        names: experiment.variants.iter().map(|variant| variant.name.as_str().into()).collect(),
        experiment,
    });
    Ok(Some(Current { live: live.and_then(find), experiment: sharing }))
}

async fn read(inner: &Inner, version: i64) -> Result<Option<ServedVersion>, ServingError> {
    let begun = Instant::now();
    let Some(contents) = inner.store.contents(version).await? else {
        return Ok(None);
    };
    // Sorting a catalogue takes a moment, in which answers must go on.
    let served = tokio::task::spawn_blocking(move || ServedVersion::new(contents)).await??;
    tracing::info!(
        version,
        movies = served.catalogue.movies().len(),
        users = served.users().len(),
        took = ?begun.elapsed(),
        "a version is in memory"
    );
    Ok(Some(served))
}
