//! A description out of the first lines of files.

use contract::description::Meaning;

use super::{form::Table, meaning, start::Start};

/// The description of the files, if one of them seems to hold ratings.
pub(super) fn description(starts: &[Start]) -> Option<String> {
    let tables: Vec<Table> = starts.iter().filter_map(Table::of).collect();
    let mut found: Vec<_> =
        tables.iter().enumerate().filter_map(|(place, table)| Some((place, table.as_ratings()?))).collect();
    // Who tagged or visited something is beside who rated it.
    let rated = found.iter().position(|(_, columns)| columns.contains_key(&Meaning::Rating));
    let (place, ratings) = (!found.is_empty()).then(|| found.swap_remove(rated.unwrap_or(0)))?;
    let mut others = tables.iter().enumerate().filter(|(other, _)| *other != place);
    let movies = others.find_map(|(_, table)| Some((table, table.as_movies()?)));
    let mut text = tables[place].section("ratings", &ratings);
    if let Some((table, columns)) = &movies {
        text.push_str(&table.section("movies", columns));
    }
    let both: Vec<_> = [(&tables[place], &ratings)]
        .into_iter()
        .chain(movies.as_ref().map(|(table, columns)| (*table, columns)))
        .collect();
    text.push_str(&meaning::ids(&both));
    text.push_str(&meaning::scale(&tables[place], &ratings));
    text.push_str(&meaning::time(&tables[place], &ratings));
    if let Some((table, columns)) = &movies {
        text.push_str(&meaning::genres(table, columns));
        text.push_str(&meaning::title(table, columns));
    }
    Some(text)
}
