//! The movies of a version, as they are looked up, filtered and listed by popularity.

use std::{collections::BTreeMap, sync::Arc};

use als::{Index, MovieIdx};
use contract::popularity;
use store::ListedMovie;

use super::ServingError;

/// The place of a movie in its version's catalogue: it means nothing in another version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place(u32);

/// A movie.
#[derive(Debug)]
pub(crate) struct Movie {
    pub(crate) movie_id: i64,
    /// The id in the data set, where that is a text.
    pub(crate) key: Option<Arc<str>>,
    pub(crate) title: Arc<str>,
    pub(crate) year: Option<i32>,
    /// Its genres, by their place in [`Catalogue::genres`].
    genres: Box<[u16]>,
    /// The id at `IMDb`, with its leading zeros.
    pub(crate) imdb_id: Option<String>,
    pub(crate) tmdb_id: Option<i64>,
    /// How many users have rated it.
    pub(crate) ratings: i64,
    /// Its row in the model, if the model knows it.
    pub(crate) idx: Option<MovieIdx>,
}

/// A genre.
#[derive(Debug)]
pub(crate) struct Genre {
    pub(crate) name: String,
    pub(crate) movies: u32,
    /// Those that the model knows.
    known: Vec<MovieIdx>,
}

/// Every movie of a version.
#[derive(Debug)]
pub(crate) struct Catalogue {
    /// By ascending id.
    movies: Vec<Movie>,
    /// Those that have a key, by key.
    by_key: Vec<Place>,
    /// By name.
    genres: Vec<Genre>,
    /// For each row of the model its movie.
    places: Vec<Place>,
    /// The movies that the model knows, the most popular first.
    by_popularity: Vec<MovieIdx>,
}

/// Which movies are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// Of at least one of these genres; any if there are none.
    pub(crate) genres: Vec<String>,
    /// None of these movies.
    pub(crate) exclude: Vec<i64>,
    pub(crate) min_year: Option<i32>,
    pub(crate) max_year: Option<i32>,
}

impl Filter {
    /// Whether every movie is wanted.
    pub(crate) fn is_open(&self) -> bool {
        *self == Self::default()
    }

    fn admits_year(&self, year: Option<i32>) -> bool {
        let bounded = self.min_year.is_some() || self.max_year.is_some();
        year.map_or(!bounded, |year| {
            self.min_year.is_none_or(|least| year >= least) && self.max_year.is_none_or(|most| year <= most)
        })
    }
}

impl Catalogue {
    /// Movies by ascending id, and the ids of those that the model knows, ascending, too.
    pub(crate) fn new(entries: Vec<ListedMovie>, factor_ids: &[i64]) -> Self {
        let names: BTreeMap<String, u16> =
            entries.iter().flat_map(|entry| entry.genres.iter().cloned()).map(|name| (name, 0)).collect();
        let names: BTreeMap<String, u16> =
            (0..).zip(names.into_keys()).map(|(place, name)| (name, place)).collect();
        let index: BTreeMap<i64, MovieIdx> =
            factor_ids.iter().copied().zip((0..).map(MovieIdx::new)).collect();
        let mut genres: Vec<Genre> =
            names.keys().map(|name| Genre { name: name.clone(), movies: 0, known: Vec::new() }).collect();
        let mut places = vec![Place(0); factor_ids.len()];
        let mut movies = Vec::with_capacity(entries.len());
        for (place, entry) in (0..).map(Place).zip(entries) {
            let idx = index.get(&entry.movie_id).copied();
            let own: Box<[u16]> = entry.genres.iter().filter_map(|name| names.get(name).copied()).collect();
            for &genre in &own {
                let genre = &mut genres[usize::from(genre)];
                genre.movies += 1;
                genre.known.extend(idx);
            }
            if let Some(idx) = idx {
                places[idx.position()] = place;
            }
            movies.push(Movie::new(entry, own, idx));
        }
        let by_key = sorted_by_key(&movies);
        let mut catalogue = Self { movies, by_key, genres, places, by_popularity: Vec::new() };
        let mut by_popularity: Vec<MovieIdx> = (0..).map(MovieIdx::new).take(factor_ids.len()).collect();
        by_popularity
            .sort_unstable_by_key(|&idx| popularity::rank(idx, catalogue.at(idx).ratings.unsigned_abs()));
        catalogue.by_popularity = by_popularity;
        catalogue
    }

