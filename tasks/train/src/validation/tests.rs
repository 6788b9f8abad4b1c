use als::Factors;
use contract::Objective;
use histories::Times;

use super::*;

fn hyperparameters(objective: Objective) -> Hyperparameters {
    Hyperparameters { rank: 1, min_rating: 2.0, seed: 1, ..Hyperparameters::usual(objective) }
}

/// A model that scores movie `i` the value `movies[i]`, whoever asks.
fn model(objective: Objective, users: usize, movies: &[f32]) -> Model {
    let users = Factors::from_parts(1, vec![1.0; users], vec![0.0; users]).unwrap();
    let movies = Factors::from_parts(1, movies.to_vec(), vec![0.0; movies.len()]).unwrap();
    Model::from_parts((&hyperparameters(objective)).into(), 0.0, users, movies).unwrap()
}

/// Users 0 and 1 have liked movies 0 and 1 first, user 2 liked nothing then; what comes last is to be found.
fn histories() -> Histories {
    let ratings: [(i64, [(i64, f32); 4]); 3] = [
        (0, [(0, 5.0), (1, 4.0), (2, 5.0), (3, 1.0)]),
        (1, [(1, 5.0), (0, 4.0), (4, 3.0), (5, 3.0)]),
        (2, [(2, 1.0), (3, 1.0), (0, 5.0), (5, 5.0)]),
    ];
    let of_user = |(user, movies): (i64, [(i64, f32); 4])| {
        (0..).zip(movies).map(move |(at, (movie, stars))| (user, movie, stars, at))
    };
    // movies 4 and 5 are known in training, too
    let known = [(3, 4, 4.0, 0), (3, 5, 4.0, 1)];
    Histories::collect(Times::Drop, ratings.into_iter().flat_map(of_user).chain(known)).unwrap()
}

fn measure(objective: Objective, movies: &[f32]) -> f64 {
    let (histories, hyperparameters) = (histories(), hyperparameters(objective));
    let learnt = histories.training_of(&hyperparameters, 0.5).unwrap().0;
    let learnt = TrainingSet::new(&learnt, None).unwrap();
    let validation = Validation::new(&histories, &learnt, &hyperparameters, 0.5).unwrap();
    assert_eq!(validation.users(), 3, "user 2 has shown no taste, user 3 has one of two movies held out");
    validation.measure(&model(objective, 4, movies)).unwrap()
}

#[test]
fn ndcg_is_the_mean_over_users_who_showed_a_taste_of_what_they_watched_next() {
    // Of the unseen movies 2, 3, 4 user 0 gets 4 first, then 2 and 3; user 1 gets 4 first, then 2 and 3; nobody rated
    // 5 but later. User 3 gets 2, 3, 1, 0 and never the held-out 5.
    let gain = |rank: f64| 1.0 / (rank + 1.0).log2();
    let user0 = (gain(2.0) + gain(3.0)) / (gain(1.0) + gain(2.0));
    let user1 = gain(1.0) / (gain(1.0) + gain(2.0));
    let found = measure(Objective::Implicit, &[0.1, 0.2, 0.8, 0.5, 0.9, 0.7]);
    let expected = (user0 + user1 + 0.0) / 3.0;
    assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
}

#[test]
fn rmse_is_over_all_later_ratings_of_users_who_showed_a_taste_and_within_the_scale() {
    let explicit = Objective::Explicit;
    // users 0, 1, 3: movie 2 for 5, 3 for 1, 4 for 3, 5 for 3 and 4; 7 stars count as 5
    let found = measure(explicit, &[0.0, 0.0, 7.0, 1.0, 2.0, 3.0]);
    let expected = ((0.0 + 0.0 + 1.0 + 0.0 + 1.0) / 5.0_f64).sqrt();
    assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
}

#[test]
fn of_many_users_some_ten_thousand_are_drawn_by_the_seed() {
    let drawn = |seed| {
        let mut blocks = blocks(100_001);
        sample(&mut blocks, seed);
        blocks
    };
    assert_eq!(drawn(1).len(), BLOCKS);
    assert!(drawn(1).windows(2).all(|pair| pair[0].end <= pair[1].start));
    assert_eq!(drawn(1), drawn(1));
    assert_ne!(drawn(1), drawn(2));
    let mut few = blocks(300);
    sample(&mut few, 1);
    assert_eq!(few, [UserIdx(0)..UserIdx(128), UserIdx(128)..UserIdx(256), UserIdx(256)..UserIdx(300)]);
}
