//! Strong generalisation: can the model rank for users it has never seen?
//!
//! Liang, Krishnan, Hoffman and Jebara, "Variational Autoencoders for Collaborative Filtering", 2018, section 4, as
//! used by Rendle, Krichene, Zhang and Koren, "Revisiting the Performance of iALS on Item Recommendation Benchmarks",
//! 2021. Users with fewer than 5 positives are dropped. The others are parted at random: some for testing, as many for
//! validation (which nobody measures here; they are kept apart so that the training part is that of the papers), the
//! rest for training. Of a test user's positives, as far as training knows their movies, a random fifth is to be found
//! and the rest is folded in. All movies of the training part are ranked but those folded in.

use als::{
    AlsError, BlockRanker, Config, Factors, FoldIn, Index, Model, MovieIdx, Ratings, UserFactor, UserIdx,
};
use anyhow::ensure;
use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::compare::{Comparison, Lists, Measure};
use super::{HeldoutUsers, Positives, chance, train};
use crate::baseline::Baseline;
use crate::metrics::{count, ranking};

/// Users with fewer positives are not measured, nor trained on.
const FEWEST: usize = 5;
/// One in so many positives of a test user is to be found.
const FIFTH: usize = 5;
/// Ranks that are asked for.
const LONGEST: usize = 100;

const MEASURES: [Measure; 3] = [
    ("recall_at_20", 20, ranking::normalized_recall),
    ("recall_at_50", 50, ranking::normalized_recall),
    ("ndcg_at_100", LONGEST, ranking::ndcg),
];

/// Splits, trains and measures.
pub(super) fn measure(
    positives: &Positives<'_>,
    config: &Config,
    heldout: HeldoutUsers,
    seed: u64,
) -> anyhow::Result<Comparison> {
    let parts = Parts::new(positives, heldout, seed)?;
    let catalogue = Catalogue::of(positives, &parts.training);
    let training = Ratings::from_users(catalogue.movies, catalogue.rows(positives, &parts.training))?;
    let users = test_users(positives, &parts.test, &catalogue, seed);
    tracing::info!(
        training_users = parts.training.len(),
        validation_users = parts.validation.len(),
        test_users = users.len(),
        movies = catalogue.movies,
        held_out = users.iter().map(|user| user.relevant.len()).sum::<usize>(),
        "split"
    );
    ensure!(
        !users.is_empty(),
        "none of the {} test users has {FEWEST} ratings of movies that the training users know: give another \
         --heldout-users or --seed",
        parts.test.len()
    );
    let model = train(&training, config)?;
    Ok(Comparison::new("strong_generalization", &MEASURES, &rank(model, &training, users)?))
}

/// The users who have enough positives, in three parts, each ascending.
#[derive(Debug, PartialEq, Eq)]
struct Parts {
    training: Vec<UserIdx>,
    validation: Vec<UserIdx>,
    test: Vec<UserIdx>,
}

impl Parts {
    fn new(positives: &Positives<'_>, heldout: HeldoutUsers, seed: u64) -> anyhow::Result<Self> {
        let mut users: Vec<_> =
            positives.users().filter(|&user| positives.of(user).len() >= FEWEST).collect();
        let heldout = heldout.of(users.len());
        ensure!(
            heldout > 0 && heldout.saturating_mul(2) < users.len(),
            "{} users have at least {FEWEST} ratings of {} stars and more, too few to hold out {heldout} for testing \
             and as many for validation and to train on others: give another --heldout-users, or more ratings",
            users.len(),
            positives.min_rating
        );
        // No user has this number: indices have 32 bits.
        users.shuffle(&mut chance(seed, u64::MAX));
        let mut test = users.split_off(users.len() - heldout);
        let mut validation = users.split_off(users.len() - heldout);
        for part in [&mut users, &mut validation, &mut test] {
            part.sort_unstable();
        }
        Ok(Self { training: users, validation, test })
    }
}

/// The movies of the training part under indices of their own, in the same order. As in the papers, users and movies
/// that are not trained on do not exist for the model: it would regularise by their number.
struct Catalogue {
    index: Vec<Option<MovieIdx>>,
    movies: usize,
}

impl Catalogue {
    fn of(positives: &Positives<'_>, training: &[UserIdx]) -> Self {
        let mut index = vec![None; positives.histories.movies().len()];
        for (movie, _) in training.iter().flat_map(|&user| positives.of(user)) {
            index[movie.position()] = Some(MovieIdx(0));
        }
        let mut movies = 0;
        for movie in index.iter_mut().flatten() {
            *movie = MovieIdx(movies);
            movies += 1;
        }
        Self { index, movies: movies as usize }
    }

