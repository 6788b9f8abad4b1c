//! A version in memory: its catalogue, and its model made ready to rank.

use als::{AlsError, Candidates, Factors, FoldIn, MovieIdx, UserFactor, UserRanker};
use contract::ModelCard;
use histories::{Event, Evidence, HistoriesError};
use store::VersionContents;

use super::{
    ServingError,
    catalogue::{Catalogue, Place},
};

/// A version as it is served. Nothing in it changes.
#[derive(Debug)]
pub(crate) struct ServedVersion {
    pub(crate) version: i64,
    /// When it was begun: with the number it names these contents for good.
    pub(crate) created_at: i64,
    pub(crate) catalogue: Catalogue,
    /// Whether its users have keys, which are in the database.
    pub(crate) has_user_keys: bool,
    /// Every user whose ratings it was made from, ascending.
    users: Vec<i64>,
    fold_in: FoldIn,
    ranker: UserRanker,
    evidence: Evidence,
}

/// A rating as it goes into a profile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rating {
    pub(crate) movie_id: i64,
    /// 0.5 to 5 stars.
    pub(crate) rating: f32,
    /// In microseconds since 1970.
    pub(crate) rated_at: i64,
}

/// What ratings say about the user who gave them.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    /// The rated movies that the model knows, ascending: never recommended.
    seen: Vec<MovieIdx>,
    /// What the model learns from.
    learnt: Vec<(MovieIdx, f32)>,
    factor: UserFactor,
}

impl Profile {
    /// Whether the model learns nothing from these ratings: then popular movies are the best guess.
    pub(crate) fn is_blank(&self) -> bool {
        self.learnt.is_empty()
    }

    /// How many movies of the model were rated.
    pub(crate) fn seen(&self) -> usize {
        self.seen.len()
    }

    /// Its size in memory.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.seen.len() * 4 + self.learnt.len() * 8 + self.factor.factor.len() * 4
    }
}

/// A movie and its score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scored {
    pub(crate) place: Place,
    /// Higher is better.
    pub(crate) score: f32,
}

/// A score taken apart.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Reasons {
    /// What the movie scores for everybody.
    pub(crate) base: f32,
    /// The rated movies that add most to the score, the greatest part first.
    pub(crate) movies: Vec<Scored>,
}

impl ServedVersion {
    /// Makes a version ready.
    pub(crate) fn new(contents: VersionContents) -> Result<Self, ServingError> {
        let version = contents.version;
        let card = ModelCard::from_json(&contents.model)
            .map_err(|source| ServingError::Model { version, source })?;
        let unfit = |source: HistoriesError| ServingError::Factors { version, source };
        let misshapen = |source: AlsError| unfit(source.into());
        let mean = card.served_mean();
        let newest_rating = card.served.newest_rating.unwrap_or_default();
        let (evidence, config) = Evidence::of(&card.hyperparameters, newest_rating).map_err(unfit)?;
        let rank = card.hyperparameters.rank;
        let factors = Factors::from_parts(rank, contents.factors, contents.biases).map_err(misshapen)?;
        let catalogue = Catalogue::new(contents.movies, &contents.factor_ids);
        let ranker = UserRanker::new(mean, &factors);
        let fold_in = FoldIn::new(config, mean, factors).map_err(misshapen)?;
        let VersionContents { created_at, users, has_user_keys, .. } = contents;
        Ok(Self { version, created_at, catalogue, has_user_keys, users, fold_in, ranker, evidence })
    }

    /// Whether it was made from ratings of the user.
    pub(crate) fn knows_user(&self, user_id: i64) -> bool {
        self.users.binary_search(&user_id).is_ok()
    }

    /// Every user whose ratings it was made from, ascending.
    pub(crate) fn users(&self) -> &[i64] {
        &self.users
    }

    /// Solves for the profile behind some ratings, each of another movie: one exact half step against the movies' factors.
    pub(crate) fn profile(&self, ratings: &[Rating]) -> Result<Profile, AlsError> {
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
        Ok(Profile { seen, learnt, factor })
    }

    /// The `n` best unseen movies for a profile among those marked, fewer only where there are no more; the most popular, each
    /// with score 0, for one from which nothing is learnt.
    pub(crate) fn rank(
        &self,
        profile: &Profile,
        marks: Option<&[bool]>,
        n: usize,
    ) -> Result<Vec<Scored>, AlsError> {
        if profile.is_blank() {
            return Ok(self.popular(&profile.seen, marks, 0, n));
        }
        let candidates = Candidates { excluded: &profile.seen, allowed: marks };
        let best = self.ranker.top_n(&profile.factor, candidates, n)?;
        let scored = |scored: als::ScoredMovie| Scored {
            place: self.catalogue.place(scored.movie),
            score: scored.score,
        };
        Ok(best.into_iter().map(scored).collect())
    }

    /// The most popular movies among those marked, without those `seen` (ascending), each with score 0.
    pub(crate) fn popular(
        &self,
        seen: &[MovieIdx],
        marks: Option<&[bool]>,
        offset: usize,
        n: usize,
    ) -> Vec<Scored> {
        let wanted = |idx: &&MovieIdx| {
            marks.is_none_or(|marks| marks[als::Index::position(**idx)]) && seen.binary_search(idx).is_err()
        };
        let order = self.catalogue.by_popularity().iter().filter(wanted).skip(offset).take(n);
        order.map(|&idx| Scored { place: self.catalogue.place(idx), score: 0.0 }).collect()
    }

    /// The score of a movie; `None` if the model does not know it.
    pub(crate) fn score(&self, profile: &Profile, place: Place) -> Option<f32> {
        let idx = self.catalogue.movie(place).idx?;
        Some(self.fold_in.score(&profile.factor, idx))
    }

    /// Takes the scores of some movies, which the model must know, apart: the `most` rated movies that add most to each.
    pub(crate) fn reasons(
        &self,
        profile: &Profile,
        places: &[Place],
        most: usize,
    ) -> Result<Vec<Reasons>, AlsError> {
        let rows: Vec<MovieIdx> =
            places.iter().filter_map(|&place| self.catalogue.movie(place).idx).collect();
        let explained = self.fold_in.explain(&profile.learnt, &rows)?;
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_version_of_an_unknown_objective_is_refused_and_named() {
        let card = json!({"objective": "ordinal", "rank": 2, "iterations": 5, "regularization": 0.1,
            "regularization_exponent": 1.0, "seed": 1});
        let error = ServedVersion::new(VersionContents { version: 7, model: card, ..Default::default() })
            .unwrap_err();
        let message = error.to_string();
        assert!(message.starts_with("version 7 cannot be served: "), "{message}");
        assert!(message.contains("ordinal"), "{message}");
    }
}
