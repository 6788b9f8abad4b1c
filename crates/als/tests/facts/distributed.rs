//! A fit in pieces.

use als::{
    AlsError, Config, Factors, Gramian, Index, Model, MovieFactor, MovieIdx, Problem, Ratings, SolvedMovie,
    Solver, TrainingSet, UserIdx, chunks_of,
};

use crate::common::{confident, every_config, explicit, fit_in_chunks, implicit, random_ratings};

/// The ratings of some neighbouring users, who count from 0.
fn part(ratings: &Ratings, users: std::ops::Range<usize>) -> Ratings {
    let of_user = |user: usize| {
        let (movies, stars) = ratings.by_user().row(UserIdx::at(user));
        movies.iter().copied().zip(stars).collect::<Vec<_>>()
    };
    Ratings::from_users(ratings.movies(), users.map(of_user)).unwrap()
}

fn offsets(ratings: &Ratings) -> Vec<usize> {
    let mut offsets = vec![0];
    for user in (0..ratings.users()).map(UserIdx::at) {
        offsets.push(offsets[offsets.len() - 1] + ratings.by_user().row(user).0.len());
    }
    offsets
}

/// Users, movies, and how often a movie had to be solved in double precision.
type Pieces = (Factors<UserIdx>, Factors<MovieIdx>, usize);

/// What machines would do, each chunk by itself.
fn fit_in_pieces(ratings: &Ratings, config: &Config, count: usize) -> Pieces {
    let mut weak = 0;
    let bounds = chunks_of(&offsets(ratings), count);
    let parts: Vec<_> = bounds.iter().map(|users| part(ratings, users.clone())).collect();
    let chunks: Vec<_> = parts.iter().map(|part| TrainingSet::new(part, Some(1)).unwrap()).collect();
    let stars: f64 =
        (0..ratings.users()).flat_map(|user| ratings.by_user().row(UserIdx::at(user)).1).map(f64::from).sum();
    #[allow(clippy::cast_precision_loss, reason = "few")]
    let mean = stars / ratings.len() as f64;
    let problem = Problem::new(config, ratings.users(), ratings.movies(), mean).unwrap();

    let mut users: Vec<_> = chunks
        .iter()
        .zip(&bounds)
        .map(|(chunk, users)| problem.seeded_users(chunk, UserIdx::at(users.start)))
        .collect();
    let mut movies = Factors::from_parts(
        config.rank,
        vec![0.0; ratings.movies() * config.rank],
        vec![0.0; ratings.movies()],
    )
    .unwrap();
    for _ in 0..config.iterations {
        let of_users: Option<Vec<_>> = users.iter().map(|users| problem.gramian(users)).collect();
        // As if it had been sent.
        let of_users = of_users.map(|parts| {
            let sent = parts.iter().map(Gramian::to_numbers);
            Gramian::sum(config.rank, sent.map(|sent| Gramian::from_numbers(config.rank, &sent).unwrap()))
        });
        let mut sums = vec![Vec::new(); ratings.movies()];
        for (chunk, users) in chunks.iter().zip(&users) {
            for sum in problem.sum_movies(chunk, users).unwrap() {
                sums[sum.movie.position()].push(sum);
            }
        }
        let (mut values, mut biases) = (Vec::new(), Vec::new());
        for (movie, solved) in problem.solve_movies(of_users.as_ref(), &sums).into_iter().enumerate() {
            let MovieFactor { factor, bias } = match solved {
                _ if sums[movie].is_empty() => MovieFactor { factor: vec![0.0; config.rank], bias: 0.0 },
                SolvedMovie::Solved(factor) => factor,
                SolvedMovie::Weak => {
                    weak += 1;
                    let movie = MovieIdx::at(movie);
                    let in_double: Vec<_> = chunks
                        .iter()
                        .zip(&users)
                        .filter(|(chunk, _)| chunk.ratings().movie_counts()[movie.position()] > 0)
                        .map(|(chunk, users)| problem.sum_in_double(chunk, users, movie).unwrap())
                        .collect();
                    let observations = ratings.movie_counts()[movie.position()];
                    problem.solve_in_double(of_users.as_ref(), movie, observations, &in_double).unwrap()
                }
            };
            values.extend(factor);
            biases.push(bias);
        }
        movies = Factors::from_parts(config.rank, values, biases).unwrap();
        let gramian = problem.gramian(&movies);
        users = chunks
            .iter()
            .map(|chunk| problem.solve_users(chunk, &movies, gramian.as_ref()).unwrap().0)
            .collect();
    }
    let mut values = Vec::new();
    let mut biases = Vec::new();
    for users in users {
        let (of_chunk, biases_of_chunk) = users.into_parts();
        values.extend(of_chunk);
        biases.extend(biases_of_chunk);
    }
    (Factors::from_parts(config.rank, values, biases).unwrap(), movies, weak)
}

