//! Building ratings and factors, and refusing bad ones.

use als::{AlsError, Config, Factors, Model, MovieIdx, Ratings, UserIdx, Values};

use crate::common::{implicit, ratings_of, triples};
use crate::oracle::Random;

#[test]
fn ratings_in_any_order_give_sorted_rows_and_are_counted_by_movie() {
    let mut shuffled = triples(30, 20, 4, 1);
    let mut random = Random(2);
    shuffled.sort_by_cached_key(|_| random.next());
    let ratings = ratings_of(30, 20, &shuffled).unwrap();
    assert_eq!((ratings.users(), ratings.movies(), ratings.len()), (30, 20, shuffled.len()));
    assert!(!ratings.is_empty());
    for user in (0..30).map(UserIdx) {
        let (movies, values) = ratings.by_user().row(user);
        let mut expected: Vec<_> =
            shuffled.iter().filter(|triple| triple.0 == user).map(|triple| (triple.1, triple.2)).collect();
        expected.sort_by_key(|entry| entry.0);
        assert!(movies.iter().copied().zip(values).eq(expected));
    }
    let counted = |movie| shuffled.iter().filter(|triple| triple.1 == movie).count();
    assert!((0..20).map(MovieIdx).map(counted).eq(ratings.movie_counts().iter().copied()));
}

#[test]
fn a_rating_that_is_not_finite_is_refused() {
    for rating in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let error = ratings_of(3, 3, &[(UserIdx(1), MovieIdx(2), rating)]).unwrap_err();
        assert!(matches!(error, AlsError::RatingNotFinite { user: 1, movie: 2, .. }), "{error:?}");
    }
}

#[test]
fn a_pair_rated_twice_is_refused() {
    let (one, other) = ((UserIdx(1), MovieIdx(2), 3.0), (UserIdx(1), MovieIdx(0), 3.0));
    let expected = AlsError::DuplicateRating { user: 1, movie: 2 };
    assert_eq!(ratings_of(3, 3, &[one, other, one]), Err(expected));
}

#[test]
fn a_movie_out_of_range_is_refused() {
    let error = ratings_of(3, 5, &[(UserIdx(1), MovieIdx(5), 3.0)]).unwrap_err();
    assert_eq!(error, AlsError::IndexOutOfRange { side: "movie", index: 5, rows: 5 });
}

#[test]
fn arrays_that_disagree_are_refused() {
    let attempt = |offsets: &[usize], movies: usize, values: usize| {
        Ratings::from_csr(
            5,
            offsets.to_vec(),
            (0..5).map(MovieIdx).take(movies).collect::<Vec<_>>(),
            Values::of(&vec![0.0; values]).unwrap(),
        )
        .unwrap_err()
    };
    assert!(matches!(attempt(&[], 0, 0), AlsError::OffsetsNotAscending { row: 0 }));
    assert!(matches!(attempt(&[1, 2], 2, 2), AlsError::OffsetsNotAscending { row: 0 }));
    assert!(matches!(attempt(&[0, 2, 1, 2], 2, 2), AlsError::OffsetsNotAscending { row: 1 }));
    assert!(matches!(attempt(&[0, 2], 3, 2), AlsError::LengthMismatch { expected: 2, found: 3, .. }));
    assert!(matches!(attempt(&[0, 2], 2, 1), AlsError::LengthMismatch { expected: 2, found: 1, .. }));
}

#[test]
fn more_rows_than_an_index_can_name_are_refused() {
    let rows = 1 << 40;
    assert_eq!(ratings_of(1, rows, &[]), Err(AlsError::TooManyRows { side: "movie", rows }));
}

#[test]
fn factors_that_do_not_fit_are_refused() {
    let attempt = |rank, values: &[f32], biases: &[f32]| {
        Factors::<MovieIdx>::from_parts(rank, values.to_vec(), biases.to_vec()).unwrap_err()
    };
    assert_eq!(attempt(0, &[], &[]), AlsError::InvalidRank { rank: 0 });
    assert!(matches!(
        attempt(2, &[1.0; 3], &[0.0; 2]),
        AlsError::LengthMismatch { expected: 4, found: 3, .. }
    ));
    let expected = AlsError::FactorNotFinite { side: "movie", row: 1 };
    assert_eq!(attempt(2, &[1.0, 1.0, f32::NAN, 1.0], &[0.0; 2]), expected);
    assert_eq!(attempt(2, &[1.0; 4], &[0.0, f32::INFINITY]), expected);
}

#[test]
fn a_model_is_not_put_together_from_factors_of_another_rank() {
    let users = Factors::from_parts(2, vec![1.0; 4], vec![0.0; 2]).unwrap();
    let movies = Factors::from_parts(3, vec![1.0; 3], vec![0.0; 1]).unwrap();
    let error = Model::from_parts(Config { rank: 3, ..implicit() }, 0.0, users, movies).unwrap_err();
    assert_eq!(error, AlsError::RankMismatch { side: "user", expected: 3, found: 2 });
}
