//! Facts about strong generalisation.

use super::super::tests::{config, histories, two_tastes};
use super::*;

const SEED: u64 = 1;

fn parts(positives: &Positives<'_>, heldout: HeldoutUsers) -> Parts {
    Parts::new(positives, heldout, SEED).unwrap()
}

fn liked(movies: u32) -> Vec<(MovieIdx, f32)> {
    (0..movies).map(|movie| (MovieIdx(movie), 4.0)).collect()
}

#[test]
fn as_many_users_are_for_validation_as_for_testing_and_the_rest_for_training() {
    let histories = two_tastes(40, 9);
    let positives = Positives { histories: &histories, min_rating: 4.0 };
    for (heldout, expected) in [
        (HeldoutUsers::Number(3), [34, 3, 3]),
        (HeldoutUsers::Share(0.1), [32, 4, 4]),
        (HeldoutUsers::Share(0.32), [14, 13, 13]),
    ] {
        let parts = parts(&positives, heldout);
        assert_eq!([parts.training.len(), parts.validation.len(), parts.test.len()], expected);
        let mut all = [parts.training, parts.validation, parts.test].concat();
        all.sort_unstable();
        assert_eq!(all, positives.users().collect::<Vec<_>>(), "everybody once");
    }
}

#[test]
fn the_seed_alone_decides_who_is_held_out() {
    let histories = two_tastes(40, 9);
    let positives = Positives { histories: &histories, min_rating: 4.0 };
    let of = |seed| Parts::new(&positives, HeldoutUsers::Number(5), seed).unwrap();
    assert_eq!(of(1), of(1));
    assert_ne!(of(1).test, of(2).test);
}

#[test]
fn a_user_with_fewer_than_five_positives_is_in_no_part() {
    let rate = |user, movies, stars| (0..movies).map(move |movie| (user, movie, stars, movie));
    let histories = histories((1..=6).flat_map(|user| {
        let positives = if user == 4 { 4 } else { 5 };
        rate(user, positives, 4.0).chain(rate(user, 9, 2.0).skip(5))
    }));
    let positives = Positives { histories: &histories, min_rating: 4.0 };
    let parts = parts(&positives, HeldoutUsers::Number(2));
    let mut all = [&parts.training[..], &parts.validation, &parts.test].concat();
    all.sort_unstable();
    assert_eq!(all, [0, 1, 2, 4, 5].map(UserIdx));
    for too_many in [HeldoutUsers::Number(3), HeldoutUsers::Number(usize::MAX), HeldoutUsers::Share(0.01)] {
        let error = Parts::new(&positives, too_many, SEED).unwrap_err();
        assert!(error.to_string().contains("give another --heldout-users"), "{error}");
    }
}

#[test]
fn the_model_knows_the_training_users_and_their_movies_and_nothing_else() {
    // User `u` has movies 0 to 4 and one of its own.
    let common = |user| (0..5).map(move |movie| (user, movie, 5.0, movie));
    let histories = histories((0..6).flat_map(|user| common(user).chain([(user, 10 + user, 5.0, 9)])));
    let positives = Positives { histories: &histories, min_rating: 4.0 };
    let catalogue = Catalogue::of(&positives, &[1, 4].map(UserIdx));
    let training =
        Ratings::from_users(catalogue.movies, catalogue.rows(&positives, &[1, 4].map(UserIdx))).unwrap();
    assert_eq!((training.users(), training.movies()), (2, 7));
    assert_eq!(training.by_user().row(UserIdx(0)).0, [0, 1, 2, 3, 4, 5].map(MovieIdx));
    assert_eq!(training.by_user().row(UserIdx(1)).0, [0, 1, 2, 3, 4, 6].map(MovieIdx));
    let other = catalogue.of_user(&positives, UserIdx(2));
    assert_eq!(other.iter().map(|&(movie, _)| movie).collect::<Vec<_>>(), [0, 1, 2, 3, 4].map(MovieIdx));
}

#[test]
fn a_fifth_is_to_be_found_and_the_rest_is_folded_in() {
    for (known, to_find) in [(5, 1), (9, 1), (10, 2), (34, 6), (35, 7)] {
        let user = TestUser::split(liked(known), SEED, UserIdx(7));
        assert_eq!(user.relevant.len(), to_find, "of {known}");
        assert!(user.relevant.is_sorted() && user.fold_in.is_sorted_by_key(|pair| pair.0));
        let mut all: Vec<_> = user.fold_in.iter().map(|pair| pair.0).chain(user.relevant).collect();
        all.sort_unstable();
        assert_eq!(all, (0..known).map(MovieIdx).collect::<Vec<_>>(), "each movie is in one of them");
    }
}

