//! What the made-up data is like.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{self, Read},
    sync::LazyLock,
};

use lakehouse::arrow::array::{Array, AsArray, StringArray};

use super::{catalogue::LAST_YEAR, genres::dot, *};
use crate::{input::Input, rows::Batch};

fn text(size: &str, table: Table) -> String {
    let mut text = String::new();
    let sample = Sample::new(SampleSize::parse(size).unwrap());
    sample.reader(table).read_to_string(&mut text).unwrap();
    text
}

fn batches(input: &mut Input, table: Table) -> Vec<Batch> {
    input.rows(table, 0).unwrap().unwrap().collect::<Result<_, _>>().unwrap()
}

fn rows(batch: &Batch) -> usize {
    batch.columns[0].len()
}

/// A column of text of the first batch.
fn column(batches: &[Batch], index: usize) -> &StringArray {
    batches[0].columns[index].as_string()
}

fn malformed(batches: &[Batch]) -> usize {
    let raw = batches.iter().map(|batch| &batch.columns[batch.columns.len() - 3]);
    raw.map(|raw| raw.len() - raw.null_count()).sum()
}

fn sample(size: &str) -> Input {
    Input::sample(SampleSize::parse(size).unwrap())
}

/// The ratings of the default size, made up once for all tests.
static RATINGS: LazyLock<String> = LazyLock::new(|| text("100k", Table::Ratings));

/// The rows that are right: user, movie, half stars and time.
fn right_ratings(text: &str) -> Vec<(u32, u32, u32, i64)> {
    let mut rows = Vec::new();
    for line in text.lines().skip(1) {
        let fields: Vec<_> = line.split(',').collect();
        let &[user, movie, rating, time] = &fields[..] else { continue };
        let (Ok(user), Ok(movie), Ok(rating), Ok(time)) =
            (user.parse(), movie.parse(), rating.parse::<f64>(), time.parse())
        else {
            continue;
        };
        let half_stars = rating * 2.0;
        let right = user > 0 && movie < 90_000_000 && (1.0..=10.0).contains(&half_stars);
        if right && half_stars.fract() == 0.0 && (sessions::BEGIN..sessions::END).contains(&time) {
            rows.push((user, movie, half_stars as u32, time));
        }
    }
    rows
}

#[test]
fn the_same_size_gives_the_same_bytes_and_another_size_others() {
    for table in Table::ALL {
        assert_eq!(text("2k", table), text("2k", table));
        assert_ne!(text("2k", table), text("3k", table));
    }
}

#[test]
fn the_bytes_are_those_of_this_version() {
    let mut hasher = blake3::Hasher::new();
    for table in Table::ALL {
        hasher.update(text("2k", table).as_bytes());
    }
    let hash = hasher.finalize().to_hex();
    assert_eq!(&hash[..16], "7fc87efd52c9c437", "other bytes need another `VERSION`");
}

#[test]
fn a_table_is_the_same_whether_or_not_another_was_read() {
    let mut input = sample("2k");
    let alone = batches(&mut input, Table::Tags);
    batches(&mut input, Table::Ratings);
    assert_eq!(batches(&mut input, Table::Tags), alone);
}

#[test]
fn a_sample_has_exactly_as_many_rating_rows_as_its_size() {
    for size in ["500", "1800", "18k", "54k"] {
        let rows: usize = batches(&mut sample(size), Table::Ratings).iter().map(rows).sum();
        assert_eq!(rows as u64, SampleSize::parse(size).unwrap().ratings());
    }
}

