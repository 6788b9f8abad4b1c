//! Facts about leave one out.

use als::Factors;

use super::super::tests::{config, histories, two_tastes};
use super::*;

#[test]
fn the_latest_positive_is_held_out_and_an_only_one_is_not() {
    let histories = histories([
        (1, 10, 5.0, 3),
        (1, 11, 4.0, 9),
        (1, 12, 4.5, 1),
        (1, 13, 1.0, 10),
        (2, 10, 4.0, 1),
        (2, 11, 2.0, 2),
        (3, 12, 3.0, 1),
    ]);
    let positives = Positives { histories: &histories, min_rating: 4.0 };
    assert_eq!(held_out(&positives), [(UserIdx(0), MovieIdx(1))], "movie 13 is the latest, and not liked");
    let training = training(&positives).unwrap();
    assert_eq!(training.by_user().row(UserIdx(0)).0, [0, 2].map(MovieIdx));
    assert_eq!(training.by_user().row(UserIdx(1)).0, [MovieIdx(0)]);
    assert_eq!(training.by_user().row(UserIdx(2)).0, []);
    let all = Positives { histories: &histories, min_rating: 0.0 };
    assert_eq!(held_out(&all), [(UserIdx(0), MovieIdx(3)), (UserIdx(1), MovieIdx(1))]);
}

#[test]
fn negatives_differ_are_not_taken_and_come_from_the_seed() {
    let catalogue: Vec<_> = (0..50).map(MovieIdx).collect();
    let taken: Vec<_> = (0..50).step_by(2).map(MovieIdx).collect();
    let drawn = |wanted, seed| -> Vec<_> {
        draw(&catalogue, &taken, wanted, &mut chance(seed, 3)).into_iter().collect()
    };
    assert_eq!(drawn(10, 1).len(), 10);
    assert!(drawn(10, 1).iter().all(|movie| movie.0 % 2 == 1));
    assert_eq!(drawn(10, 1), drawn(10, 1));
    assert_ne!(drawn(10, 1), drawn(10, 2));
    assert_eq!(drawn(1000, 1).len(), 25, "all there are");
}

#[test]
fn every_free_movie_is_drawn_as_often_as_any_other() {
    let catalogue: Vec<_> = (0..10).map(MovieIdx).collect();
    let mut times = [0_u32; 10];
    for seed in 0..4000 {
        for movie in draw(&catalogue, &[MovieIdx(4)], 3, &mut chance(seed, 0)) {
            times[movie.position()] += 1;
        }
    }
    // 12,000 draws over 9 movies: 1,333 each, with a standard deviation of 30.
    assert_eq!(times[4], 0);
    assert!(times.iter().enumerate().all(|(movie, &n)| movie == 4 || n.abs_diff(1333) < 150), "{times:?}");
}

/// Two users; movie `m` scores `m` for the first and `-m` for the second.
fn model(movies: u16) -> Model {
    let config = Config { rank: 1, ..config() };
    let users = Factors::from_parts(1, vec![1.0, -1.0], vec![0.0; 2]).unwrap();
    let values = (0..movies).map(f32::from).collect();
    let movies = Factors::from_parts(1, values, vec![0.0; usize::from(movies)]).unwrap();
    Model::from_parts(config, 0.0, users, movies).unwrap()
}

/// User 0 has movies 0 and 5 and user 1 all but 0, 3 and 5, so that movie 3 is not known; 20 movies.
fn two_users() -> Ratings {
    let second = (0..20).filter(|movie| ![0, 3, 5].contains(movie)).collect();
    let rated = |movies: Vec<u32>| movies.into_iter().map(|movie| (MovieIdx(movie), 5.0));
    Ratings::from_users(20, [vec![0, 5], second].map(rated)).unwrap()
}

#[test]
fn the_full_ranking_holds_all_known_movies_but_the_users_own() {
    let (model, training) = (model(20), two_users());
    let ranking = Ranking { model: &model, training: &training, baseline: Baseline::new(&training) };
    let lists = ranking.full(&[(UserIdx(0), MovieIdx(18)), (UserIdx(1), MovieIdx(3))]).unwrap();
    assert_eq!(lists[0].model, [19, 18, 17, 16, 15, 14, 13, 12, 11, 10].map(MovieIdx));
    assert_eq!(lists[0].baseline, [1, 2, 4, 6, 7, 8, 9, 10, 11, 12].map(MovieIdx));
    assert_eq!(lists[1].model, [0, 5].map(MovieIdx), "and not movie 3, which nobody rated in training");
    // Found at rank 2, and missed: hit rate 1/2, NDCG 1/log2(3) over 2 users.
    let figures = figures("test", &lists);
    assert!((figures["test_hr_at_10"] - 0.5).abs() < 1e-12);
    assert!((figures["test_ndcg_at_10"] - 0.5 / 3.0_f64.log2()).abs() < 1e-12);
    assert!(figures["baseline.test_hr_at_10"].abs() < 1e-12);
}

#[test]
fn the_sampled_ranking_holds_the_movie_to_find_and_what_was_drawn() {
    let (model, training) = (model(20), two_users());
    let ranking = Ranking { model: &model, training: &training, baseline: Baseline::new(&training) };
    let held_out = [(UserIdx(0), MovieIdx(18)), (UserIdx(0), MovieIdx(3))];
    // All that there is to draw is drawn: the sampled ranking is the full one.
    let all = ranking.sampled(&held_out, 100, 1);
    assert_eq!(all[0].model, ranking.full(&held_out[..1]).unwrap()[0].model);
    assert_eq!(all[0].baseline, ranking.full(&held_out[..1]).unwrap()[0].baseline);
    assert!(!all[1].model.contains(&MovieIdx(3)) && !all[1].baseline.contains(&MovieIdx(3)));
    let some = ranking.sampled(&held_out, 4, 1);
    assert_eq!((some[0].model.len(), some[1].model.len()), (5, 4), "one that nobody knows is missed");
    assert!(some[0].model[..2].contains(&MovieIdx(18)), "only movie 19 scores higher");
    assert!(some[0].model.iter().all(|movie| ![0, 3, 5].contains(&movie.0)));
}

#[test]
fn a_model_that_knows_the_tastes_finds_more_than_popularity_does() {
    let histories = two_tastes(100, 8);
    let positives = Positives { histories: &histories, min_rating: 4.0 };
    let comparisons = measure(&positives, &config(), 20, 1).unwrap();
    assert_eq!(comparisons, measure(&positives, &config(), 20, 1).unwrap());
    for comparison in comparisons {
        let mut report = task::Report::new();
        comparison.report(&mut report);
        let figures = report.metrics();
        for (name, &baseline) in figures.iter().filter(|(name, _)| name.ends_with("_at_10")) {
            let Some(name) = name.strip_prefix("baseline.") else { continue };
            assert!(figures[name] > baseline, "{name}: {figures:?}");
        }
    }
}

#[test]
fn users_with_one_positive_each_are_an_error_that_names_the_flag() {
    let histories = histories([(1, 10, 5.0, 1), (2, 10, 5.0, 1), (2, 11, 3.0, 2)]);
    let positives = Positives { histories: &histories, min_rating: 4.0 };
    let error = measure(&positives, &config(), 100, 1).unwrap_err();
    assert!(error.to_string().contains("lower --min-rating"), "{error}");
}

fn figures(protocol: &'static str, lists: &[Lists]) -> std::collections::BTreeMap<String, f64> {
    let mut report = task::Report::new();
    Comparison::new(protocol, &MEASURES, lists).report(&mut report);
    report.metrics().clone()
}
