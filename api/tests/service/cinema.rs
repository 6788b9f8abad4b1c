//! A small cinema whose recommendations are really made: a model fitted to ratings, and the lists that follow from it.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::{ControlFlow, RangeInclusive},
};

use als::{
    Candidates, Config, Factors, FoldIn, Index, MovieIdx, Objective, Ratings, Solver, TrainingSet,
    UserRanker, fit,
};
use serde_json::json;

/// The users with ratings.
pub(crate) const USERS: RangeInclusive<i64> = 1..=12;
/// A user whose list is short, because there are not a hundred movies left.
pub(crate) const CINEPHILE: i64 = 1;
/// A user like most.
pub(crate) const REGULAR: i64 = 2;
/// A user from whose ratings nothing is learnt.
pub(crate) const GRUMBLER: i64 = 12;
/// Nobody knows them.
pub(crate) const STRANGER: i64 = 77;

const FILMS: u32 = 150;
/// The last ones are those that nobody has rated.
const RATED: u32 = 148;
/// A movie that nobody has rated.
pub(crate) const UNRATED: i64 = id(FILMS - 1);
/// Genres, one of them with an accent.
pub(crate) const GENRES: [&str; 4] = ["Animation", "Comédie", "Drama", "Film-Noir"];
/// The longest list that is published.
pub(crate) const LONGEST: usize = 100;

/// A movie id and a number that belongs to it: stars, a score or a contribution.
pub(crate) type Entry = (i64, f32);

/// A movie.
#[derive(Debug, Clone)]
pub(crate) struct Film {
    pub(crate) movie_id: i64,
    pub(crate) title: String,
    pub(crate) year: Option<i32>,
    pub(crate) genres: Vec<&'static str>,
}

/// Ids are not row numbers.
const fn id(film: u32) -> i64 {
    7 * (film as i64 + 1)
}

fn film(number: u32) -> Film {
    let words = ["Été", "Żółć", "千と千尋", "Plain"];
    let first = GENRES[number as usize % 4];
    let second = GENRES[number as usize / 4 % 4];
    let genres = match number % 5 {
        0 => Vec::new(),
        1 if first != second => vec![first, second],
        _ => vec![first],
    };
    Film {
        movie_id: id(number),
        title: format!("{} {number}", words[number as usize % 4]),
        year: (number % 10 != 9).then(|| 1950 + i32::try_from(number % 70).unwrap()),
        genres,
    }
}

