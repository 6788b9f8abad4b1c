//! Takes the metrics over all users, block by block.
//!
//! Lists exist for one block of users at a time; blocks and the order of sums do not depend on the number of threads,
//! so the same model always gets the same figures, to the last bit.

use std::ops::Range;

use als::{AlsError, Index, MovieIdx, Ratings, UserIdx};
use contract::Figure;
use contract::figure::{MAE, RMSE};
use rayon::prelude::*;

use crate::holdout::{Holdout, users_of};
use crate::metrics::beyond_accuracy::{self, Exposure};
use crate::metrics::count;
use crate::metrics::ranking::{self, Hits};
use crate::metrics::rating_error::RatingErrors;

/// The lengths of list that are measured, ascending.
pub(crate) const CUTOFFS: [usize; 2] = [10, 50];
/// The length of list that is asked for.
pub(crate) const LONGEST: usize = CUTOFFS[1];

/// The ranking metrics of one user, or their sums over users.
type Sums = [[f64; ranking::METRICS.len()]; CUTOFFS.len()];

/// Measures ranked lists, one for each user of a block, against what the users went on to watch.
///
/// Users without relevant held-out movies are left out; there must be others.
///
/// # Errors
/// Those of `lists`.
pub(crate) fn ranking(
    holdout: &Holdout,
    seen: &Ratings,
    baseline: bool,
    mut lists: impl FnMut(Range<UserIdx>) -> Result<Vec<Vec<MovieIdx>>, AlsError>,
) -> Result<Vec<Figure>, AlsError> {
    let progress = task::Progress::items("evaluate", Some(seen.users() as u64));
    let mut recommended = CUTOFFS.map(|_| vec![0; seen.movies()]);
    let (mut sums, mut users) = (Sums::default(), 0);
    for block in holdout.blocks() {
        let lists = lists(block.clone())?;
        let first = block.start.position();
        let measured: Vec<Option<Sums>> = lists
            .par_iter()
            .zip(block.start.0..block.end.0)
            .map(|(list, user)| of_user(list, &holdout.relevant(UserIdx(user))))
            .collect();
        for (list, of_user) in lists.iter().zip(&measured) {
            let Some(of_user) = of_user else { continue };
            add(&mut sums, of_user);
            users += 1;
            expose(&mut recommended, list);
        }
        progress.set((first + lists.len()) as u64);
    }
    let mut figures = means(&sums, users, baseline);
    figures.extend(beyond_accuracy(seen, &recommended, baseline));
    Ok(figures)
}

/// The metrics of one list at each cutoff, `None` when nothing is relevant.
fn of_user(list: &[MovieIdx], relevant: &[MovieIdx]) -> Option<Sums> {
    if relevant.is_empty() {
        return None;
    }
    let is_hit: Vec<bool> = list.iter().map(|movie| relevant.binary_search(movie).is_ok()).collect();
    Some(CUTOFFS.map(|k| {
        let hits = Hits { is_hit: &is_hit[..is_hit.len().min(k)], k, relevant: relevant.len() };
        ranking::METRICS.map(|(_, metric)| metric(hits))
    }))
}

fn add(sums: &mut Sums, of_user: &Sums) {
    for (sum, value) in sums.as_flattened_mut().iter_mut().zip(of_user.as_flattened()) {
        *sum += value;
    }
}

fn expose(recommended: &mut [Vec<usize>; CUTOFFS.len()], list: &[MovieIdx]) {
    for (recommended, k) in recommended.iter_mut().zip(CUTOFFS) {
        for movie in list.iter().take(k) {
            recommended[movie.position()] += 1;
        }
    }
}

fn means(sums: &Sums, users: usize, baseline: bool) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (sums, k) in sums.iter().zip(CUTOFFS) {
        for (sum, (metric, _)) in sums.iter().zip(ranking::METRICS) {
            figures.push(figure(baseline, metric, Some(k), sum / count(users.max(1))));
        }
    }
    figures
}

fn beyond_accuracy(seen: &Ratings, recommended: &[Vec<usize>; CUTOFFS.len()], baseline: bool) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (recommended, k) in recommended.iter().zip(CUTOFFS) {
        let exposure = Exposure { recommended, popularity: seen.movie_counts(), users: seen.users() };
        for (metric, of) in beyond_accuracy::METRICS {
            figures.push(figure(baseline, metric, Some(k), of(&exposure)));
        }
    }
    figures
}