fn assert_same(model: &Model, (users, movies, _): &Pieces) {
    assert!(model.users() == users && model.movies() == movies, "not the same bits");
}

#[test]
fn pieces_give_the_bits_of_one_machine_in_as_many_chunks() {
    let ratings = random_ratings(300, 60, 3, 31);
    for config in every_config().into_iter().filter(|config| config.solver == Solver::Cholesky) {
        for chunks in [1, 2, 5, 40] {
            let pieces = fit_in_pieces(&ratings, &config, chunks);
            assert_same(&fit_in_chunks(&ratings, &config, Some(chunks)).0, &pieces);
        }
    }
}

#[test]
fn ranks_that_fill_no_vector_and_movies_of_few_and_many_ratings_give_the_same_bits() {
    let ratings = random_ratings(400, 30, 5, 32);
    for rank in [1, 17, 64] {
        for config in
            [Config { rank, iterations: 2, ..confident() }, Config { rank, iterations: 2, ..explicit(true) }]
        {
            let pieces = fit_in_pieces(&ratings, &config, 7);
            assert_same(&fit_in_chunks(&ratings, &config, Some(7)).0, &pieces);
        }
    }
}

#[test]
fn movies_that_need_double_precision_give_the_same_bits() {
    // Nearly nothing but the ratings themselves holds a row, and there are fewer than the rank.
    let weak = Config { regularization: 1e-7, rank: 12, iterations: 2, ..explicit(false) };
    let ratings = random_ratings(40, 30, 2, 33);
    let pieces = fit_in_pieces(&ratings, &weak, 3);
    assert!(pieces.2 > 0);
    assert_same(&fit_in_chunks(&ratings, &weak, Some(3)).0, &pieces);
}

#[test]
fn the_loss_is_that_of_one_machine_but_for_rounding() {
    let ratings = random_ratings(200, 50, 3, 34);
    let config = Config { iterations: 1, ..implicit() };
    let (users, movies, _) = fit_in_pieces(&ratings, &config, 3);
    let bounds = chunks_of(&offsets(&ratings), 3);
    let problem = Problem::new(&config, ratings.users(), ratings.movies(), 0.0).unwrap();
    let gramian = problem.gramian(&movies);
    let of_users = bounds.into_iter().map(|users| {
        let part = part(&ratings, users);
        let chunk = TrainingSet::new(&part, Some(1)).unwrap();
        problem.solve_users(&chunk, &movies, gramian.as_ref()).unwrap().1
    });
    let user_gramian = problem.gramian(&users);
    let gramians = user_gramian.as_ref().zip(gramian.as_ref());
    let loss = problem.loss(of_users, gramians, &movies, ratings.movie_counts());

    let set = TrainingSet::new(&ratings, Some(3)).unwrap();
    let mut expected = f64::NAN;
    als::fit(&set, &config, &mut |iteration| {
        expected = iteration.loss;
        std::ops::ControlFlow::Continue(())
    })
    .unwrap();
    assert!((loss / expected - 1.0).abs() < 1e-12, "{loss} is not {expected}");
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let ratings = random_ratings(20, 10, 3, 35);
    let config = implicit();
    let steps = Config { solver: Solver::ConjugateGradient { steps: 3 }, ..config };
    assert_eq!(Problem::new(&steps, 20, 10, 0.0).unwrap_err(), AlsError::NotDistributed);

    let problem = Problem::new(&config, 20, 10, 0.0).unwrap();
    let two = TrainingSet::new(&ratings, Some(2)).unwrap();
    let users = problem.seeded_users(&two, UserIdx(0));
    assert!(problem.sum_movies(&two, &users).is_err(), "a chunk is one chunk");
    let one = TrainingSet::new(&ratings, Some(1)).unwrap();
    let others = part(&ratings, 0..5);
    let few = problem.seeded_users(&TrainingSet::new(&others, Some(1)).unwrap(), UserIdx(0));
    assert!(problem.sum_movies(&one, &few).is_err(), "other users");
    assert!(Gramian::from_numbers(6, &[0.0; 20]).is_err());
    assert!(problem.solve_in_double(None, MovieIdx(0), 1, &[vec![0.0; 3]]).is_err());
}