/// Noise that is always the same (Steele et al. 2014, `SplitMix`).
fn noise(user_id: i64, film: u32) -> u32 {
    let mut z = (user_id.unsigned_abs() << 32 | u64::from(film)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    u32::try_from((z ^ (z >> 31)) >> 40).unwrap()
}

/// What a user gives a film, if they have seen it: each has a genre they like.
fn stars(user_id: i64, film: u32) -> Option<f32> {
    let noise = noise(user_id, film);
    let every = if user_id == CINEPHILE { 2 } else { 10 };
    // Every film has at least one rating.
    let is_seen = noise.is_multiple_of(every) || i64::from(film % 12) + 1 == user_id;
    let likes = user_id != GRUMBLER && i64::from(film % 4) == user_id % 4;
    let halves = 1 + u16::try_from(noise / 16 % 4).unwrap() + if likes { 6 } else { 0 };
    is_seen.then(|| f32::from(halves) / 2.0)
}

/// The key of a user, where they have keys: some are hard to ask for.
pub(crate) fn user_key(user_id: i64) -> String {
    match user_id {
        CINEPHILE => "A/B ü".to_owned(),
        3 => "ratings".to_owned(),
        4 => "%2F".to_owned(),
        5 => "?n=1#x".to_owned(),
        6 => "ключ/../".to_owned(),
        7 => "映".repeat(85),
        _ => format!("user+{user_id}"),
    }
}

/// The key of a movie, where they have keys.
pub(crate) fn movie_key(movie_id: i64) -> String {
    match movie_id {
        14 => "similar".to_owned(),
        21 => "é / +".to_owned(),
        _ => format!("tt{movie_id}"),
    }
}

/// Movies, ratings, and a model made of them.
pub(crate) struct Cinema {
    pub(crate) films: Vec<Film>,
    /// For each user the movies they rated, by id.
    pub(crate) histories: BTreeMap<i64, BTreeMap<i64, f32>>,
    /// When the ratings were given, where that matters; in microseconds since 1970.
    pub(crate) moments: BTreeMap<Pair, i64>,
    pub(crate) config: Config,
    /// Nothing is learnt from ratings below.
    pub(crate) min_rating: f32,
    pub(crate) mean: f32,
    /// Whether the data set names users and movies by texts.
    pub(crate) has_keys: bool,
    /// The movies of the model, ascending.
    pub(crate) known: Vec<i64>,
    pub(crate) fold_in: FoldIn,
    ranker: UserRanker,
}

/// A user and a movie.
pub(crate) type Pair = (i64, i64);

/// As the pipeline trains by default, but small. Another seed gives another model.
pub(crate) fn implicit(seed: u64) -> Cinema {
    let objective = Objective::Implicit { unobserved_weight: 0.1, confidence_alpha: 0.5 };
    Cinema::fitted(objective, 3.0, seed)
}

/// A model that predicts stars.
pub(crate) fn explicit() -> Cinema {
    Cinema::fitted(Objective::Explicit { biases: true }, 0.0, 1)
}

impl Cinema {
    fn fitted(objective: Objective, min_rating: f32, seed: u64) -> Self {
        let config = Config {
            objective,
            rank: 4,
            iterations: 5,
            regularization: 0.05,
            regularization_exponent: 1.0,
            seed,
            solver: Solver::Cholesky,
        };
        let rated = |user_id| {
            let seen = move |film| Some((id(film), stars(user_id, film)?));
            (user_id, (0..RATED).filter_map(seen).collect())
        };
        let histories: BTreeMap<i64, BTreeMap<i64, f32>> = USERS.map(rated).collect();
        let known: BTreeSet<i64> = histories.values().flat_map(BTreeMap::keys).copied().collect();
        let known: Vec<i64> = known.into_iter().collect();
        let (mean, movies) = train(&histories, &known, &config, min_rating);
        let ranker = UserRanker::new(mean, &movies);
        let fold_in = FoldIn::new(config, mean, movies).unwrap();
        let (films, moments) = ((0..FILMS).map(film).collect(), BTreeMap::new());
        let has_keys = false;
        Self { films, histories, moments, config, min_rating, mean, has_keys, known, fold_in, ranker }
    }

    /// The same of a data set that names users and movies by texts.
    pub(crate) fn with_keys(self) -> Self {
        Self { has_keys: true, ..self }
    }

    /// With one more rating, or another one, by the same movie factors.
    pub(crate) fn with(mut self, (user_id, movie_id): Pair, stars: f32, moment: i64) -> Self {
        self.histories.entry(user_id).or_default().insert(movie_id, stars);
        self.moments.insert((user_id, movie_id), moment);
        self
    }

    pub(crate) fn film(&self, movie_id: i64) -> &Film {
        self.films.iter().find(|film| film.movie_id == movie_id).unwrap()
    }

    /// The hyper-parameters, as `publish` stores them.
    pub(crate) fn description(&self) -> serde_json::Value {
        let mut model = json!({
            "rank": self.config.rank, "iterations": self.config.iterations, "regularization": self.config.regularization,
            "regularization_exponent": self.config.regularization_exponent,
            "min_rating": self.min_rating, "global_mean": 3.5, "served_global_mean": self.mean,
        });
        let own = match self.config.objective {
            Objective::Explicit { biases } => json!({"objective": "explicit", "biases": biases}),
            Objective::Implicit { unobserved_weight, confidence_alpha } => json!({
                "objective": "implicit", "unobserved_weight": unobserved_weight,
                "confidence_alpha": confidence_alpha,
            }),
        };
        model.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        model
    }

    /// The user's ratings, by movie.
    pub(crate) fn history(&self, user_id: i64) -> Vec<Entry> {
        self.histories[&user_id].iter().map(|(&movie_id, &stars)| (movie_id, stars)).collect()
    }

    /// Every movie that somebody with these ratings may be recommended, best first.
    pub(crate) fn ranking(&self, ratings: &[Entry]) -> Vec<Entry> {
        let seen: BTreeSet<i64> = ratings.iter().map(|&(movie_id, _)| movie_id).collect();
        let learnt = self.learnt(ratings);
        if learnt.is_empty() {
            let unseen = self.popular().into_iter().filter(|movie_id| !seen.contains(movie_id));
            return unseen.map(|movie_id| (movie_id, 0.0)).collect();
        }
        let excluded: Vec<MovieIdx> = seen.iter().filter_map(|&movie_id| self.idx(movie_id)).collect();
        let factor = self.fold_in.fold_in(&learnt).unwrap();
        let candidates = Candidates { excluded: &excluded, allowed: None };
        let best = self.ranker.top_n(&factor, candidates, self.known.len()).unwrap();
        best.iter().map(|best| (self.known[best.movie.position()], best.score)).collect()
    }

    /// What is published for a user.
    pub(crate) fn list_of(&self, user_id: i64) -> Vec<Entry> {
        let mut list = self.ranking(&self.history(user_id));
        list.truncate(LONGEST);
        list
    }

    /// The movies of the model, most ratings first, then the lower id.
    pub(crate) fn popular(&self) -> Vec<i64> {
        let count =
            |movie_id: &i64| self.histories.values().filter(|rated| rated.contains_key(movie_id)).count();
        let mut movies = self.known.clone();
        movies.sort_by_key(|movie_id| std::cmp::Reverse(count(movie_id)));
        movies
    }

    /// What a movie scores for everybody, and what each of these ratings adds, greatest first.
    pub(crate) fn explain(&self, ratings: &[Entry], movie_id: i64) -> (f32, Vec<Entry>) {
        let movie = self.idx(movie_id).unwrap();
        let explained = self.fold_in.explain(&self.learnt(ratings), &[movie]).unwrap().remove(0);
        let parts = explained.contributions.iter();
        let parts = parts.map(|part| (self.known[part.movie.position()], part.contribution));
        (explained.base, parts.collect())
    }

    fn idx(&self, movie_id: i64) -> Option<MovieIdx> {
        let place = self.known.binary_search(&movie_id).ok()?;
        Some(MovieIdx::new(u32::try_from(place).unwrap()))
    }

    fn learnt(&self, ratings: &[Entry]) -> Vec<(MovieIdx, f32)> {
        let enough = ratings.iter().filter(|&&(_, stars)| stars >= self.min_rating);
        enough.filter_map(|&(movie_id, stars)| Some((self.idx(movie_id)?, stars))).collect()
    }
}

/// The mean and the movies' side of a model of these histories.
fn train(
    histories: &BTreeMap<i64, BTreeMap<i64, f32>>,
    known: &[i64],
    config: &Config,
    min_rating: f32,
) -> (f32, Factors<MovieIdx>) {
    let idx = |movie_id: &i64| MovieIdx::new(u32::try_from(known.binary_search(movie_id).unwrap()).unwrap());
    let of_user = |history: &BTreeMap<i64, f32>| -> Vec<_> {
        let enough = history.iter().filter(|(_, stars)| **stars >= min_rating);
        enough.map(|(movie_id, &stars)| (idx(movie_id), stars)).collect()
    };
    let ratings = Ratings::from_users(known.len(), histories.values().map(of_user)).unwrap();
    let set = TrainingSet::new(&ratings, None).unwrap();
    let model = fit(&set, config, &mut |_| ControlFlow::Continue(())).unwrap();
    (model.global_mean(), model.into_factors().1)
}
