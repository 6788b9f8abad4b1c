use serde_json::json;

use super::*;

fn card() -> ModelCard {
    ModelCard {
        model: ModelKind::Als,
        hyperparameters: Hyperparameters {
            half_life_days: Some(30.5),
            ..Hyperparameters::usual(Objective::Implicit)
        },
        training: Training { holdout: 0.2, ratings_version: 3, final_loss: 12.5, ..Training::default() },
        served: Served::default(),
    }
}

#[test]
fn a_card_is_one_flat_object_that_is_read_back_as_it_was() {
    let json = card().to_json().unwrap();
    for (field, value) in [
        ("model", json!("als")),
        ("objective", json!("implicit")),
        ("rank", json!(64)),
        ("half_life_days", json!(30.5)),
        ("ratings_version", json!(3)),
        ("cg_steps", json!(null)),
        ("solver", json!("cholesky")),
        ("served_global_mean", json!(null)),
    ] {
        assert_eq!(json[field], value, "{field}");
    }
    assert_eq!(ModelCard::from_json(&json).unwrap(), card());
}

#[test]
fn what_is_not_known_is_an_error_that_names_it() {
    for (field, value, named) in [
        ("model", json!("word2vec"), "word2vec"),
        ("objective", json!("ordinal"), "ordinal"),
        ("solver", json!("qr"), "qr"),
        ("validation_metric", json!("map@5"), "map@5"),
        ("rank", json!(-1), "-1"),
        ("temperature", json!(1), "temperature"),
    ] {
        let mut json = card().to_json().unwrap();
        json[field] = value;
        let error = ModelCard::from_json(&json).unwrap_err().to_string();
        assert!(error.contains(named), "{field}: {error}");
    }
    let error = ModelCard::from_json(&json!({"objective": "implicit"})).unwrap_err().to_string();
    assert!(error.contains("rank"), "{error}");
}

#[test]
fn a_card_of_an_older_release_has_no_solver_and_no_kind() {
    let old = json!({"objective": "explicit", "rank": 8, "iterations": 5, "regularization": 1.0,
        "regularization_exponent": 0.5, "biases": true, "global_mean": 3.5, "solver": null});
    let card = ModelCard::from_json(&old).unwrap();
    assert_eq!((card.model, card.hyperparameters.solver), (ModelKind::Als, Solver::Cholesky));
    assert_eq!(card.served_mean().to_bits(), 3.5_f32.to_bits(), "of the trained one, for want of another");
}

#[test]
fn the_mean_of_the_served_factors_is_that_of_all_ratings_and_0_without_biases() {
    let mut card = card();
    card.training.global_mean = 3.5;
    card.served.served_global_mean = Some(3.25);
    assert_eq!((card.trained_mean(), card.served_mean()), (0.0, 0.0));
    card.hyperparameters = Hyperparameters::usual(Objective::Explicit);
    assert_eq!((card.trained_mean(), card.served_mean()), (3.5, 3.25));
    card.hyperparameters.biases = false;
    assert_eq!((card.trained_mean(), card.served_mean()), (0.0, 0.0));
}
