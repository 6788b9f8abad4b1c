//! Ranked lists against what users chose: the model's beside those of popularity, as means with standard errors.

use als::MovieIdx;
use rayon::prelude::*;
use task::Report;

use crate::metrics::count;
use crate::metrics::ranking::{Hits, Metric};

/// What is measured of each list: its name, the length of the list, and the metric.
pub(super) type Measure = (&'static str, usize, Metric);

/// The lists of one user, best first, and what they should find.
pub(super) struct Lists {
    pub(super) model: Vec<MovieIdx>,
    pub(super) baseline: Vec<MovieIdx>,
    /// Ascending, and not empty.
    pub(super) relevant: Vec<MovieIdx>,
}

/// The mean of a metric over users, and how far chance in choosing these users may have carried it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Mean {
    pub(super) value: f64,
    /// `sqrt(sum (x - mean)^2 / (n - 1) / n)`, 0 for a single user.
    pub(super) standard_error: f64,
}

/// One figure of the model beside that of the baseline.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    measure: &'static str,
    model: Mean,
    baseline: Mean,
}

/// All figures of a protocol.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Comparison {
    /// What the names of the figures begin with.
    protocol: &'static str,
    users: usize,
    lines: Vec<Line>,
}

impl Comparison {
    /// Measures the lists of all users, of whom there must be one.
    pub(super) fn new(protocol: &'static str, measures: &[Measure], users: &[Lists]) -> Self {
        let line = |&(name, k, metric): &Measure| {
            let of = |list: fn(&Lists) -> &[MovieIdx]| {
                let values: Vec<f64> =
                    users.par_iter().map(|user| value(list(user), &user.relevant, k, metric)).collect();
                Mean::of(&values)
            };
            Line { measure: name, model: of(|user| &user.model), baseline: of(|user| &user.baseline) }
        };
        Self { protocol, users: users.len(), lines: measures.iter().map(line).collect() }
    }

    /// Logs a line for each figure.
    pub(super) fn log(&self) {
        for Line { measure, model, baseline } in &self.lines {
            let text = |mean: &Mean| format!("{:.4} ± {:.4}", mean.value, mean.standard_error);
            let (model, baseline) = (text(model), text(baseline));
            tracing::info!(protocol = self.protocol, measure, model, popularity = baseline, "measured");
        }
    }

    /// Adds all figures to the report.
    pub(super) fn report(&self, report: &mut Report) {
        let protocol = self.protocol;
        report.metric(format!("{protocol}_users"), count(self.users));
        for Line { measure, model, baseline } in &self.lines {
            for (side, mean) in [("", model), ("baseline.", baseline)] {
                report.metric(format!("{side}{protocol}_{measure}"), mean.value);
                report.metric(format!("{side}{protocol}_{measure}_standard_error"), mean.standard_error);
            }
        }
    }
}

/// The metric of the first `k` of a list.
fn value(list: &[MovieIdx], relevant: &[MovieIdx], k: usize, metric: Metric) -> f64 {
    let found = |movie| relevant.binary_search(movie).is_ok();
    let is_hit: Vec<bool> = list.iter().take(k).map(found).collect();
    metric(Hits { is_hit: &is_hit, k, relevant: relevant.len() })
}

impl Mean {
    fn of(values: &[f64]) -> Self {
        let n = count(values.len().max(1));
        let value = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|x| (x - value).powi(2)).sum();
        Self { value, standard_error: (squares / (n - 1.0).max(1.0) / n).sqrt() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::ranking;

    #[track_caller]
    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }

    fn movies(numbers: &[u32]) -> Vec<MovieIdx> {
        numbers.iter().copied().map(MovieIdx).collect()
    }

    #[test]
    fn a_mean_has_the_standard_error_of_the_formula() {
        // The squares of the deviations from 0.5 sum to 0.5: 0.5 / 3 / 4.
        let mean = Mean::of(&[0.0, 0.5, 0.5, 1.0]);
        close(mean.value, 0.5);
        close(mean.standard_error, (0.5_f64 / 12.0).sqrt());
        assert_eq!(Mean::of(&[0.25]), Mean { value: 0.25, standard_error: 0.0 });
    }

    #[test]
    fn each_side_is_measured_on_its_own_list_and_cutoff() {
        let users = [
            Lists { model: movies(&[7, 8, 9]), baseline: movies(&[1, 2, 3]), relevant: movies(&[3, 7, 9]) },
            Lists { model: movies(&[4, 7, 8]), baseline: movies(&[7]), relevant: movies(&[7]) },
        ];
        let measures: [Measure; 2] =
            [("recall_at_2", 2, ranking::normalized_recall), ("recall_at_3", 3, ranking::normalized_recall)];
        let comparison = Comparison::new("test", &measures, &users);
        let values: Vec<_> =
            comparison.lines.iter().map(|line| (line.model.value, line.baseline.value)).collect();
        // At 2: (1/2 + 1/1) / 2 beside (0 + 1) / 2. At 3: (2/3 + 1) / 2 beside (1/3 + 1) / 2.
        for (found, expected) in values.into_iter().zip([(0.75, 0.5), (5.0 / 6.0, 2.0 / 3.0)]) {
            close(found.0, expected.0);
            close(found.1, expected.1);
        }
        assert_eq!(comparison.users, 2);
    }
}
