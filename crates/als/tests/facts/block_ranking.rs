//! Top-N and similar movies against brute force.

use std::ops::Range;

use als::{
    AlsError, BlockRanker, Config, Factors, Index, Model, MovieIdx, Ratings, ScoredMovie, UserIdx, scattered,
    similar_movies,
};

use crate::common::{
    assert_close, every_config, fit_all, implicit, on_threads, random_ratings, ratings_of, rows,
};

const USERS: u32 = 150;
const MOVIES: u32 = 2500;

/// More movies than two tiles hold, more users than two blocks.
fn trained(config: &Config) -> (Ratings, Model) {
    let ratings = random_ratings(USERS, MOVIES, 1, 1);
    let (model, _) = fit_all(&ratings, &Config { iterations: 2, ..*config });
    (ratings, model)
}

fn all_users() -> std::ops::Range<UserIdx> {
    UserIdx(0)..UserIdx(USERS)
}

fn sorted(mut scored: Vec<(MovieIdx, f64)>, n: usize) -> Vec<(MovieIdx, f64)> {
    scored.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
    scored.truncate(n);
    scored
}

/// The same scores in the same order; movies may differ only where scores agree to rounding.
fn assert_same(found: &[ScoredMovie], expected: &[(MovieIdx, f64)], score: impl Fn(MovieIdx) -> f64) {
    assert_eq!(found.len(), expected.len());
    for (found, &(_, expected)) in found.iter().zip(expected) {
        assert_close(f64::from(found.score), expected, 1e-5);
        assert_close(score(found.movie), expected, 1e-5);
    }
    let mut movies: Vec<_> = found.iter().map(|scored| scored.movie).collect();
    movies.sort();
    movies.dedup();
    assert_eq!(movies.len(), found.len(), "a movie is listed twice");
}

fn top_n(
    model: &Model,
    seen: &Ratings,
    users: Range<UserIdx>,
    n: usize,
) -> Result<Vec<Vec<ScoredMovie>>, AlsError> {
    BlockRanker::new(model, seen)?.top_n(users, n)
}

#[test]
fn top_n_is_the_best_of_all_unseen_rated_movies() {
    for config in every_config() {
        let (ratings, model) = trained(&config);
        let lists = top_n(&model, &ratings, all_users(), 50).unwrap();
        assert_eq!(lists.len(), USERS as usize);
        for (user, list) in (0..).map(UserIdx).zip(&lists) {
            let (seen, _) = ratings.by_user().row(user);
            let open = |movie: &MovieIdx| {
                seen.binary_search(movie).is_err() && ratings.movie_counts()[movie.position()] > 0
            };
            let score = |movie| f64::from(model.score(user, movie));
            let scored = (0..MOVIES).map(MovieIdx).filter(open).map(|movie| (movie, score(movie)));
            assert_same(list, &sorted(scored.collect(), 50), score);
            assert!(list.iter().all(|scored| open(&scored.movie)));
        }
    }
}

#[test]
fn a_block_of_users_has_the_same_bits_as_all_of_them() {
    let (ratings, model) = trained(&implicit());
    let all = on_threads(3, || top_n(&model, &ratings, all_users(), 20).unwrap());
    for (start, end) in [(0, 1), (7, 90), (149, 150), (30, 30)] {
        let block = on_threads(1, || top_n(&model, &ratings, UserIdx(start)..UserIdx(end), 20).unwrap());
        assert_eq!(block, all[start as usize..end as usize]);
    }
}

