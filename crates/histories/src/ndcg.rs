//! How well a ranked list finds what is relevant.

/// `DCG / IDCG` with `DCG = sum_i rel_i / log2(i + 1)`, and `IDCG` that of a list which begins with `min(k, R)` hits:
/// from 0 to 1.
///
/// `is_hit` says of each rank, from the first, whether the movie there is relevant; it has `k` entries, or fewer where
/// fewer movies are left. `relevant` is `R`, the number of relevant movies in all, at least 1.
///
/// Järvelin and Kekäläinen, "Cumulated Gain-Based Evaluation of IR Techniques", 2002, with the discount of Burges et
/// al., "Learning to Rank using Gradient Descent", 2005.
#[must_use]
pub fn ndcg(is_hit: &[bool], k: usize, relevant: usize) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "ranks are far below 2^52")]
    let gain = |rank: usize| 1.0 / ((rank + 1) as f64).log2();
    let ideal: f64 = (1..=k.min(relevant)).map(gain).sum();
    let found: f64 = (1..).zip(is_hit).filter(|(_, hit)| **hit).map(|(rank, _)| gain(rank)).sum();
    found / ideal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ndcg_is_that_of_the_formula() {
        // 1/log2(3) + 1/log2(4) over 1/log2(2) + 1/log2(3) + 1/log2(4)
        let expected = (0.630_929_753_571_457_4 + 0.5) / (1.0 + 0.630_929_753_571_457_4 + 0.5);
        assert!((ndcg(&[false, true, true, false], 4, 3) - expected).abs() < 1e-12);
        assert!((ndcg(&[true, true], 2, 9) - 1.0).abs() < 1e-12, "the ideal list is no longer than k");
    }
}
