//! How well a ranked list finds the movies that a user went on to watch.
//!
//! All relevance is binary and the ranking is over all movies, not over a sample of them, because sampled metrics can
//! order models differently (Krichene and Rendle, "On Sampled Metrics for Item Recommendation", 2020). `rel_i` is 1 if
//! the movie at rank `i` (from 1) is relevant, else 0; `R` is the number of relevant movies of the user, those that
//! cannot be recommended because nobody has rated them in training included. Each is between 0 and 1.

use contract::figure::NDCG;

use super::count;

/// The list of one user, seen as hits and misses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hits<'a> {
    /// Whether the movie at each rank is relevant: `k` entries, or fewer where fewer movies are left.
    pub(crate) is_hit: &'a [bool],
    /// The length asked for.
    pub(crate) k: usize,
    /// `R`, at least 1.
    pub(crate) relevant: usize,
}

/// A metric of one list.
pub(crate) type Metric = fn(Hits<'_>) -> f64;

/// All metrics and their names in `gold/evaluations`, which holds their means over the users.
pub(crate) const METRICS: [(&str, Metric); 6] = [
    ("precision", precision),
    ("recall", recall),
    (NDCG, ndcg),
    ("map", average_precision),
    ("mrr", reciprocal_rank),
    ("hit_rate", hit),
];

impl Hits<'_> {
    fn found(self) -> usize {
        self.is_hit.iter().filter(|&&hit| hit).count()
    }

    /// The ranks of the hits, from 1.
    fn ranks(&self) -> impl Iterator<Item = usize> {
        (1..).zip(self.is_hit).filter(|(_, hit)| **hit).map(|(rank, _)| rank)
    }

    /// How many hits a perfect list has.
    fn possible(self) -> usize {
        self.k.min(self.relevant)
    }
}

/// `sum_i rel_i / k`: a list that is shorter than `k` is not excused.
pub(crate) fn precision(list: Hits<'_>) -> f64 {
    count(list.found()) / count(list.k)
}

/// `sum_i rel_i / R`.
pub(crate) fn recall(list: Hits<'_>) -> f64 {
    count(list.found()) / count(list.relevant)
}

/// `sum_i rel_i / min(k, R)`: a perfect list of `k` reaches 1, however much there is to find.
///
/// Liang, Krishnan, Hoffman and Jebara, "Variational Autoencoders for Collaborative Filtering", 2018, section 4.2.
pub(crate) fn normalized_recall(list: Hits<'_>) -> f64 {
    count(list.found()) / count(list.possible())
}

/// Normalised discounted cumulative gain: see [`histories::ndcg`].
pub(crate) fn ndcg(list: Hits<'_>) -> f64 {
    histories::ndcg(list.is_hit, list.k, list.relevant)
}

/// `sum_i rel_i precision_i / min(k, R)`, where `precision_i` is the share of hits among the first `i`. Its mean
/// over users is MAP.
///
/// Manning, Raghavan and Schütze, "Introduction to Information Retrieval", 2008, equation 8.8; the division by
/// `min(k, R)` instead of `R` lets a perfect list of `k` reach 1.
pub(crate) fn average_precision(list: Hits<'_>) -> f64 {
    let precisions = (1..).zip(list.ranks()).map(|(found, rank)| count(found) / count(rank));
    precisions.sum::<f64>() / count(list.possible())
}

/// `1 / i` of the first hit, 0 without one. Its mean over users is MRR (Voorhees, "The TREC-8 Question Answering Track
/// Report", 1999).
pub(crate) fn reciprocal_rank(list: Hits<'_>) -> f64 {
    list.ranks().next().map_or(0.0, |rank| 1.0 / count(rank))
}

/// 1 if there is a hit, else 0. Its mean over users is the hit rate.
pub(crate) fn hit(list: Hits<'_>) -> f64 {
    if list.ranks().next().is_some() { 1.0 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hits at ranks 2 and 3 of 4, with 3 relevant movies.
    const LIST: Hits<'static> = Hits { is_hit: &[false, true, true, false], k: 4, relevant: 3 };
    const MISSED: Hits<'static> = Hits { is_hit: &[false, false], k: 4, relevant: 3 };

    #[track_caller]
    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }

    #[test]
    fn precision_divides_by_the_length_asked_for() {
        close(precision(LIST), 2.0 / 4.0);
        close(precision(Hits { is_hit: &[true], ..LIST }), 1.0 / 4.0);
    }

    #[test]
    fn recall_divides_by_all_relevant_movies() {
        close(recall(LIST), 2.0 / 3.0);
    }

    #[test]
    fn normalized_recall_divides_by_the_hits_that_are_possible() {
        close(normalized_recall(LIST), 2.0 / 3.0);
        close(normalized_recall(Hits { is_hit: &[false, true], k: 2, ..LIST }), 1.0 / 2.0);
    }

    #[test]
    fn ndcg_is_that_of_the_formula() {
        // 1/log2(3) + 1/log2(4) over 1/log2(2) + 1/log2(3) + 1/log2(4)
        close(ndcg(LIST), (0.630_929_753_571_457_4 + 0.5) / (1.0 + 0.630_929_753_571_457_4 + 0.5));
    }

    #[test]
    fn the_ideal_list_is_no_longer_than_k() {
        let full = Hits { is_hit: &[true, true], k: 2, relevant: 9 };
        close(ndcg(full), 1.0);
        close(average_precision(full), 1.0);
    }

    #[test]
    fn average_precision_is_that_of_the_formula() {
        close(average_precision(LIST), (1.0 / 2.0 + 2.0 / 3.0) / 3.0);
    }

    #[test]
    fn the_reciprocal_rank_is_that_of_the_first_hit() {
        close(reciprocal_rank(LIST), 1.0 / 2.0);
    }

    #[test]
    fn one_hit_or_many_are_a_hit() {
        close(hit(LIST), 1.0);
    }

    #[test]
    fn a_list_that_misses_scores_nothing_and_a_perfect_one_everything() {
        let perfect = Hits { is_hit: &[true; 4], k: 4, relevant: 4 };
        for (name, metric) in METRICS {
            assert!((metric(MISSED) - 0.0).abs() < 1e-12, "{name} of a list that misses");
            assert!((metric(perfect) - 1.0).abs() < 1e-12, "{name} of a perfect list");
        }
    }

    #[test]
    fn an_earlier_hit_is_worth_more() {
        let earlier = Hits { is_hit: &[true, false, true, false], ..LIST };
        for metric in [ndcg, average_precision, reciprocal_rank] {
            assert!(metric(earlier) > metric(LIST));
        }
    }
}