    /// The positives of a user whose movie is in the catalogue, under its index there.
    fn of_user(&self, positives: &Positives<'_>, user: UserIdx) -> Vec<(MovieIdx, f32)> {
        let known = |(movie, stars): (MovieIdx, f32)| Some((self.index[movie.position()]?, stars));
        positives.of(user).into_iter().filter_map(known).collect()
    }

    fn rows(
        &self,
        positives: &Positives<'_>,
        users: &[UserIdx],
    ) -> impl Iterator<Item = Vec<(MovieIdx, f32)>> {
        users.iter().map(|&user| self.of_user(positives, user))
    }
}

impl HeldoutUsers {
    /// How many of these users are held out for testing.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a count is between 0 and the count"
    )]
    fn of(self, users: usize) -> usize {
        match self {
            Self::Number(number) => number,
            Self::Share(share) => (share * count(users)).round() as usize,
        }
    }
}

/// The users held out for testing who have enough positives of movies in the catalogue.
fn test_users(
    positives: &Positives<'_>,
    heldout: &[UserIdx],
    catalogue: &Catalogue,
    seed: u64,
) -> Vec<TestUser> {
    let test_user = |&user: &UserIdx| {
        let known = catalogue.of_user(positives, user);
        (known.len() >= FEWEST).then(|| TestUser::split(known, seed, user))
    };
    heldout.par_iter().filter_map(test_user).collect()
}

/// A user who is measured.
struct TestUser {
    /// What the model is told, by ascending movie.
    fold_in: Vec<(MovieIdx, f32)>,
    /// What it should find, ascending.
    relevant: Vec<MovieIdx>,
}

impl TestUser {
    fn split(mut known: Vec<(MovieIdx, f32)>, seed: u64, user: UserIdx) -> Self {
        known.shuffle(&mut chance(seed, u64::from(user.number())));
        let relevant = known.split_off(known.len() - known.len() / FIFTH);
        let mut relevant: Vec<_> = relevant.iter().map(|&(movie, _)| movie).collect();
        known.sort_unstable_by_key(|&(movie, _)| movie);
        relevant.sort_unstable();
        Self { fold_in: known, relevant }
    }
}

/// Ranks all movies of the training part for each test user, but those folded in.
fn rank(model: Model, training: &Ratings, users: Vec<TestUser>) -> anyhow::Result<Vec<Lists>> {
    let seen = seen(training, &users)?;
    let folded_in = fold_in(model, &users)?;
    let last = UserIdx(u32::try_from(users.len())?);
    let lists = BlockRanker::new(&folded_in, &seen)?.top_n(UserIdx(0)..last, LONGEST)?;
    let baseline = Baseline::new(training);
    let both = |(user, list): (TestUser, Vec<als::ScoredMovie>)| {
        let told: Vec<_> = user.fold_in.iter().map(|&(movie, _)| movie).collect();
        Lists {
            model: list.into_iter().map(|scored| scored.movie).collect(),
            baseline: baseline.list(&told, LONGEST),
            relevant: user.relevant,
        }
    };
    Ok(users.into_par_iter().zip(lists).map(both).collect())
}

/// A row for each test user with what was folded in, and a last one with every movie: only movies that somebody has
/// seen are ranked.
fn seen(training: &Ratings, users: &[TestUser]) -> Result<Ratings, AlsError> {
    let told = users.iter().map(|user| user.fold_in.clone());
    let everything = (0..).map(MovieIdx).take(training.movies()).map(|movie| (movie, 1.0)).collect();
    Ratings::from_users(training.movies(), told.chain(std::iter::once(everything)))
}

/// The model with the test users for its users, and a last one of zeros to match the last row of [`seen`].
fn fold_in(model: Model, users: &[TestUser]) -> anyhow::Result<Model> {
    let (config, mean) = (*model.config(), model.global_mean());
    let (_, movies) = model.into_factors();
    let fold_in = FoldIn::new(config, mean, movies.clone())?;
    let mut folded: Vec<UserFactor> =
        users.par_iter().map(|user| fold_in.fold_in(&user.fold_in)).collect::<Result<_, _>>()?;
    folded.push(UserFactor { factor: vec![0.0; config.rank], bias: 0.0 });
    let biases = folded.iter().map(|user| user.bias).collect();
    let values = folded.into_iter().flat_map(|user| user.factor).collect();
    let users = Factors::from_parts(config.rank, values, biases)?;
    Ok(Model::from_parts(config, mean, users, movies)?)
}

#[cfg(test)]
mod tests;
