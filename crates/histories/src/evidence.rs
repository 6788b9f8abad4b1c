//! What is learnt from a rating: nothing, all of it, or the less the older it is.
//!
//! A rating `r` of the age `t` weighs `w = 2^(-t / half-life) (1 + alpha r)`: the confidence of Hu et al. 2008 with a
//! decay in front. The solver knows only weights `1 + alpha v`, so it is given `v = w - 1` and an `alpha` of 1.

use als::{Config, Objective};
use contract::Hyperparameters;

use crate::error::HistoriesError;
use crate::histories::Event;

/// The least decay: `v` lies near -1 then, where single precision tells no smaller differences well.
const LEAST: f64 = 1e-6;

/// Microseconds of a day.
const DAY: f64 = 86_400e6;

/// What a model learns from a rating: nothing from one below a limit, and with a half-life the less the older it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    min_rating: f32,
    fading: Option<Fading>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Fading {
    half_life: f64,
    now: i64,
    confidence_alpha: f64,
}

impl Evidence {
    /// What a model made by these hyper-parameters learns, and the configuration that the solver must be given with it.
    ///
    /// `now` is in microseconds since 1970. With a half-life the weight of a rating halves with every half-life between it and
    /// `now`; one given later counts in full. The decay ends at a millionth.
    ///
    /// # Errors
    /// A half-life that is not positive or that an explicit objective has no use for.
    pub fn of(made_by: &Hyperparameters, now: i64) -> Result<(Self, Config), HistoriesError> {
        #[expect(clippy::cast_possible_truncation, reason = "stars are exact in 32 bits")]
        let min_rating = made_by.min_rating as f32;
        let config = Config::from(made_by);
        let Some(half_life) = made_by.half_life_days else {
            return Ok((Self { min_rating, fading: None }, config));
        };
        let Objective::Implicit { unobserved_weight, confidence_alpha } = config.objective else {
            return Err(HistoriesError::HalfLifeOfExplicit);
        };
        if !(half_life.is_finite() && half_life > 0.0) {
            return Err(HistoriesError::InvalidHalfLife { half_life });
        }
        let objective = Objective::Implicit { unobserved_weight, confidence_alpha: 1.0 };
        let fading = Some(Fading { half_life, now, confidence_alpha });
        Ok((Self { min_rating, fading }, Config { objective, ..config }))
    }

    /// Ratings of at least `min_rating`, as they are.
    pub(crate) fn of_at_least(min_rating: f32) -> Self {
        Self { min_rating, fading: None }
    }

    /// What the solver takes for a rating; `None` if nothing is learnt from it. A NaN stays, for the solver to refuse.
    #[must_use]
    pub fn value(&self, event: &Event) -> Option<f32> {
        let counts = event.rating >= self.min_rating || event.rating.is_nan();
        counts.then(|| self.fading.map_or(event.rating, |fading| fading.value(event)))
    }
}

impl Fading {
    #[expect(clippy::cast_possible_truncation, reason = "the solver takes weights in single precision")]
    fn value(&self, event: &Event) -> f32 {
        let age = days(self.now.saturating_sub(event.rated_at)).max(0.0);
        let decay = (-age / self.half_life).exp2().max(LEAST);
        (decay * (1.0 + self.confidence_alpha * f64::from(event.rating)) - 1.0) as f32
    }
}

#[expect(clippy::cast_precision_loss, reason = "a microsecond in 200 years is no matter")]
fn days(micros: i64) -> f64 {
    micros as f64 / DAY
}

#[cfg(test)]
mod tests {
    use als::UserIdx;

    use super::*;
    use crate::{Histories, Times};

    const NOW: i64 = 1_500_000_000_000_000;

    fn fading(half_life_days: Option<f64>) -> Hyperparameters {
        let usual = Hyperparameters::usual(contract::Objective::Implicit);
        Hyperparameters { rank: 2, confidence_alpha: 0.5, min_rating: 0.0, half_life_days, ..usual }
    }

    /// One user with a rating of 4 stars of each of these ages in days, oldest first, each of another movie.
    fn histories(ages: &[i64]) -> Histories {
        let ratings = (0..).zip(ages).map(|(movie, age)| (1, movie, 4.0, NOW - age * 86_400_000_000));
        Histories::collect(Times::Keep, ratings).unwrap()
    }

    fn weights(ages: &[i64], holdout: f64, half_life: Option<f64>) -> Vec<f64> {
        let (ratings, config) = histories(ages).training_of(&fading(half_life), holdout).unwrap();
        let Objective::Implicit { confidence_alpha, .. } = config.objective else { panic!() };
        let values = ratings.by_user().row(UserIdx(0)).1;
        values.map(|value| 1.0 + confidence_alpha * f64::from(value)).collect()
    }

    #[track_caller]
    fn assert_close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
        }
    }

    #[test]
    fn a_weight_halves_with_every_half_life() {
        // the confidence of 4 stars is 1 + 0.5 * 4 = 3
        assert_close(&weights(&[60, 30, 0], 0.0, Some(30.0)), &[0.75, 1.5, 3.0]);
        assert_close(&weights(&[60, 30, 0], 0.0, None), &[3.0, 3.0, 3.0]);
    }

    #[test]
    fn age_is_counted_to_the_newest_rating_outside_the_holdout() {
        assert_close(&weights(&[60, 30, 0], 0.4, Some(30.0)), &[1.5, 3.0]);
    }

    #[test]
    fn the_oldest_rating_still_has_a_weight() {
        let weights = weights(&[36_500, 0], 0.0, Some(1.0));
        assert!(weights[0] > 0.0 && weights[0] < 4e-6, "{weights:?}");
    }

    #[test]
    fn a_half_life_that_makes_no_sense_is_refused() {
        let histories = histories(&[0]);
        for half_life in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let refused = histories.training_of(&fading(Some(half_life)), 0.0).unwrap_err();
            assert!(refused.to_string().contains("half-life"), "{refused}");
        }
        let explicit = Hyperparameters { objective: contract::Objective::Explicit, ..fading(Some(1.0)) };
        let refused = histories.training_of(&explicit, 0.0).unwrap_err();
        assert_eq!(refused, HistoriesError::HalfLifeOfExplicit);
    }

    #[test]
    fn a_rating_of_nan_is_not_hidden_by_its_weight() {
        let histories = Histories::collect(Times::Keep, [(1, 1, f32::NAN, NOW)]).unwrap();
        assert!(histories.training_of(&fading(Some(1.0)), 0.0).is_err());
    }

    #[test]
    fn a_half_life_without_times_is_refused_and_none_needs_no_times() {
        let histories = Histories::collect(Times::Drop, [(1, 1, 4.0, NOW)]).unwrap();
        let refused = histories.training_of(&fading(Some(1.0)), 0.0).unwrap_err();
        assert_eq!(refused, HistoriesError::TimesDropped);
        assert!(histories.training_of(&fading(None), 0.0).is_ok());
    }
}
