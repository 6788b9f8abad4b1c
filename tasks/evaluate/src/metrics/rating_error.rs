//! How far predicted stars are from the given ones.

use super::count;

/// Sums over pairs of a predicted and a given rating.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RatingErrors {
    squared: f64,
    absolute: f64,
    pairs: usize,
}

impl RatingErrors {
    /// Adds a pair. The prediction is first brought to the scale, 0.5 to 5 stars: nobody is shown 5.3 stars.
    pub(crate) fn add(&mut self, predicted: f64, rating: f32) {
        let error = predicted.clamp(0.5, 5.0) - f64::from(rating);
        self.squared += error * error;
        self.absolute += error.abs();
        self.pairs += 1;
    }

    /// Adds the pairs of another.
    pub(crate) fn merge(&mut self, other: Self) {
        self.squared += other.squared;
        self.absolute += other.absolute;
        self.pairs += other.pairs;
    }

    /// The root of the mean squared error, `sqrt(sum (predicted - rating)^2 / pairs)`, in stars; 0 without pairs.
    pub(crate) fn rmse(&self) -> f64 {
        (self.squared / count(self.pairs.max(1))).sqrt()
    }

    /// The mean absolute error, `sum |predicted - rating| / pairs`, in stars; 0 without pairs.
    pub(crate) fn mae(&self) -> f64 {
        self.absolute / count(self.pairs.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(pairs: &[(f64, f32)]) -> RatingErrors {
        let mut errors = RatingErrors::default();
        for &(predicted, rating) in pairs {
            errors.add(predicted, rating);
        }
        errors
    }

    #[track_caller]
    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }

    #[test]
    fn the_errors_are_those_of_the_formulas() {
        let errors = errors(&[(4.0, 3.0), (2.0, 4.0), (3.5, 3.5)]);
        close(errors.rmse(), (5.0_f64 / 3.0).sqrt());
        close(errors.mae(), 1.0);
    }

    #[test]
    fn a_prediction_beyond_the_scale_counts_as_its_end() {
        close(errors(&[(7.0, 5.0), (-3.0, 0.5)]).rmse(), 0.0);
        close(errors(&[(7.0, 4.0)]).mae(), 1.0);
    }

    #[test]
    fn merged_parts_equal_the_whole() {
        let mut parts = errors(&[(4.0, 3.0)]);
        parts.merge(errors(&[(2.0, 4.0)]));
        close(parts.rmse(), errors(&[(4.0, 3.0), (2.0, 4.0)]).rmse());
        close(parts.mae(), 1.5);
    }
}