#[test]
fn equal_scores_are_listed_in_an_order_of_their_own_whoever_numbered_the_movies() {
    let triples: Vec<_> = (0..3000).map(|movie| (UserIdx(1), MovieIdx(movie), 3.0)).collect();
    let ratings = ratings_of(2, 3000, &triples).unwrap();
    let users = Factors::from_parts(3, vec![0.1, 0.7, 0.3, 0.5, 0.5, 0.5], vec![0.0; 2]).unwrap();
    let movies = Factors::from_parts(3, [0.3, 0.6, 0.9].repeat(3000), vec![0.0; 3000]).unwrap();
    let model = Model::from_parts(Config { rank: 3, ..implicit() }, 0.0, users, movies).unwrap();
    let lists = top_n(&model, &ratings, UserIdx(0)..UserIdx(1), 1500).unwrap();
    let mut order: Vec<u32> = (0..3000).collect();
    order.sort_unstable_by_key(|&movie| scattered(movie));
    assert!(lists[0].iter().map(|scored| scored.movie.0).eq(order[..1500].iter().copied()));
    let low = order[..1500].iter().filter(|&&movie| movie < 1500).count();
    assert!((650..850).contains(&low), "{low} of the first half");
}

#[test]
fn an_n_of_zero_or_beyond_the_movies_is_answered() {
    let (ratings, model) = trained(&implicit());
    assert!(top_n(&model, &ratings, all_users(), 0).unwrap().iter().all(Vec::is_empty));
    let lists = top_n(&model, &ratings, UserIdx(0)..UserIdx(1), usize::MAX).unwrap();
    let rated = ratings.movie_counts().iter().filter(|&&count| count > 0).count();
    assert_eq!(lists[0].len(), rated - ratings.by_user().row(UserIdx(0)).0.len());
}

#[test]
fn ratings_and_ranges_that_do_not_fit_the_model_are_refused() {
    let (ratings, model) = trained(&implicit());
    let attempt = |seen: &Ratings, end: u32| top_n(&model, seen, UserIdx(0)..UserIdx(end), 5).unwrap_err();
    let error = attempt(&random_ratings(USERS - 1, MOVIES, 1, 1), 1);
    assert!(matches!(error, AlsError::RowsMismatch { side: "user", .. }), "{error:?}");
    let error = attempt(&random_ratings(USERS, MOVIES - 1, 1, 1), 1);
    assert!(matches!(error, AlsError::RowsMismatch { side: "movie", .. }), "{error:?}");
    let error = attempt(&ratings, USERS + 1);
    assert!(matches!(error, AlsError::IndexOutOfRange { side: "user", .. }), "{error:?}");
}

#[test]
fn similar_movies_are_those_of_the_greatest_cosine() {
    let (ratings, model) = trained(&implicit());
    let lists = similar_movies(model.movies(), MovieIdx(0)..MovieIdx(MOVIES), 30).unwrap();
    let rows = rows(model.movies());
    let cosine = |one: MovieIdx, other: MovieIdx| {
        let (one, other) = (&rows[one.position()], &rows[other.position()]);
        one.dot(other) / (one.squared_norm() * other.squared_norm()).sqrt()
    };
    for movie in [0, 1, 63, 64, 1023, 1024, 2498].map(MovieIdx) {
        let others = (0..MOVIES).map(MovieIdx).filter(|&other| other != movie);
        let scored =
            others.map(|other| (other, cosine(movie, other))).filter(|(_, cosine)| cosine.is_finite());
        assert_same(&lists[movie.position()], &sorted(scored.collect(), 30), |other| cosine(movie, other));
    }
    assert_eq!(ratings.movie_counts()[MOVIES as usize - 1], 0);
    assert!(lists[MOVIES as usize - 1].is_empty(), "a movie without ratings resembles nothing");
    assert!(lists.iter().flatten().all(|scored| scored.movie != MovieIdx(MOVIES - 1)));
}

#[test]
fn a_block_of_movies_has_the_same_bits_as_all_of_them() {
    let (_, model) = trained(&implicit());
    let all = on_threads(3, || similar_movies(model.movies(), MovieIdx(0)..MovieIdx(MOVIES), 5).unwrap());
    let some = on_threads(1, || similar_movies(model.movies(), MovieIdx(100)..MovieIdx(120), 5).unwrap());
    assert_eq!(some, all[100..120]);
    let error = similar_movies(model.movies(), MovieIdx(0)..MovieIdx(MOVIES + 1), 5).unwrap_err();
    assert!(matches!(error, AlsError::IndexOutOfRange { side: "movie", .. }), "{error:?}");
}
