//! Fold-in of one user and explanations.

use als::{AlsError, Config, Explanation, Factors, FoldIn, Model, MovieIdx, Solver, UserIdx};

use crate::common::{
    assert_close, confident, every_config, explicit, fit_all, history, implicit, random_ratings,
};

/// The score that is explained.
fn score(explanation: &Explanation) -> f32 {
    explanation.base + explanation.contributions.iter().map(|part| part.contribution).sum::<f32>()
}

fn fold_in(model: &Model) -> FoldIn {
    FoldIn::new(*model.config(), model.global_mean(), model.movies().clone()).unwrap()
}

#[test]
fn a_folded_in_history_equals_the_row_of_the_fit_bit_for_bit() {
    let ratings = random_ratings(50, 40, 3, 1);
    for config in every_config() {
        let (model, _) = fit_all(&ratings, &config);
        let fold_in = fold_in(&model);
        for user in (0..50).map(UserIdx) {
            let mut history = history(&ratings, user);
            history.reverse();
            let folded = fold_in.fold_in(&history).unwrap();
            assert_eq!(folded.factor, model.users().row(user).to_vec());
            assert_eq!(folded.bias.to_bits(), model.users().bias(user).to_bits());
            let score = fold_in.score(&folded, MovieIdx(3));
            assert_eq!(score.to_bits(), model.score(user, MovieIdx(3)).to_bits());
        }
    }
}

#[test]
fn a_history_is_folded_in_exactly_however_the_model_was_fitted() {
    let ratings = random_ratings(50, 40, 3, 1);
    for config in every_config() {
        let (model, _) = fit_all(&ratings, &config);
        let history = history(&ratings, UserIdx(4));
        let exact = fold_in(&model).fold_in(&history).unwrap();
        let config = Config { solver: Solver::ConjugateGradient { steps: 1 }, ..config };
        let other = FoldIn::new(config, model.global_mean(), model.movies().clone()).unwrap();
        assert_eq!(other.fold_in(&history).unwrap(), exact);
    }
}

#[test]
fn an_explanation_sums_to_the_score() {
    let ratings = random_ratings(50, 40, 3, 2);
    for config in every_config() {
        let (model, _) = fit_all(&ratings, &config);
        let fold_in = fold_in(&model);
        for (user, movie) in (0..50).map(UserIdx).zip((0..39).cycle().map(MovieIdx)) {
            let history = history(&ratings, user);
            let other = MovieIdx((movie.0 + 7) % 40);
            let explanations = fold_in.explain(&history, &[other, movie]).unwrap();
            assert_eq!(explanations[..1], fold_in.explain(&history, &[other]).unwrap());
            let explanation = &explanations[1];
            assert_close(f64::from(score(explanation)), f64::from(model.score(user, movie)), 1e-4);
            assert!(explanation.contributions.is_sorted_by(|a, b| a.contribution >= b.contribution));
            let mut movies: Vec<_> = explanation.contributions.iter().map(|part| part.movie).collect();
            movies.sort();
            assert!(movies.iter().eq(history.iter().map(|(movie, _)| movie)));
        }
    }
}

#[test]
fn an_explanation_tells_what_everyone_gets_apart_from_what_the_history_gives() {
    let ratings = random_ratings(50, 40, 3, 3);
    let (model, _) = fit_all(&ratings, &explicit(true));
    let [explanation] = &fold_in(&model).explain(&history(&ratings, UserIdx(1)), &[MovieIdx(2)]).unwrap()[..]
    else {
        panic!()
    };
    assert_close(
        f64::from(explanation.base),
        f64::from(model.global_mean() + model.movies().bias(MovieIdx(2))),
        1e-6,
    );
    let (model, _) = fit_all(&ratings, &implicit());
    let [explanation] = &fold_in(&model).explain(&history(&ratings, UserIdx(1)), &[MovieIdx(2)]).unwrap()[..]
    else {
        panic!()
    };
    assert_eq!(explanation.base.to_bits(), 0);
}

#[test]
fn an_empty_history_gives_a_zero_factor_and_an_empty_explanation() {
    let ratings = random_ratings(50, 40, 3, 4);
    let (model, _) = fit_all(&ratings, &explicit(true));
    let fold_in = fold_in(&model);
    let user = fold_in.fold_in(&[]).unwrap();
    assert_eq!((user.factor.clone(), user.bias.to_bits()), (vec![0.0; 6], 0));
    let [explanation] = &fold_in.explain(&[], &[MovieIdx(2)]).unwrap()[..] else { panic!() };
    assert!(explanation.contributions.is_empty());
    assert_eq!(score(explanation).to_bits(), fold_in.score(&user, MovieIdx(2)).to_bits());
}

#[test]
fn a_bad_history_is_refused() {
    let ratings = random_ratings(50, 40, 3, 5);
    let (model, _) = fit_all(&ratings, &confident());
    let fold_in = fold_in(&model);
    let refusal = |history: &[(MovieIdx, f32)]| fold_in.fold_in(history).unwrap_err();
    let (one, two) = ((MovieIdx(1), 4.0), (MovieIdx(2), 3.0));
    assert!(matches!(refusal(&[(MovieIdx(40), 4.0)]), AlsError::IndexOutOfRange { index: 40, rows: 40, .. }));
    assert!(matches!(refusal(&[(MovieIdx(1), f32::NAN)]), AlsError::RatingNotFinite { movie: 1, .. }));
    assert!(matches!(refusal(&[one, two, one]), AlsError::DuplicateRating { movie: 1, .. }));
    assert!(matches!(refusal(&[(MovieIdx(1), -4.0)]), AlsError::ConfidenceNotPositive { movie: 1, .. }));
    assert!(matches!(fold_in.explain(&[one], &[MovieIdx(40)]), Err(AlsError::IndexOutOfRange { .. })));
}

#[test]
fn a_singular_history_names_the_remedy() {
    let config = Config { regularization: 0.0, rank: 2, ..explicit(false) };
    let mut random = crate::oracle::Random(6);
    for _ in 0..100 {
        // One rating, two unknowns: rounding must not pass for a second pivot.
        let row = crate::oracle::Row::random(2, false, &mut random);
        let values = row.factor.iter().map(|number| number.to_string().parse().unwrap()).collect();
        let fold_in = FoldIn::new(config, 0.0, Factors::from_parts(2, values, vec![0.0]).unwrap()).unwrap();
        let error = fold_in.fold_in(&[(MovieIdx(0), 3.0)]).unwrap_err();
        assert_eq!(error, AlsError::FoldInNotPositiveDefinite { ratings: 1, regularization: 0.0 });
        assert!(error.to_string().contains("--regularization"), "{error}");
    }
}
