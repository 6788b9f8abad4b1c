//! A version in memory: its catalogue, and its model made ready to rank.

use als::{
    AlsError, Candidates, Config, Factors, FoldIn, MovieIdx, Objective, Solver, UserFactor, UserRanker,
};
use histories::{Event, Evidence, HistoriesError};
use serde::Deserialize;
use store::VersionContents;

use super::catalogue::{Catalogue, Place};

/// A version as it is served. Nothing in it changes.
#[derive(Debug)]
pub struct ServedVersion {
    /// Its number.
    pub version: i64,
    /// When it was begun: with the number it names these contents for good.
    pub created_at: i64,
    /// Its movies.
    pub catalogue: Catalogue,
    /// Every user with a list, ascending.
    users: Vec<i64>,
    fold_in: FoldIn,
    ranker: UserRanker,
    evidence: Evidence,
}

/// Why a version cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum VersionError {
    /// The description of the model lacks something.
    #[error("version {version} has a model description that cannot be read: {source}; publish the run again")]
    Model {
        /// The version.
        version: i64,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// The factors do not fit the model.
    #[error("version {version} cannot be ranked: {source}; publish the run again")]
    Factors {
        /// The version.
        version: i64,
        /// What is wrong.
        source: HistoriesError,
    },
}

/// The hyper-parameters that `publish` stores with a version, as far as they are needed here.
#[derive(Debug, Clone, Deserialize)]
struct ModelDescription {
    objective: String,
    rank: usize,
    regularization: f64,
    regularization_exponent: f64,
    #[serde(default)]
    unobserved_weight: f64,
    #[serde(default)]
    confidence_alpha: f64,
    #[serde(default)]
    biases: bool,
    #[serde(default)]
    min_rating: f32,
    /// Of the model as trained; a version of an older release has no other.
    #[serde(default)]
    global_mean: f32,
    /// Of the model as served.
    served_global_mean: Option<f32>,
    half_life_days: Option<f64>,
    /// The moment that ages are counted to, in microseconds since 1970.
    #[serde(default)]
    newest_rating: i64,
}

impl ModelDescription {
    /// As the solver had it: 0 for a model without biases.
    fn mean(&self) -> f32 {
        let has_mean = self.objective == "explicit" && self.biases;
        if has_mean { self.served_global_mean.unwrap_or(self.global_mean) } else { 0.0 }
    }

    fn config(&self) -> Config {
        let objective = if self.objective == "explicit" {
            Objective::Explicit { biases: self.biases }
        } else {
            Objective::Implicit {
                unobserved_weight: self.unobserved_weight,
                confidence_alpha: self.confidence_alpha,
            }
        };
        Config {
            objective,
            rank: self.rank,
            // How the model was fitted does not matter to a user who is solved exactly.
            iterations: 1,
            regularization: self.regularization,
            regularization_exponent: self.regularization_exponent,
            seed: 0,
            solver: Solver::Cholesky,
        }
    }
}

/// A rating as it goes into a taste.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rating {
    /// The movie.
    pub movie_id: i64,
    /// 0.5 to 5 stars.
    pub rating: f32,
    /// In microseconds since 1970.
    pub rated_at: i64,
}

/// What somebody's ratings say about them.
#[derive(Debug, Clone)]
pub struct Taste {
    /// The rated movies that the model knows, ascending: never recommended.
    seen: Vec<MovieIdx>,
    /// What the model learns from.
    learnt: Vec<(MovieIdx, f32)>,
    factor: UserFactor,
}

impl Taste {
    /// Whether the model learns nothing from these ratings: then popular movies are the best guess.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.learnt.is_empty()
    }

    /// How many movies of the model were rated.
    #[must_use]
    pub fn seen(&self) -> usize {
        self.seen.len()
    }

    /// Its size in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.seen.len() * 4 + self.learnt.len() * 8 + self.factor.factor.len() * 4
    }
}

/// A movie and its score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// The movie.
    pub place: Place,
    /// Higher is better.
    pub score: f32,
}

/// A score taken apart.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reasons {
    /// What the movie scores for everybody.
    pub base: f32,
    /// The rated movies that add most to the score, the greatest part first.
    pub movies: Vec<Scored>,
}

