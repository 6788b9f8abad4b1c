//! Facts about `train`, on real Delta tables.

#![allow(clippy::unwrap_used, reason = "a panic is a test's failure message")]

mod lake;

use contract::{ModelCard, Solver, Training, Yardstick};
use lake::{Latest, World};

fn iterations(count: usize) -> String {
    format!("--iterations={count}")
}

/// The flags that train the recorded hyper-parameters as they are.
fn flags_of(record: &ModelCard) -> Vec<String> {
    vec![
        iterations(record.hyperparameters.iterations),
        format!("--rank={}", record.hyperparameters.rank),
        format!("--regularization={}", record.hyperparameters.regularization),
        format!("--unobserved-weight={}", record.hyperparameters.unobserved_weight),
        format!("--confidence-alpha={}", record.hyperparameters.confidence_alpha),
    ]
}

#[tokio::test]
async fn what_was_not_asked_for_is_recorded_as_null() {
    let world = World::new(Latest::Own, &["run"]).await;
    let record = world.trained("run", &[]).await;
    assert_eq!((record.hyperparameters.solver, record.hyperparameters.cg_steps), (Solver::Cholesky, None));
    assert_eq!((record.hyperparameters.half_life_days, record.training.tuned_trials), (None, None));
    assert_eq!((record.training.validation_metric, record.training.validation_value), (None, None));
}

#[tokio::test]
async fn the_solver_is_recorded() {
    let world = World::new(Latest::Own, &["run", "more"]).await;
    let record = world.trained("run", &["--solver", "cg"]).await;
    assert_eq!((record.hyperparameters.solver, record.hyperparameters.cg_steps), (Solver::Cg, Some(3)));
    assert_eq!(
        world.trained("more", &["--solver", "cg", "--cg-steps", "7"]).await.hyperparameters.cg_steps,
        Some(7)
    );
}

#[tokio::test]
async fn patience_chooses_a_number_of_iterations_that_is_then_trained_on_all_training_ratings() {
    for (objective, metric) in
        [("--objective=implicit", Yardstick::Ndcg), ("--objective=explicit", Yardstick::Rmse)]
    {
        let world = World::new(Latest::Own, &["patient", "plain"]).await;
        let record = world.trained("patient", &[objective, "--patience=2", "--iterations=40"]).await;
        assert_eq!(record.training.validation_metric, Some(metric));
        assert!(record.training.validation_value.unwrap() > 0.0);
        let plain =
            world.trained("plain", &[objective, &iterations(record.hyperparameters.iterations)]).await;
        assert_eq!(
            record.training.training_ratings, plain.training.training_ratings,
            "validation ratings are trained on in the end"
        );
        assert_eq!(world.factors("patient").await, world.factors("plain").await);
    }
}

#[tokio::test]
async fn patience_ends_long_before_the_last_iteration_where_nothing_improves() {
    let world = World::new(Latest::Own, &["run"]).await;
    let record = world.trained("run", &["--patience=2", "--iterations=9000"]).await;
    assert!(record.hyperparameters.iterations < 1000, "{record:?}");
}

#[tokio::test]
async fn the_holdout_has_no_say_in_what_is_chosen() {
    let flags = ["--tune=6", "--patience=2", "--iterations=20"];
    let mut chosen = Vec::new();
    for latest in [Latest::Own, Latest::Other] {
        let world = World::new(latest, &["run"]).await;
        let record = world.trained("run", &flags).await;
        assert!(record.training.validation_value.unwrap() > 0.0);
        chosen.push(ModelCard { training: Training { training_seconds: 0.0, ..record.training }, ..record });
    }
    assert_eq!(chosen[0], chosen[1]);
}

#[tokio::test]
async fn tuning_finds_something_better_than_the_given_and_trains_it() {
    let world = World::new(Latest::Own, &["given", "tuned", "again", "plain"]).await;
    let given = world.trained("given", &["--tune=1"]).await;
    let tuned = world.trained("tuned", &["--tune=12"]).await;
    assert_eq!((tuned.training.tuned_trials, tuned.hyperparameters.iterations), (Some(12), 6));
    assert!(tuned.training.validation_value > given.training.validation_value, "{tuned:?}, {given:?}");

    let again = world.trained("again", &["--tune=12"]).await;
    let timeless = |card: &ModelCard| ModelCard {
        training: Training { ratings_version: 0, training_seconds: 0.0, ..card.training },
        ..*card
    };
    assert_eq!(timeless(&tuned), timeless(&again), "the same seed chooses the same");

    let flags = flags_of(&tuned);
    let plain = world.trained("plain", &flags.iter().map(String::as_str).collect::<Vec<_>>()).await;
    assert_eq!(plain.training.training_ratings, tuned.training.training_ratings);
    for run in ["again", "plain"] {
        assert_eq!(world.factors(run).await, world.factors("tuned").await, "{run}");
    }
}