#[test]
fn one_rating_in_a_thousand_is_wrong_and_every_kind_occurs() {
    let text = &*RATINGS;
    let right = right_ratings(text);
    let mut latest = BTreeMap::new();
    for &(user, movie, _, time) in &right {
        let latest = latest.entry((user, movie)).or_insert(time);
        assert!(*latest == time || (*latest - time).abs() >= 86_400, "duplicates differ in time");
    }
    assert_eq!(latest.len(), 99_900, "all but one in a thousand");
    for kind in [
        ",7.0,",
        ",0.0,",
        ",four,",
        ",90000000,",
        ",4.0,-",
        ",-",
        "\n-",
        "\n####",
        ",NaN,",
        ",3.7,",
        "\"4,0\"",
        ",web\n",
        ",,4.0",
        "\n\n",
    ] {
        assert!(text.contains(kind), "{kind:?}");
    }
    let malformed = malformed(&batches(&mut sample("18k"), Table::Ratings));
    assert_eq!(malformed, 5, "too few or too many fields, no fields at all, a lost quote, a blank line");
}

#[test]
fn files_written_read_back_as_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let size = SampleSize::parse("20k").unwrap();
    for table in Table::ALL {
        let mut file = File::create(folder.path().join(format!("{table}.csv"))).unwrap();
        io::copy(&mut Sample::new(size).reader(table), &mut file).unwrap();
    }
    let mut written = Input::open(folder.path(), None).unwrap();
    for table in Table::ALL {
        let [mut expected, mut found] =
            [&mut Input::sample(size), &mut written].map(|input| batches(input, table));
        for batch in expected.iter_mut().chain(&mut found) {
            let file = batch.columns.len() - 1 - batch.table.late();
            batch.columns.remove(file);
        }
        assert!(found == expected, "{table} differs");
    }
}