impl ServedVersion {
    /// Makes a version ready.
    ///
    /// # Errors
    /// A model description that cannot be read, or factors that do not fit it.
    pub fn new(contents: VersionContents) -> Result<Self, VersionError> {
        let version = contents.version;
        let model: ModelDescription = serde_json::from_value(contents.model)
            .map_err(|source| VersionError::Model { version, source })?;
        let unfit = |source: HistoriesError| VersionError::Factors { version, source };
        let misshapen = |source: AlsError| unfit(source.into());
        let mean = model.mean();
        let (evidence, config) =
            Evidence::new(&model.config(), model.min_rating, model.half_life_days, model.newest_rating)
                .map_err(unfit)?;
        let factors =
            Factors::from_parts(model.rank, contents.factors, contents.biases).map_err(misshapen)?;
        let catalogue = Catalogue::new(contents.movies, &contents.factor_ids);
        let ranker = UserRanker::new(mean, &factors);
        let fold_in = FoldIn::new(config, mean, factors).map_err(misshapen)?;
        let (created_at, users) = (contents.created_at, contents.users);
        Ok(Self { version, created_at, catalogue, users, fold_in, ranker, evidence })
    }

    /// Whether there is a list for the user.
    #[must_use]
    pub fn knows_user(&self, user_id: i64) -> bool {
        self.users.binary_search(&user_id).is_ok()
    }

    /// Every user with a list, ascending.
    #[must_use]
    pub fn users(&self) -> &[i64] {
        &self.users
    }

    /// Solves for the taste behind some ratings, each of another movie: one exact half step against the movies' factors.
    ///
    /// # Errors
    /// Equations without a unique solution.
    pub fn taste(&self, ratings: &[Rating]) -> Result<Taste, AlsError> {
        let known = ratings.iter().filter_map(|rating| {
            let movie = self.catalogue.movie(self.catalogue.find(rating.movie_id)?).idx?;
            Some(Event { movie, rating: rating.rating, rated_at: rating.rated_at })
        });
        let mut events: Vec<Event> = known.collect();
        events.sort_unstable_by_key(|event| event.movie);
        let seen = events.iter().map(|event| event.movie).collect();
        let learnt: Vec<_> =
            events.iter().filter_map(|event| Some((event.movie, self.evidence.value(event)?))).collect();
        let factor = self.fold_in.fold_in(&learnt)?;
        Ok(Taste { seen, learnt, factor })
    }

    /// The `n` best unseen movies for a taste among those marked, fewer only where there are no more; the most popular, each
    /// with score 0, for one from which nothing is learnt.
    ///
    /// # Errors
    /// Marks of another version.
    pub fn rank(&self, taste: &Taste, marks: Option<&[bool]>, n: usize) -> Result<Vec<Scored>, AlsError> {
        if taste.is_blank() {
            return Ok(self.popular(&taste.seen, marks, 0, n));
        }
        let candidates = Candidates { excluded: &taste.seen, allowed: marks };
        let best = self.ranker.top_n(&taste.factor, candidates, n)?;
        let scored = |scored: als::ScoredMovie| Scored {
            place: self.catalogue.place(scored.movie),
            score: scored.score,
        };
        Ok(best.into_iter().map(scored).collect())
    }

    /// The most popular movies among those marked, without those `seen` (ascending), each with score 0.
    #[must_use]
    pub fn popular(&self, seen: &[MovieIdx], marks: Option<&[bool]>, offset: usize, n: usize) -> Vec<Scored> {
        let wanted = |idx: &&MovieIdx| {
            marks.is_none_or(|marks| marks[als::Index::position(**idx)]) && seen.binary_search(idx).is_err()
        };
        let order = self.catalogue.by_popularity().iter().filter(wanted).skip(offset).take(n);
        order.map(|&idx| Scored { place: self.catalogue.place(idx), score: 0.0 }).collect()
    }

    /// The score of a movie; `None` if the model does not know it.
    #[must_use]
    pub fn score(&self, taste: &Taste, place: Place) -> Option<f32> {
        let idx = self.catalogue.movie(place).idx?;
        Some(self.fold_in.score(&taste.factor, idx))
    }

    /// Takes the scores of some movies, which the model must know, apart: the `most` rated movies that add most to each.
    ///
    /// # Errors
    /// Equations without a unique solution.
    pub fn reasons(&self, taste: &Taste, places: &[Place], most: usize) -> Result<Vec<Reasons>, AlsError> {
        let rows: Vec<MovieIdx> =
            places.iter().filter_map(|&place| self.catalogue.movie(place).idx).collect();
        let explained = self.fold_in.explain(&taste.learnt, &rows)?;
        let reason = |part: &als::Contribution| Scored {
            place: self.catalogue.place(part.movie),
            score: part.contribution,
        };
        let reasons = |explanation: als::Explanation| Reasons {
            base: explanation.base,
            movies: explanation
                .contributions
                .iter()
                .filter(|part| part.contribution > 0.0)
                .take(most)
                .map(reason)
                .collect(),
        };
        Ok(explained.into_iter().map(reasons).collect())
    }
}