#[tokio::test]
async fn one_candidate_is_the_given_one_at_all_its_iterations() {
    let world = World::new(Latest::Own, &["one", "patient"]).await;
    let one = world.trained("one", &["--tune=1", "--iterations=3"]).await;
    assert_eq!(
        (one.training.tuned_trials, one.hyperparameters.rank, one.hyperparameters.iterations),
        (Some(1), 8, 3)
    );
    assert!((one.hyperparameters.regularization - 0.01).abs() < 1e-12);
}

#[tokio::test]
async fn explicit_models_are_tuned_by_their_error() {
    let world = World::new(Latest::Own, &["poor", "tuned"]).await;
    let poor = ["--objective=explicit", "--regularization=20", "--iterations=6"];
    let untuned = world.trained("poor", &[&poor[..], &["--patience=6"]].concat()).await;
    let tuned = world.trained("tuned", &[&poor[..], &["--tune=8"]].concat()).await;
    assert!(tuned.training.validation_value < untuned.training.validation_value, "{tuned:?}, {untuned:?}");
    assert!(tuned.hyperparameters.biases && tuned.hyperparameters.regularization < 20.0);
}

#[tokio::test]
async fn a_time_limit_ends_training_after_the_iterations_that_fit_and_at_least_one() {
    let world = World::new(Latest::Own, &["short", "one", "tuned", "long"]).await;
    let short = world.trained("short", &["--max-seconds=0.000001", "--iterations=9000"]).await;
    assert_eq!(short.hyperparameters.iterations, 1);
    world.trained("one", &["--iterations=1"]).await;
    assert_eq!(world.factors("short").await, world.factors("one").await);

    let tuned = world.trained("tuned", &["--max-seconds=0.000001", "--iterations=9000", "--tune=50"]).await;
    assert_eq!(
        (tuned.hyperparameters.iterations, tuned.training.tuned_trials),
        (1, Some(1)),
        "the given ones are always tried"
    );
    let long = world.trained("long", &["--max-seconds=1000000", "--iterations=7"]).await;
    assert_eq!(long.hyperparameters.iterations, 7);
}

#[tokio::test]
async fn a_half_life_changes_the_model_and_is_recorded_beside_the_confidence_as_given() {
    let world = World::new(Latest::Own, &["even", "fading", "endless", "tuned"]).await;
    let alpha = "--confidence-alpha=0.5";
    world.trained("even", &[alpha]).await;
    let fading = world.trained("fading", &[alpha, "--half-life=90"]).await;
    assert_eq!(fading.hyperparameters.half_life_days, Some(90.0));
    assert!((fading.hyperparameters.confidence_alpha - 0.5).abs() < 1e-12);
    assert_ne!(world.factors("fading").await, world.factors("even").await);

    world.trained("endless", &[alpha, "--half-life=1000000"]).await;
    let (endless, even) = (world.factors("endless").await, world.factors("even").await);
    for (found, expected) in endless.users.iter().zip(&even.users) {
        assert!((found - expected).abs() < 1e-2, "{found} is not {expected}");
    }

    let tuned = world.trained("tuned", &[alpha, "--half-life=90", "--tune=6"]).await;
    assert!(
        (tuned.hyperparameters.confidence_alpha - 0.5).abs() < 1e-12,
        "the ratings' weights hold it already"
    );
}

#[tokio::test]
async fn flags_that_contradict_each_other_are_wrong_usage() {
    let world = World::new(Latest::Own, &["run"]).await;
    for (flags, named) in [
        (&["--objective=explicit", "--half-life=30"][..], "--half-life"),
        (&["--holdout=0", "--patience=2"], "--holdout"),
        (&["--holdout=0", "--tune=2"], "--holdout"),
    ] {
        let refused = world.train("run", flags).await.unwrap_err();
        assert!(refused.is::<task::WrongUsage>(), "{refused:#}");
        assert!(refused.to_string().contains(named), "{refused:#}");
    }
    for flags in [["--half-life=0"], ["--max-seconds=0"], ["--cg-steps=0"], ["--solver=lu"]] {
        assert!(world.train("run", &flags).await.unwrap_err().is::<clap::Error>(), "{flags:?}");
    }
}

#[tokio::test]
async fn a_holdout_too_small_to_choose_by_names_the_remedy() {
    let world = World::new(Latest::Own, &["run"]).await;
    let refused = world.train("run", &["--holdout=0.05", "--patience=2"]).await.unwrap_err();
    assert!(refused.to_string().contains("raise --holdout"), "{refused:#}");
}
