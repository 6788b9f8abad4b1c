//! Fitting and refreshing, seen from outside.

use std::ops::ControlFlow;

use als::{
    AlsError, Config, Index, MAX_RANK, Model, MovieIdx, Objective, Ratings, Solver, TrainingSet, UserIdx,
    fit, refresh,
};

use crate::common::{
    assert_close, dense, every_config, explicit, fit_all, fit_in_chunks, implicit, on_threads,
    random_ratings, ratings_of, rows,
};

#[test]
fn the_loss_of_a_fit_is_the_dense_loss() {
    let ratings = random_ratings(40, 25, 3, 1);
    for config in every_config() {
        let (model, losses) = fit_all(&ratings, &config);
        let expected = dense(&ratings, &config, &model).loss(&rows(model.users()), &rows(model.movies()));
        assert_close(losses[losses.len() - 1], expected, 1e-6);
    }
}

#[test]
fn the_loss_never_rises() {
    for seed in 1..5 {
        let ratings = random_ratings(60, 40, 2, seed);
        for config in every_config() {
            let (_, losses) = fit_all(&ratings, &Config { iterations: 25, seed, ..config });
            assert_eq!(losses.len(), 25);
            assert!(losses[0] > losses[24] * 1.000_1, "nothing was learnt: {losses:?}");
            for pair in losses.windows(2) {
                assert!(pair[1] <= pair[0] * (1.0 + 1e-6), "{config:?}: {pair:?}");
            }
        }
    }
}

