//! What kind of movies is recommended, right or wrong.
//!
//! `c_i` is how often movie `i` stands in the lists of all measured users; `p_i`, its popularity, is how many users have
//! rated it in training. Sums are over movies, so they do not depend on the order of users.

use super::count;

/// How often each movie was recommended, beside how popular it is.
pub(crate) struct Exposure<'a> {
    /// `c_i`.
    pub(crate) recommended: &'a [usize],
    /// `p_i`; more than 0 wherever `c_i` is.
    pub(crate) popularity: &'a [usize],
    /// The number of users.
    pub(crate) users: usize,
}

/// A metric of all lists together.
pub(crate) type Metric = fn(&Exposure<'_>) -> f64;

/// All metrics and their names in `gold/evaluations`.
pub(crate) const METRICS: [(&str, Metric); 3] =
    [("coverage", coverage), ("novelty", novelty), ("popularity_bias", popularity_bias)];

impl Exposure<'_> {
    /// `sum_i c_i value_i / sum_i c_i`, 0 where nothing was recommended.
    fn mean(&self, value: impl Fn(usize) -> f64) -> f64 {
        let recommended = self.recommended.iter().zip(self.popularity).filter(|(times, _)| **times > 0);
        let weighted = recommended.map(|(&times, &popularity)| count(times) * value(popularity));
        let total: usize = self.recommended.iter().sum();
        weighted.sum::<f64>() / count(total.max(1))
    }
}

/// The share of the movies that were rated in training which stand in somebody's list.
///
/// Catalogue coverage of Ge, Delgado-Battenfeld and Jannach, "Beyond Accuracy: Evaluating Recommender Systems by
/// Coverage and Serendipity", 2010.
pub(crate) fn coverage(exposure: &Exposure<'_>) -> f64 {
    let recommended = exposure.recommended.iter().filter(|&&times| times > 0).count();
    let known = exposure.popularity.iter().filter(|&&popularity| popularity > 0).count();
    count(recommended) / count(known.max(1))
}

/// The mean over everything recommended of `-log2(p_i / users)`, in bits: 0 for a movie that everybody has rated.
///
/// Zhou, Kuscsik, Liu, Medo, Wakeling and Zhang, "Solving the apparent diversity-accuracy dilemma of recommender
/// systems", 2010 (there called surprisal).
pub(crate) fn novelty(exposure: &Exposure<'_>) -> f64 {
    // log2(users / p) is -log2(p / users) without a minus in front of zero.
    exposure.mean(|popularity| (count(exposure.users) / count(popularity)).log2())
}

/// The mean popularity of what is recommended over the mean popularity of what users have in their training
/// histories: `(sum c_i p_i / sum c_i) / (sum p_i p_i / sum p_i)`.
///
/// 1 is as popular as what people watch anyway; more is biased towards the popular. The ratio of the two average
/// popularities in Abdollahpouri, Mansoury, Burke and Mobasher, "The Unfairness of Popularity Bias in
/// Recommendation", 2019, over all users as one group and with every rating, not every user, weighing the same.
pub(crate) fn popularity_bias(exposure: &Exposure<'_>) -> f64 {
    let squares: f64 = exposure.popularity.iter().map(|&popularity| count(popularity).powi(2)).sum();
    let ratings: usize = exposure.popularity.iter().sum();
    if ratings == 0 {
        return 0.0;
    }
    exposure.mean(count) / (squares / count(ratings))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 8 users, 8 rated the first movie, 2 the second, 1 the third, nobody the fourth.
    const POPULARITY: [usize; 4] = [8, 2, 1, 0];

    fn exposure(recommended: &[usize; 4]) -> Exposure<'_> {
        Exposure { recommended, popularity: &POPULARITY, users: 8 }
    }

    #[track_caller]
    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }

    #[test]
    fn coverage_counts_distinct_movies_among_those_rated_in_training() {
        close(coverage(&exposure(&[5, 0, 1, 0])), 2.0 / 3.0);
    }

    #[test]
    fn novelty_is_the_mean_information_in_bits() {
        // three lists name the movie of 8 (0 bits), one that of 2 (2 bits), two that of 1 (3 bits)
        close(novelty(&exposure(&[3, 1, 2, 0])), (3.0 * 0.0 + 1.0 * 2.0 + 2.0 * 3.0) / 6.0);
    }

    #[test]
    fn recommending_what_people_watch_has_a_popularity_bias_of_one() {
        close(popularity_bias(&exposure(&POPULARITY)), 1.0);
    }

    #[test]
    fn popularity_bias_is_the_ratio_of_mean_popularities() {
        // the histories' mean is (64 + 4 + 1) / 11, the lists' (8 + 2) / 2
        close(popularity_bias(&exposure(&[1, 1, 0, 0])), 5.0 / (69.0 / 11.0));
    }

    #[test]
    fn no_recommendations_are_zero_and_not_nan() {
        for (_, metric) in METRICS {
            close(metric(&exposure(&[0; 4])), 0.0);
        }
        close(popularity_bias(&Exposure { recommended: &[], popularity: &[], users: 0 }), 0.0);
    }
}
