//! Facts about the task, on real Delta tables.

#![allow(clippy::unwrap_used, reason = "a panic is a test's failure message")]

mod lake;

use contract::Figure;
use task::GateClosed;

use crate::lake::{GROUP, World, fitted, mistaken};

#[track_caller]
fn value(figures: &[Figure], baseline: bool, metric: &str, k: Option<i32>) -> f64 {
    let wanted = |figure: &&Figure| figure.baseline == baseline && figure.metric == metric && figure.k == k;
    let mut found = figures.iter().filter(wanted);
    let figure = found.next().unwrap_or_else(|| panic!("no {metric} at {k:?} of baseline {baseline}"));
    assert!(found.next().is_none(), "{metric} at {k:?} of baseline {baseline} stands there twice");
    figure.value
}

#[track_caller]
fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

#[tokio::test]
async fn a_model_that_knows_the_tastes_beats_the_baseline() {
    let world = World::new();
    world.train("one", "implicit", fitted("implicit")).await;
    world.evaluate("one", &[]).await.unwrap();
    let (figures, _) = world.figures("one").await;
    let model = |metric, k| value(&figures, false, metric, Some(k));
    let baseline = |metric, k| value(&figures, true, metric, Some(k));
    for metric in ["ndcg", "precision", "recall", "map", "mrr", "hit_rate"] {
        assert!(model(metric, 10) > baseline(metric, 10), "{metric}: {figures:?}");
    }
    close(value(&figures, false, "users", None), 40.0);
    close(value(&figures, false, "gate_open", None), 1.0);
}

#[tokio::test]
async fn a_list_of_everything_unseen_finds_both_held_out_movies() {
    let world = World::new();
    world.train("one", "implicit", fitted("implicit")).await;
    world.evaluate("one", &[]).await.unwrap();
    let (figures, _) = world.figures("one").await;
    // 40 movies without the 8 seen ones are fewer than 50, so every list is complete.
    for baseline in [false, true] {
        let at_50 = |metric| value(&figures, baseline, metric, Some(50));
        close(at_50("recall"), 1.0);
        close(at_50("hit_rate"), 1.0);
        close(at_50("precision"), 2.0 / 50.0);
        close(at_50("coverage"), 1.0);
    }
}

#[tokio::test]
async fn explicit_stars_are_measured_beside_the_mean_of_the_movie() {
    let world = World::new();
    world.train("one", "explicit", fitted("explicit")).await;
    world.evaluate("one", &[]).await.unwrap();
    let (figures, _) = world.figures("one").await;
    // Each movie has as many 5s as 1s: its mean is 3 and off by 2 every time, more or less.
    let (rmse, mae) = (value(&figures, true, "rmse", None), value(&figures, true, "mae", None));
    assert!((rmse - 2.0).abs() < 0.1 && (mae - 2.0).abs() < 0.1, "{rmse} {mae}");
    assert!(value(&figures, false, "rmse", None) < 0.5, "{figures:?}");
    assert!(value(&figures, false, "mae", None) <= value(&figures, false, "rmse", None));
}

#[tokio::test]
async fn a_bad_model_closes_the_gate_and_its_figures_are_committed_nevertheless() {
    for objective in ["implicit", "explicit"] {
        let world = World::new();
        world.train("one", objective, mistaken(objective)).await;
        let error = world.evaluate("one", &[]).await.unwrap_err();
        assert!(error.is::<GateClosed>(), "{error:#}");
        assert!(error.to_string().contains("does not beat the popularity baseline"), "{error:#}");
        let (figures, _) = world.figures("one").await;
        close(value(&figures, false, "gate_open", None), 0.0);
    }
}