#[test]
fn users_are_exact_for_the_movies_they_are_served_with() {
    let ratings = random_ratings(30, 20, 3, 2);
    for config in every_config() {
        let (model, _) = fit_all(&ratings, &config);
        let movies = rows(model.movies());
        let dense = dense(&ratings, &config, &model);
        for (user, row) in rows(model.users()).iter().enumerate() {
            let expected = dense.minimum(user, &movies);
            for (found, expected) in row.unknowns(true).iter().zip(expected.unknowns(true)) {
                assert_close(*found, expected, 2e-4);
            }
        }
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    let ratings = random_ratings(3000, 300, 1, 3);
    for config in every_config() {
        let config = Config { rank: 19, iterations: 3, ..config };
        let alone = on_threads(1, || fit_all(&ratings, &config));
        let together = on_threads(3, || fit_all(&ratings, &config));
        assert_eq!(alone.0, together.0);
        assert_eq!(alone.1, together.1);
    }
}

#[test]
fn another_seed_gives_other_factors() {
    let ratings = random_ratings(20, 20, 3, 4);
    let (one, _) = fit_all(&ratings, &implicit());
    let (other, _) = fit_all(&ratings, &Config { seed: 8, ..implicit() });
    assert_ne!(one.movies(), other.movies());
}

#[test]
fn a_user_and_a_movie_without_ratings_stay_zero() {
    let triples = [(UserIdx(0), MovieIdx(0), 4.0), (UserIdx(2), MovieIdx(2), 3.0)];
    let ratings = ratings_of(3, 3, &triples).unwrap();
    for config in every_config() {
        let (model, losses) = fit_all(&ratings, &config);
        assert!(model.users().row(UserIdx(1)).iter().all(|number| number.abs() <= 0.0));
        assert!(model.movies().row(MovieIdx(1)).iter().all(|number| number.abs() <= 0.0));
        assert!(losses.iter().all(|loss| loss.is_finite()));
    }
}

#[test]
fn a_rank_above_the_size_of_the_data_is_no_trouble() {
    let ratings = random_ratings(4, 4, 6, 5);
    for config in every_config() {
        let (model, losses) = fit_all(&ratings, &Config { rank: 70, ..config });
        assert_eq!(model.users().rank(), 70);
        assert!(losses.windows(2).all(|pair| pair[1] <= pair[0] * (1.0 + 1e-6)), "{losses:?}");
    }
}

#[test]
fn one_user_and_one_movie_are_enough() {
    let triples = [(UserIdx(0), MovieIdx(0), 4.5)];
    let ratings = ratings_of(1, 1, &triples).unwrap();
    for config in every_config() {
        let (model, losses) = fit_all(&ratings, &Config { iterations: 50, ..config });
        assert!(losses.iter().all(|loss| loss.is_finite()));
        assert!(model.score(UserIdx(0), MovieIdx(0)).is_finite());
    }
    let (model, _) = fit_all(&ratings, &explicit(true));
    assert_close(f64::from(model.score(UserIdx(0), MovieIdx(0))), 4.5, 1e-6);
}

#[test]
fn equal_ratings_are_predicted_as_they_are() {
    let triples: Vec<_> =
        crate::common::triples(20, 10, 5, 6).into_iter().map(|(user, movie, _)| (user, movie, 3.5)).collect();
    let ratings = ratings_of(20, 10, &triples).unwrap();
    let (model, losses) = fit_all(&ratings, &explicit(true));
    assert_close(f64::from(model.score(UserIdx(0), MovieIdx(0))), 3.5, 1e-6);
    assert!(losses[losses.len() - 1] < 1e-6);
}

#[test]
fn without_biases_there_is_no_mean_either() {
    let ratings = random_ratings(20, 20, 3, 7);
    let (model, _) = fit_all(&ratings, &explicit(false));
    assert_eq!(model.global_mean().to_bits(), 0);
    assert!(model.users().biases().iter().chain(model.movies().biases()).all(|bias| bias.abs() <= 0.0));
}

#[test]
fn explicit_factors_predict_what_they_were_made_from() {
    let mut triples = crate::common::triples(60, 30, 6, 8);
    for (user, movie, rating) in &mut triples {
        let taste = |number: u32| f32::from(u16::try_from(number % 5).unwrap()) - 2.0;
        *rating = 3.0 + 0.5 * taste(user.number()) * taste(movie.number());
    }
    let ratings = ratings_of(60, 30, &triples).unwrap();
    for biases in [false, true] {
        let config = Config { regularization: 1e-4, iterations: 30, rank: 3, ..explicit(biases) };
        let (model, _) = fit_all(&ratings, &config);
        for &(user, movie, rating) in &triples {
            assert_close(f64::from(model.score(user, movie)), f64::from(rating), 0.02);
        }
    }
}

#[test]
fn an_observer_can_end_the_fit() {
    let ratings = random_ratings(20, 20, 3, 9);
    let mut heard = Vec::new();
    let mut observer = |iteration: &als::Iteration<'_>| {
        heard.push(iteration.number);
        if iteration.number == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let stopped = fit(&set(&ratings), &implicit(), &mut observer).unwrap();
    assert_eq!(heard, [1, 2]);
    let (two, _) = fit_all(&ratings, &Config { iterations: 2, ..implicit() });
    assert_eq!(stopped.movies(), two.movies());
}

#[test]
fn a_singular_system_is_an_error_that_names_the_remedy() {
    let ratings = random_ratings(6, 6, 5, 10);
    let config = Config { regularization: 0.0, rank: 20, ..explicit(false) };
    let error = fit(&set(&ratings), &config, &mut |_| ControlFlow::Continue(())).unwrap_err();
    assert!(matches!(error, AlsError::NotPositiveDefinite { side: "movie", row: 0, .. }), "{error:?}");
    assert!(error.to_string().contains("raise --regularization"), "{error}");
}

#[test]
fn a_negative_confidence_is_refused() {
    let ratings = ratings_of(1, 1, &[(UserIdx(0), MovieIdx(0), -4.0)]).unwrap();
    let objective = Objective::Implicit { unobserved_weight: 0.1, confidence_alpha: 1.0 };
    let config = Config { objective, ..implicit() };
    let error = fit(&set(&ratings), &config, &mut |_| ControlFlow::Continue(())).unwrap_err();
    assert!(matches!(error, AlsError::ConfidenceNotPositive { user: 0, movie: 0, .. }), "{error:?}");
}

#[test]
fn no_ratings_are_an_error() {
    let ratings = ratings_of(2, 2, &[]).unwrap();
    assert_eq!(
        fit(&set(&ratings), &implicit(), &mut |_| ControlFlow::Continue(())),
        Err(AlsError::NoRatings)
    );
}

#[test]
fn a_parameter_out_of_range_is_refused_by_name() {
    let refusal = |config: Config| config.validate().unwrap_err().to_string();
    assert!(refusal(Config { rank: 0, ..implicit() }).contains("rank is 0"));
    assert!(refusal(Config { rank: MAX_RANK + 1, ..implicit() }).contains("from 1 to 2048"));
    assert!(refusal(Config { iterations: 0, ..implicit() }).contains("iterations is 0"));
    assert!(refusal(Config { regularization: -0.5, ..implicit() }).contains("regularization is -0.5"));
    assert!(refusal(Config { regularization: f64::NAN, ..implicit() }).contains("regularization is NaN"));
    assert!(refusal(Config { regularization_exponent: 3.0, ..implicit() }).contains("exponent is 3"));
    let objective = Objective::Implicit { unobserved_weight: f64::INFINITY, confidence_alpha: 0.0 };
    assert!(refusal(Config { objective, ..implicit() }).contains("unobserved weight is inf"));
    assert_eq!(Config { rank: MAX_RANK, ..implicit() }.validate(), Ok(()));
}

/// Ratings of 50 users, and the same with 10 more users and 5 more movies, whose new movies come first.
fn grown() -> (Ratings, Ratings, Vec<Option<MovieIdx>>) {
    let before = random_ratings(50, 30, 3, 11);
    let after = random_ratings(60, 35, 3, 12);
    let previous_of = (0..35_u32).map(|movie| movie.checked_sub(5).map(MovieIdx)).collect();
    (before, after, previous_of)
}

fn refreshed(config: &Config, model: &Model, iterations: usize) -> (Model, Vec<f64>) {
    let (_, after, previous_of) = grown();
    let mut losses = Vec::new();
    let mut observer = |iteration: &als::Iteration<'_>| {
        losses.push(iteration.loss);
        ControlFlow::Continue(())
    };
    let model =
        refresh(&set(&after), config, model.movies(), &previous_of, iterations, &mut observer).unwrap();
    (model, losses)
}