/// Measures predicted stars against all held-out ratings, those of movies that nobody rated in training included.
pub(crate) fn rating_errors(
    holdout: &Holdout,
    baseline: bool,
    predict: impl Fn(UserIdx, MovieIdx) -> f64 + Sync,
) -> Vec<Figure> {
    let blocks: Vec<_> = holdout.blocks().collect();
    let of_block = |block: Range<UserIdx>| {
        let mut errors = RatingErrors::default();
        for user in users_of(block) {
            for (movie, stars) in holdout.held_out(user).ratings() {
                errors.add(predict(user, movie), stars);
            }
        }
        errors
    };
    let of_blocks: Vec<RatingErrors> = blocks.into_par_iter().map(of_block).collect();
    let mut errors = RatingErrors::default();
    for of_block in of_blocks {
        errors.merge(of_block);
    }
    vec![figure(baseline, RMSE, None, errors.rmse()), figure(baseline, MAE, None, errors.mae())]
}

/// A row of `gold/evaluations`.
pub(crate) fn figure(baseline: bool, metric: &str, k: Option<usize>, value: f64) -> Figure {
    Figure { baseline, metric: metric.to_owned(), k: k.and_then(|k| i32::try_from(k).ok()), value }
}

#[cfg(test)]
mod tests {
    use histories::{Histories, Times};

    use super::*;

    /// Two users with one held-out movie each, a third with none.
    fn holdout() -> Holdout {
        let ratings = [(1, 10, 1), (1, 20, 2), (2, 20, 1), (2, 10, 2), (3, 30, 1)];
        let ratings = ratings.map(|(user, movie, at)| (user, movie, 4.0, at));
        Holdout::new(Histories::collect(Times::Drop, ratings).unwrap(), 0.5, 0.0)
    }

    fn value(figures: &[Figure], metric: &str, k: i32) -> f64 {
        figures.iter().find(|figure| figure.metric == metric && figure.k == Some(k)).unwrap().value
    }

    #[test]
    fn means_are_over_the_users_who_have_something_to_find() {
        let holdout = holdout();
        let seen = holdout.seen().unwrap();
        // the first user's movie at rank 1, the second's at rank 2, and a list for the third that nobody counts
        let lists = vec![vec![MovieIdx(1)], vec![MovieIdx(2), MovieIdx(0)], vec![MovieIdx(0)]];
        let figures = ranking(&holdout, &seen, false, |_| Ok(lists.clone())).unwrap();
        for (metric, expected) in
            [("mrr", 0.75), ("recall", 1.0), ("precision", 0.1), ("map", 0.75), ("coverage", 1.0)]
        {
            let found = value(&figures, metric, 10);
            assert!((found - expected).abs() < 1e-12, "{metric} is {found}, not {expected}");
        }
        assert!((value(&figures, "ndcg", 10) - f64::midpoint(1.0, 1.0 / 3.0_f64.log2())).abs() < 1e-12);
        assert!((value(&figures, "novelty", 50) - 3.0_f64.log2()).abs() < 1e-12);
    }

    #[test]
    fn a_hit_below_the_cutoff_counts_only_further_down() {
        let mut list = vec![MovieIdx(7); 10];
        list.push(MovieIdx(1));
        let [at_10, at_50] = of_user(&list, &[MovieIdx(1)]).unwrap();
        assert!(at_10.iter().all(|value| value.abs() < 1e-12));
        assert!(at_50.iter().all(|&value| value > 0.0));
    }

    #[test]
    fn a_movie_below_the_cutoff_is_recommended_only_further_down() {
        let mut recommended = CUTOFFS.map(|_| vec![0; 11]);
        let list: Vec<_> = (0..11).map(MovieIdx).collect();
        expose(&mut recommended, &list);
        assert_eq!(recommended.map(|times| times.iter().sum::<usize>()), [10, 11]);
    }

    #[test]
    fn rating_errors_are_over_all_held_out_ratings() {
        let figures = rating_errors(&holdout(), true, |user, _| if user == UserIdx(0) { 3.0 } else { 4.0 });
        assert!((figures[0].value - 0.5_f64.sqrt()).abs() < 1e-12);
        assert!((figures[1].value - 0.5).abs() < 1e-12);
    }
}