#[tokio::test]
async fn a_second_run_changes_nothing_and_comes_to_the_same_end() {
    for (model, open) in [(fitted("implicit"), true), (mistaken("implicit"), false)] {
        let world = World::new();
        world.train("one", "implicit", model).await;
        let first = world.evaluate("one", &[]).await;
        let committed = world.figures("one").await;
        let second = world.evaluate("one", &[]).await;
        assert_eq!(committed, world.figures("one").await);
        for result in [first, second] {
            assert_eq!(result.is_ok(), open);
            assert!(open || result.unwrap_err().is::<GateClosed>());
        }
    }
}

#[tokio::test]
async fn a_model_far_below_the_published_one_closes_the_gate_until_another_run_accepts_that() {
    let world = World::new();
    world.publish("live", "implicit", ("ndcg", Some(10), 0.99)).await;
    world.train("one", "implicit", fitted("implicit")).await;
    let error = world.evaluate("one", &[]).await.unwrap_err();
    assert!(error.is::<GateClosed>(), "{error:#}");
    assert!(error.to_string().contains("the published model's 0.9900"), "{error:#}");
    let (figures, _) = world.figures("one").await;
    close(value(&figures, false, "compared_ndcg", Some(10)), 0.99);
    let again = world.evaluate("one", &["--max-regression", "1"]).await.unwrap_err();
    assert!(again.is::<GateClosed>(), "what is committed stays decided: {again:#}");
    world.train("two", "implicit", fitted("implicit")).await;
    world.evaluate("two", &["--max-regression", "1"]).await.unwrap();
}

#[tokio::test]
async fn a_published_model_of_another_objective_is_no_measure() {
    let world = World::new();
    world.publish("live", "explicit", ("ndcg", Some(10), 0.99)).await;
    world.train("one", "implicit", fitted("implicit")).await;
    world.evaluate("one", &[]).await.unwrap();
}

#[tokio::test]
async fn the_newest_published_row_of_another_run_is_the_measure() {
    let world = World::new();
    world.publish("live", "implicit", ("ndcg", Some(10), 0.99)).await;
    world.publish_again("unknown", "older", 0).await;
    world.publish_again("one", "newer", 2).await;
    world.train("one", "implicit", fitted("implicit")).await;
    assert!(world.evaluate("one", &[]).await.unwrap_err().is::<GateClosed>());
    let newest = World::new();
    newest.publish("live", "implicit", ("ndcg", Some(10), 0.99)).await;
    newest.publish_again("unknown", "newer", 2).await;
    newest.train("one", "implicit", fitted("implicit")).await;
    newest.evaluate("one", &[]).await.unwrap();
}

#[tokio::test]
async fn a_model_without_a_holdout_is_an_error_that_names_the_flag() {
    let world = World::new();
    world.train_with("one", "implicit", fitted("implicit"), |card| card.training.holdout = 0.0).await;
    let error = world.evaluate("one", &[]).await.unwrap_err();
    assert!(!error.is::<GateClosed>());
    assert!(error.to_string().contains("--holdout"), "{error:#}");
}

#[tokio::test]
async fn factors_of_other_ratings_are_refused() {
    let world = World::new();
    let version = world.rate_all_but(2 * GROUP).await;
    let model = fitted("implicit");
    world.train_with("two", "implicit", model, |card| card.training.ratings_version = version).await;
    let error = world.evaluate("two", &[]).await.unwrap_err();
    assert!(error.to_string().contains("gold/movie_factors"), "{error:#}");
}

#[tokio::test]
async fn a_run_that_trained_nothing_is_an_error_that_names_it() {
    let world = World::new();
    world.train("one", "implicit", fitted("implicit")).await;
    let error = world.evaluate("two", &[]).await.unwrap_err();
    assert!(format!("{error:#}").contains("gold/models has no version written by run \"two\""), "{error:#}");
}

#[tokio::test]
async fn a_share_out_of_range_is_refused() {
    let error = World::new().evaluate("one", &["--max-regression", "1.5"]).await.unwrap_err();
    assert!(error.to_string().contains("give a share from 0 to 1"), "{error:#}");
}