    /// Every movie, by ascending id.
    pub(crate) fn movies(&self) -> &[Movie] {
        &self.movies
    }

    /// Every genre, by name.
    pub(crate) fn genres(&self) -> &[Genre] {
        &self.genres
    }

    /// A movie by its place.
    pub(crate) fn movie(&self, place: Place) -> &Movie {
        &self.movies[place.0 as usize]
    }

    /// A movie by its row in the model.
    pub(crate) fn at(&self, idx: MovieIdx) -> &Movie {
        self.movie(self.place(idx))
    }

    /// The place of a row of the model.
    pub(crate) fn place(&self, idx: MovieIdx) -> Place {
        self.places[idx.position()]
    }

    /// A movie's place by its id.
    pub(crate) fn find(&self, movie_id: i64) -> Option<Place> {
        let found = self.movies.binary_search_by_key(&movie_id, |movie| movie.movie_id).ok()?;
        u32::try_from(found).ok().map(Place)
    }

    /// The same for a movie that must be there.
    pub(crate) fn locate(&self, movie_id: i64) -> Result<Place, ServingError> {
        self.find(movie_id).ok_or(ServingError::UnknownMovie { movie_id })
    }

    /// The place of the movie with this key, which must be there.
    pub(crate) fn locate_key(&self, key: &Arc<str>) -> Result<Place, ServingError> {
        let found = self.by_key.binary_search_by(|&place| self.movie(place).key.as_ref().cmp(&Some(key)));
        let unknown = |_| ServingError::UnknownMovieKey { key: key.clone() };
        found.map(|found| self.by_key[found]).map_err(unknown)
    }

    /// The names of a movie's genres.
    pub(crate) fn genres_of<'a>(&'a self, movie: &'a Movie) -> impl Iterator<Item = &'a str> {
        movie.genres.iter().map(|&genre| self.genres[usize::from(genre)].name.as_str())
    }

    /// How many movies the model knows.
    pub(crate) fn known(&self) -> usize {
        self.places.len()
    }

    /// The movies that the model knows, the most popular first.
    pub(crate) fn by_popularity(&self) -> &[MovieIdx] {
        &self.by_popularity
    }

    /// For each movie that the model knows whether it is wanted; `None` if all are.
    pub(crate) fn marks(&self, filter: &Filter) -> Result<Option<Vec<bool>>, ServingError> {
        if filter.is_open() {
            return Ok(None);
        }
        let mut marks = vec![filter.genres.is_empty(); self.known()];
        for name in &filter.genres {
            let genre = self.genres.binary_search_by(|genre| genre.name.as_str().cmp(name));
            let Ok(genre) = genre else { return Err(ServingError::UnknownGenre { genre: name.clone() }) };
            for idx in &self.genres[genre].known {
                marks[idx.position()] = true;
            }
        }
        if filter.min_year.is_some() || filter.max_year.is_some() {
            for (mark, &place) in marks.iter_mut().zip(&self.places) {
                *mark &= filter.admits_year(self.movie(place).year);
            }
        }
        for idx in filter.exclude.iter().filter_map(|&id| self.movie(self.find(id)?).idx) {
            marks[idx.position()] = false;
        }
        Ok(Some(marks))
    }
}

impl Movie {
    fn new(entry: ListedMovie, genres: Box<[u16]>, idx: Option<MovieIdx>) -> Self {
        let ListedMovie { movie_id, title, year, imdb_id, tmdb_id, ratings, key, .. } = entry;
        let (key, title) = (key.map(Arc::from), title.into());
        Self { movie_id, key, title, year, genres, imdb_id, tmdb_id, ratings, idx }
    }
}