#[test]
fn popularity_follows_a_power_law() {
    let mut counts = BTreeMap::<u32, u32>::new();
    let right = right_ratings(&RATINGS);
    for (_, movie, ..) in &right {
        *counts.entry(*movie).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_values().collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let share = |top: usize| f64::from(counts[..top].iter().sum::<u32>()) / right.len() as f64;
    assert!((0.5..0.75).contains(&share(974)), "the first tenth: {}", share(974));
    assert!(f64::from(counts[0]) / right.len() as f64 > 0.002, "the first: {}", counts[0]);
    // On a log-log scale, ten times the rank has about 10^1.25 = 18 times fewer ratings.
    let fall = f64::from(counts[400]) / f64::from(counts[4000]);
    assert!((6.0..40.0).contains(&fall), "{fall}");
}

#[test]
fn activity_is_skewed_and_at_least_twenty() {
    let counts = activity::per_user(SampleSize::default(), 99_900);
    let mut sorted = counts.clone();
    sorted.sort_unstable();
    assert_eq!(counts.iter().map(|&count| u64::from(count)).sum::<u64>(), 99_900);
    assert!(sorted[0] >= 20);
    assert!((50..100).contains(&sorted[305]), "median {}", sorted[305]);
    assert!((1000..4872).contains(&sorted[609]), "most {}", sorted[609]);
}

#[test]
fn ratings_are_distributed_as_in_movielens() {
    let right = right_ratings(&RATINGS);
    let mean = right.iter().map(|row| f64::from(row.2) / 2.0).sum::<f64>() / right.len() as f64;
    assert!((3.4..3.6).contains(&mean), "mean {mean}");
    let share =
        |half_stars| right.iter().filter(|row| row.2 == half_stars).count() as f64 / right.len() as f64;
    assert!(share(8) > share(7) && share(8) > share(10), "four stars is the mode");
    assert!((0.02..0.2).contains(&share(10)), "five stars: {}", share(10));
    assert!(share(1) > 0.0005, "half a star: {}", share(1));
    assert!((0.15..0.4).contains(&[1, 3, 5, 7, 9].map(share).iter().sum::<f64>()), "half steps");
}

#[test]
fn nobody_rates_a_movie_before_it_is_out() {
    let catalogue = Catalogue::new(SampleSize::default());
    let years: BTreeMap<_, _> = catalogue.movies.iter().map(|movie| (movie.id, movie.year)).collect();
    let right = right_ratings(&RATINGS);
    let early = right.iter().filter(|row| years[&row.1] > sessions::year(row.3) + 1).count();
    assert!(early * 1000 < right.len(), "{early}");
    let (first, last) = (right.iter().map(|row| row.3).min(), right.iter().map(|row| row.3).max());
    assert!(sessions::year(first.unwrap()) < 2000 && sessions::year(last.unwrap()) == LAST_YEAR);
}

/// The hits among ten unseen movies for the last fifth of each user's ratings: by popularity, and by
/// popularity with the mean taste of what the user chose before.
fn hits(ratings: &str) -> (usize, usize) {
    let catalogue = Catalogue::new(SampleSize::default());
    let index = |id: u32| catalogue.movies.binary_search_by_key(&id, |movie| movie.id).unwrap();
    let mut by_user = BTreeMap::<u32, Vec<(i64, usize)>>::new();
    for (user, movie, _, time) in right_ratings(ratings) {
        by_user.entry(user).or_default().push((time, index(movie)));
    }
    let mut popularity = vec![0.1_f32; catalogue.movies.len()];
    for rows in by_user.values_mut() {
        rows.sort_unstable();
        rows[..rows.len() * 4 / 5].iter().for_each(|(_, movie)| popularity[*movie] += 1.0);
    }
    let (mut by_popularity, mut by_taste) = (0, 0);
    for rows in by_user.values().step_by(5) {
        let (past, future) = rows.split_at(rows.len() * 4 / 5);
        let add = |sum, row: &(i64, usize)| genres::plus(sum, 1.0, &catalogue.movies[row.1].taste);
        let taste = genres::scaled_to(past.iter().fold([0.0; genres::TASTES], add), 8_f32.sqrt());
        let past: BTreeSet<_> = past.iter().map(|row| row.1).collect();
        let future: BTreeSet<_> = future.iter().map(|row| row.1).collect();
        let hits = |fit_weight: f32| {
            let score = |movie: usize| {
                popularity[movie].ln() + fit_weight * dot(&taste, &catalogue.movies[movie].taste)
            };
            let unseen = (0..popularity.len()).filter(|movie| !past.contains(movie));
            let mut scored: Vec<_> = unseen.map(|movie| (score(movie), movie)).collect();
            scored.select_nth_unstable_by(10, |a, b| b.0.total_cmp(&a.0));
            scored[..10].iter().filter(|(_, movie)| future.contains(movie)).count()
        };
        by_popularity += hits(0.0);
        by_taste += hits(1.5);
    }
    (by_popularity, by_taste)
}

#[test]
fn taste_predicts_more_than_popularity() {
    let (by_popularity, by_taste) = hits(&RATINGS);
    assert!(by_taste * 2 > by_popularity * 3, "{by_taste} hits by taste, {by_popularity} by popularity");
}

#[test]
fn titles_have_the_oddities_of_movielens() {
    let text = text("100k", Table::Movies);
    for oddity in
        [", The (", "\"\"", "Amélie", "千の川", " (a.k.a. ", "(no genres listed)", "|", "–", "...And"]
    {
        assert!(text.contains(oddity), "{oddity}");
    }
    let mut input = sample("100k");
    let titles = batches(&mut input, Table::Movies);
    let titles = column(&titles, 1);
    let without_year = titles.iter().flatten().filter(|title| !title.trim_end().ends_with(')')).count();
    assert!((50..300).contains(&without_year), "{without_year}");
    assert_eq!(titles.len(), 9742 + 4);
}

#[test]
fn tags_and_links_have_their_dirt_too() {
    let mut input = sample("100k");
    let tags = batches(&mut input, Table::Tags);
    assert!(column(&tags, 2).iter().flatten().any(|tag| tag.contains(",\n")), "a tag of two lines");
    assert!(malformed(&tags) > 0);
    let links = batches(&mut input, Table::Links);
    assert_eq!(rows(&links[0]), 9742);
    assert!(column(&links, 2).iter().any(|id| id == Some("")), "a movie without a TMDB id");
}