#[test]
fn a_refresh_fits_grown_ratings_exactly_and_its_loss_never_rises() {
    let (before, after, _) = grown();
    for config in every_config() {
        let (model, _) = fit_all(&before, &config);
        let (fresh, losses) = refreshed(&config, &model, 6);
        assert_eq!((fresh.users().rows(), fresh.movies().rows()), (60, 35));
        assert!(losses.windows(2).all(|pair| pair[1] <= pair[0] * (1.0 + 1e-6)), "{losses:?}");
        let config = Config { iterations: 6, ..config };
        let expected = dense(&after, &config, &fresh).loss(&rows(fresh.users()), &rows(fresh.movies()));
        assert_close(losses[5], expected, 1e-6);
    }
}

#[test]
fn a_refresh_on_the_same_ratings_goes_on_where_the_fit_ended() {
    let (before, _, _) = grown();
    let same: Vec<_> = (0..30).map(|movie| Some(MovieIdx(movie))).collect();
    for config in every_config() {
        let (model, _) = fit_all(&before, &config);
        let go_on = &mut |_: &als::Iteration<'_>| ControlFlow::Continue(());
        let fresh = refresh(&set(&before), &config, model.movies(), &same, 2, go_on).unwrap();
        let (longer, _) = fit_all(&before, &Config { iterations: config.iterations + 2, ..config });
        assert_eq!(fresh.movies(), longer.movies());
        assert_eq!(fresh.users(), longer.users());
    }
}

#[test]
fn a_refresh_refuses_factors_that_do_not_fit() {
    let (before, after, previous_of) = grown();
    let (model, _) = fit_all(&before, &implicit());
    let attempt = |config: &Config, previous_of: &[Option<MovieIdx>]| {
        refresh(&set(&after), config, model.movies(), previous_of, 1, &mut |_| ControlFlow::Continue(()))
            .unwrap_err()
    };
    let error = attempt(&Config { rank: 7, ..implicit() }, &previous_of);
    assert!(matches!(error, AlsError::RankMismatch { side: "movie", expected: 7, found: 6 }), "{error:?}");
    let error = attempt(&implicit(), &previous_of[1..]);
    assert!(matches!(error, AlsError::RowsMismatch { side: "movie", expected: 35, found: 34 }), "{error:?}");
    let error = attempt(&implicit(), &[Some(MovieIdx(30)); 35]);
    assert!(matches!(error, AlsError::IndexOutOfRange { side: "movie", index: 30, rows: 30 }), "{error:?}");
}

#[test]
fn an_observer_sees_the_model_that_a_fit_of_so_many_iterations_gives() {
    let ratings = random_ratings(40, 25, 3, 13);
    for config in every_config() {
        let mut kept = None;
        let mut keep_third = |iteration: &als::Iteration<'_>| {
            if iteration.number == 3 {
                kept = Some(iteration.model.clone());
            }
            ControlFlow::Continue(())
        };
        let last = fit(&set(&ratings), &config, &mut keep_third).unwrap();
        let (third, _) = fit_all(&ratings, &Config { iterations: 3, ..config });
        let kept = kept.unwrap();
        assert_eq!((kept.users(), kept.movies()), (third.users(), third.movies()));
        assert_ne!(kept.movies(), last.movies());
    }
}

#[test]
fn the_steps_of_conjugate_gradients_have_bounds() {
    let with = |steps| Config { solver: Solver::ConjugateGradient { steps }, ..implicit() }.validate();
    for steps in [0, 1001] {
        let refused = with(steps).unwrap_err().to_string();
        assert!(
            refused.contains("conjugate gradient steps is") && refused.contains("from 1 to 1000"),
            "{refused}"
        );
    }
    assert_eq!((with(1), with(1000)), (Ok(()), Ok(())));
}

fn set(ratings: &Ratings) -> TrainingSet<'_> {
    TrainingSet::new(ratings, None).unwrap()
}

#[test]
fn in_however_many_chunks_the_model_is_the_same_but_for_rounding() {
    let ratings = random_ratings(300, 120, 2, 14);
    for config in every_config() {
        let (whole, losses) = fit_in_chunks(&ratings, &config, Some(1));
        for chunks in [2, 7, 400] {
            let (model, in_chunks) = fit_in_chunks(&ratings, &config, Some(chunks));
            assert_close(in_chunks[config.iterations - 1], losses[config.iterations - 1], 1e-5);
            let pairs = whole.movies().values().iter().zip(model.movies().values());
            let apart = pairs.map(|(one, other)| (one - other).abs()).fold(0.0, f32::max);
            assert!(apart < 1e-3, "{chunks} chunks: {apart}");
            assert_ne!(whole.movies(), model.movies(), "sums in another order are other bits");
        }
    }
}

#[test]
fn a_number_of_chunks_gives_the_same_bits_on_any_number_of_threads() {
    let ratings = random_ratings(3000, 300, 1, 15);
    for config in every_config() {
        let alone = on_threads(1, || fit_in_chunks(&ratings, &config, Some(5)));
        let together = on_threads(3, || fit_in_chunks(&ratings, &config, Some(5)));
        assert_eq!(alone, together);
    }
}
