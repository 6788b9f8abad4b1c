//! Lists for users outside the model are those of the users in it.

use als::{AlsError, BlockRanker, Candidates, FoldIn, Index, MovieIdx, UserIdx, UserRanker};

use crate::common::{every_config, fit_all, history, implicit, random_ratings};

#[test]
fn a_folded_in_user_gets_the_list_of_the_fit_bit_for_bit() {
    // The last movie is rated by nobody: a block ranker knows that from the ratings, this one is told.
    let ratings = random_ratings(60, 400, 1, 8);
    let rated: Vec<bool> = (0..400).map(|movie| movie < 399).collect();
    for config in every_config() {
        let (model, _) = fit_all(&ratings, &config);
        let fold_in = FoldIn::new(config, model.global_mean(), model.movies().clone()).unwrap();
        let ranker = UserRanker::new(model.global_mean(), model.movies());
        let lists = BlockRanker::new(&model, &ratings).unwrap();
        let lists = lists.top_n(UserIdx(0)..UserIdx(60), 30).unwrap();
        for (user, list) in (0..60).map(UserIdx).zip(lists) {
            let factor = fold_in.fold_in(&history(&ratings, user)).unwrap();
            let excluded = ratings.by_user().row(user).0;
            let found = ranker.top_n(&factor, Candidates { excluded, allowed: Some(&rated) }, 30).unwrap();
            assert_eq!(found, list);
        }
    }
}

#[test]
fn what_is_not_allowed_gives_way_to_what_comes_next() {
    let ratings = random_ratings(60, 400, 1, 9);
    let (model, _) = fit_all(&ratings, &implicit());
    let fold_in = FoldIn::new(implicit(), 0.0, model.movies().clone()).unwrap();
    let ranker = UserRanker::new(0.0, model.movies());
    let factor = fold_in.fold_in(&history(&ratings, UserIdx(3))).unwrap();
    let all = ranker.top_n(&factor, Candidates::default(), 1000).unwrap();
    assert_eq!(all.len(), 400);
    let allowed: Vec<bool> = (0..400).map(|movie| movie % 10 == 3).collect();
    let found = ranker.top_n(&factor, Candidates { excluded: &[MovieIdx(13)], allowed: Some(&allowed) }, 20);
    let expected = all.iter().filter(|scored| scored.movie.position() % 10 == 3 && scored.movie.0 != 13);
    assert!(found.unwrap().iter().eq(expected.take(20)));
}

#[test]
fn a_factor_or_marks_of_another_model_are_refused() {
    let ratings = random_ratings(60, 400, 1, 9);
    let (model, _) = fit_all(&ratings, &implicit());
    let ranker = UserRanker::new(0.0, model.movies());
    let mut factor = FoldIn::new(implicit(), 0.0, model.movies().clone()).unwrap().fold_in(&[]).unwrap();
    let few = Candidates { excluded: &[], allowed: Some(&[true; 3]) };
    assert!(matches!(ranker.top_n(&factor, few, 1), Err(AlsError::RowsMismatch { .. })));
    factor.factor.pop();
    assert!(matches!(ranker.top_n(&factor, Candidates::default(), 1), Err(AlsError::RankMismatch { .. })));
}