#[test]
fn another_user_and_another_seed_give_up_other_movies() {
    let found = |seed, user| TestUser::split(liked(40), seed, UserIdx(user)).relevant;
    assert_eq!(found(1, 1), found(1, 1));
    assert_ne!(found(1, 1), found(1, 2));
    assert_ne!(found(1, 1), found(2, 1));
}

#[test]
fn what_training_does_not_know_is_neither_folded_in_nor_to_be_found() {
    // All know movies 0 to 4. The first test user also has movies of its own, the second lacks one of the five.
    let common = (0..10).flat_map(|user| (0..5).map(move |movie| (user, movie, 5.0, movie)));
    let others = [(8, 100, 5.0, 9), (8, 101, 5.0, 9), (9, 102, 5.0, 9)];
    let ratings = common.filter(|rating| (rating.0, rating.1) != (9, 0)).chain(others);
    let histories = histories(ratings);
    let positives = Positives { histories: &histories, min_rating: 4.0 };
    let users: Vec<_> = positives.users().collect();
    let catalogue = Catalogue::of(&positives, &users[..6]);
    let test = test_users(&positives, &users[8..], &catalogue, SEED);
    assert_eq!(test.len(), 1, "four known movies are too few");
    let told = test[0].fold_in.iter().map(|pair| pair.0);
    assert!(told.chain(test[0].relevant.iter().copied()).all(|movie| movie.0 < 5));
    assert_eq!((test[0].fold_in.len(), test[0].relevant.len()), (4, 1));
}

#[test]
fn all_movies_of_the_training_part_are_ranked_but_those_folded_in() {
    let histories = two_tastes(40, 9);
    let positives = Positives { histories: &histories, min_rating: 4.0 };
    let parts = parts(&positives, HeldoutUsers::Number(6));
    let catalogue = Catalogue::of(&positives, &parts.training);
    let training =
        Ratings::from_users(catalogue.movies, catalogue.rows(&positives, &parts.training)).unwrap();
    let users = test_users(&positives, &parts.test, &catalogue, SEED);
    let told: Vec<Vec<_>> =
        users.iter().map(|user| user.fold_in.iter().map(|pair| pair.0).collect()).collect();
    let model = train(&training, &config()).unwrap();
    let lists = rank(model, &training, users).unwrap();
    assert_eq!(lists.len(), 6);
    for (lists, told) in lists.iter().zip(told) {
        // 41 movies without the 8 told ones: a complete list each.
        for list in [&lists.model, &lists.baseline] {
            let mut all = [&list[..], &told].concat();
            all.sort_unstable();
            assert_eq!(all, (0..41).map(MovieIdx).collect::<Vec<_>>());
        }
    }
}

#[test]
fn a_model_that_knows_the_tastes_finds_more_than_popularity_does() {
    let histories = two_tastes(200, 9);
    let positives = Positives { histories: &histories, min_rating: 4.0 };
    let comparison = measure(&positives, &config(), HeldoutUsers::Share(0.1), SEED).unwrap();
    let again = measure(&positives, &config(), HeldoutUsers::Share(0.1), SEED).unwrap();
    assert_eq!(comparison, again);
    let figures = report(&comparison);
    let is = |name: &str, expected: f64| (figures[name] - expected).abs() < 1e-12;
    assert!(is("strong_generalization_users", 20.0));
    for measure in ["recall_at_20", "ndcg_at_100"] {
        let model = figures[&format!("strong_generalization_{measure}")];
        assert!(model > figures[&format!("baseline.strong_generalization_{measure}")], "{figures:?}");
    }
    assert!(is("strong_generalization_recall_at_50", 1.0), "there are fewer movies than 50");
    assert!(is("strong_generalization_recall_at_50_standard_error", 0.0));
}

/// The figures by their names in the report.
fn report(comparison: &Comparison) -> std::collections::BTreeMap<String, f64> {
    let mut report = task::Report::new();
    comparison.report(&mut report);
    report.metrics().clone()
}