/// The places of the movies that have a key, by key.
fn sorted_by_key(movies: &[Movie]) -> Vec<Place> {
    let keys = (0..).map(Place).zip(movies).filter_map(|(place, movie)| Some((movie.key.as_deref()?, place)));
    let mut keys: Vec<(&str, Place)> = keys.collect();
    keys.sort_unstable();
    keys.into_iter().map(|(_, place)| place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Catalogue {
        let entry = |movie_id, year, genres: &[&str], ratings| ListedMovie {
            movie_id,
            title: format!("Movie {movie_id}"),
            year,
            genres: genres.iter().map(|&name| name.to_owned()).collect(),
            imdb_id: None,
            tmdb_id: None,
            ratings,
            key: (movie_id != 4).then(|| format!("key {}", 9 - movie_id)),
        };
        let entries = vec![
            entry(1, Some(1990), &["Drama", "Comedy"], 5),
            entry(3, None, &["Drama"], 9),
            entry(4, Some(2000), &[], 0),
            entry(8, Some(2010), &["Comedy"], 9),
        ];
        Catalogue::new(entries, &[1, 3, 8])
    }

    fn wanted(filter: &Filter) -> Vec<i64> {
        let catalogue = catalogue();
        let marks = catalogue.marks(filter).unwrap().unwrap();
        let known = (0..).map(MovieIdx::new).zip(marks);
        known.filter(|(_, mark)| *mark).map(|(idx, _)| catalogue.at(idx).movie_id).collect()
    }

    #[test]
    fn a_filter_wants_any_of_its_genres_all_of_its_years_and_none_of_the_excluded() {
        let genres = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        assert_eq!(wanted(&Filter { genres: genres(&["Comedy"]), ..Filter::default() }), [1, 8]);
        assert_eq!(wanted(&Filter { genres: genres(&["Comedy", "Drama"]), ..Filter::default() }), [1, 3, 8]);
        assert_eq!(wanted(&Filter { min_year: Some(1990), ..Filter::default() }), [1, 8]);
        assert_eq!(wanted(&Filter { max_year: Some(2009), ..Filter::default() }), [1]);
        assert_eq!(wanted(&Filter { exclude: vec![1, 4, 77], ..Filter::default() }), [3, 8]);
        assert_eq!(catalogue().marks(&Filter::default()).unwrap(), None);
        let unknown = catalogue().marks(&Filter { genres: genres(&["Western"]), ..Filter::default() });
        assert!(matches!(unknown, Err(ServingError::UnknownGenre { genre }) if genre == "Western"));
    }

    #[test]
    fn popularity_is_the_number_of_ratings_and_then_the_lower_id() {
        let catalogue = catalogue();
        let ids: Vec<_> = catalogue.by_popularity().iter().map(|&idx| catalogue.at(idx).movie_id).collect();
        assert_eq!(ids, [3, 8, 1]);
    }

    #[test]
    fn genres_are_listed_by_name_with_their_movies() {
        let catalogue = catalogue();
        let genres: Vec<_> =
            catalogue.genres().iter().map(|genre| (genre.name.as_str(), genre.movies)).collect();
        assert_eq!(genres, [("Comedy", 2), ("Drama", 2)]);
        assert!(catalogue.genres_of(catalogue.movie(Place(0))).eq(["Drama", "Comedy"]));
        assert_eq!(catalogue.find(4), Some(Place(2)));
        assert_eq!(catalogue.find(5), None);
    }

    #[test]
    fn a_movie_is_found_by_its_key_where_it_has_one() {
        let catalogue = catalogue();
        let find = |key: &str| {
            let place = catalogue.locate_key(&key.into()).ok()?;
            Some(catalogue.movie(place).movie_id)
        };
        assert_eq!(["key 8", "key 6", "key 1"].map(find), [Some(1), Some(3), Some(8)]);
        assert_eq!(["key 5", "", "KEY 1", "z"].map(find), [None; 4]);
    }
}
