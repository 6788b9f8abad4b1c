//! Facts about the gate.

use super::*;

const NDCG: Standing =
    Standing { yardstick: Yardstick::Ndcg, model: 0.36, baseline: 0.3, compared: None, max_regression: 0.1 };
const RMSE: Standing = Standing { yardstick: Yardstick::Rmse, model: 0.88, baseline: 0.9, ..NDCG };

fn figure(baseline: bool, metric: &str, k: Option<i32>, value: f64) -> Figure {
    Figure { baseline, metric: metric.to_owned(), k, value }
}

#[test]
fn a_model_that_beats_the_baseline_opens_the_gate() {
    assert_eq!(NDCG.decide(), Ok(()));
    assert_eq!(RMSE.decide(), Ok(()));
}

#[test]
fn a_model_that_is_worse_than_the_baseline_or_equal_closes_it() {
    for model in [0.2, 0.3] {
        assert_eq!(Standing { model, ..NDCG }.decide(), Err(Closed::LosesToBaseline));
    }
    for model in [0.9, 1.1] {
        assert_eq!(Standing { model, ..RMSE }.decide(), Err(Closed::LosesToBaseline));
    }
}

#[test]
fn a_regression_of_just_the_allowed_share_is_allowed() {
    assert_eq!(Standing { compared: Some(0.4), ..NDCG }.decide(), Ok(()));
    assert_eq!(Standing { compared: Some(0.8), ..RMSE }.decide(), Ok(()));
    assert_eq!(Standing { compared: Some(0.36), max_regression: 0.0, ..NDCG }.decide(), Ok(()));
}

#[test]
fn a_regression_of_more_than_the_allowed_share_closes_the_gate() {
    assert_eq!(Standing { compared: Some(0.4001), ..NDCG }.decide(), Err(Closed::Regressed));
    assert_eq!(Standing { compared: Some(0.7999), ..RMSE }.decide(), Err(Closed::Regressed));
    let strict = Standing { compared: Some(0.3601), max_regression: 0.0, ..NDCG };
    assert_eq!(strict.decide(), Err(Closed::Regressed));
}

#[test]
fn a_better_model_than_the_published_one_never_regressed() {
    assert_eq!(Standing { compared: Some(0.2), max_regression: 0.0, ..NDCG }.decide(), Ok(()));
    assert_eq!(Standing { compared: Some(1.2), max_regression: 0.0, ..RMSE }.decide(), Ok(()));
}

#[test]
fn a_figure_of_nan_is_never_accepted() {
    for standing in [NDCG, RMSE] {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for standing in [
                Standing { model: bad, ..standing },
                Standing { baseline: bad, ..standing },
                Standing { compared: Some(bad), ..standing },
            ] {
                assert_eq!(standing.decide(), Err(Closed::NotFinite), "{standing:?}");
            }
        }
    }
}

#[test]
fn the_standing_is_read_from_the_figures_that_were_committed() {
    let mut figures = vec![
        figure(false, "ndcg", Some(50), 0.9),
        figure(false, "ndcg", Some(10), 0.36),
        figure(true, "ndcg", Some(10), 0.3),
    ];
    assert_eq!(Standing::of(Yardstick::Ndcg, &figures, 0.1).unwrap(), NDCG);
    figures.push(figure(false, "compared_ndcg", Some(10), 0.5));
    let compared = Standing::of(Yardstick::Ndcg, &figures, 0.1).unwrap();
    assert_eq!(compared, Standing { compared: Some(0.5), ..NDCG });
    let error = Standing::of(Yardstick::Rmse, &figures, 0.1).unwrap_err();
    assert!(error.to_string().contains("lacks rmse"), "{error}");
}

#[test]
fn the_explanation_names_the_figures_and_the_remedy() {
    let regressed = Standing { compared: Some(0.5), ..NDCG };
    let text = regressed.explain(Closed::Regressed);
    for part in ["ndcg@10 0.3600", "0.5000", "--max-regression 0.1"] {
        assert!(text.contains(part), "{text}");
    }
    assert!(RMSE.explain(Closed::LosesToBaseline).contains("rmse 0.8800"));
}
