//! `GET /reco/{user_id}`, `GET /reco/random` and `POST /reco/fold-in`: what to watch next.

use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
    types::Example,
};
use rand::seq::IndexedRandom;
use serde::Serialize;

use super::{
    Id, Tag,
    shapes::{Because, GivenRating, because, latest},
};
use crate::{
    answer::{
        Answer, BAD_REQUEST, INTERNAL, Operation, Success, TOO_LARGE, TOO_MANY, UNAVAILABLE, UNSUPPORTED,
        is_among,
    },
    errors::Fault,
    serving::{
        Serving,
        catalogue::Filter,
        recommend::{Found, Wish},
    },
    telemetry::Telemetry,
};

/// What is recommended to one user.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub struct Recommendations {
    /// The user.
    pub user_id: Id,
    /// How many movies were asked for. There are fewer only where no more of them exist.
    #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
    pub n: u16,
    /// How many of the best were passed over.
    #[oai(validator(minimum(value = "0"), maximum(value = "100000")))]
    pub offset: u32,
    /// Whether the user was chosen at random.
    pub is_random: bool,
    /// The number of the model that made the list.
    pub model_version: Id,
    /// How the movies were chosen: `als` by the model, `fold_in` by the model and ratings it has not seen yet, `popular`
    /// where nothing is known of the user's taste.
    pub strategy: String,
    /// The user's variant of the running experiment, if there is one.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Only present, and true, where the database does not answer: there may be a newer answer.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale: Option<bool>,
    /// Movies the user has not rated, best first.
    pub results: Vec<Recommendation>,
}

/// A movie for a user.
#[derive(Debug, Object, Serialize)]
pub struct Recommendation {
    /// The user.
    pub user_id: Id,
    /// The movie, as the data set numbers it.
    pub movie_id: Id,
    /// Its title.
    pub title: String,
    /// Higher is better. Scores of different models cannot be compared.
    pub score: f32,
    /// With `explain=true`: the rated movies that contributed most, at most three.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<Vec<Because>>,
}

/// What is recommended to somebody by their ratings alone.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub struct FoldedIn {
    /// How many movies were asked for. There are fewer only where no more of them exist.
    #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
    pub n: u16,
    /// How many of the best were passed over.
    #[oai(validator(minimum(value = "0"), maximum(value = "100000")))]
    pub offset: u32,
    /// The number of the model that ranked the movies.
    pub model_version: Id,
    /// `fold_in`, or `popular` where the model learns nothing from the ratings.
    pub strategy: String,
    /// Only present, and true, where the database does not answer: there may be a newer model.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale: Option<bool>,
    /// Movies that are not among the ratings, best first.
    pub results: Vec<Suggestion>,
}

/// A movie for somebody.
#[derive(Debug, Object, Serialize)]
pub struct Suggestion {
    /// The movie, as the data set numbers it.
    pub movie_id: Id,
    /// Its title.
    pub title: String,
    /// Higher is better. Scores of different models cannot be compared.
    pub score: f32,
    /// With `explain`: the rated movies that contributed most, at most three.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<Vec<Because>>,
}

/// Ratings of somebody whom the model does not know, and which movies are wanted.
#[derive(Debug, Object)]
#[oai(example)]
pub struct Newcomer {
    /// What they have rated; of a movie named twice the last rating counts.
    #[oai(validator(min_items = "1", max_items = "1000"))]
    pub ratings: Vec<GivenRating>,
    /// How many movies.
    #[oai(default = "ten", validator(minimum(value = "1"), maximum(value = "100")))]
    pub n: u16,
    /// How many of the best to pass over.
    #[oai(default, validator(minimum(value = "0"), maximum(value = "100000")))]
    pub offset: u32,
    /// Only movies of at least one of these genres.
    #[oai(default, validator(max_items = "100"))]
    pub genre: Vec<String>,
    /// None of these movies.
    #[oai(default, validator(max_items = "1000"))]
    pub exclude: Vec<Id>,
    /// Only movies released in this year or later.
    #[oai(validator(minimum(value = "1800"), maximum(value = "2200")))]
    pub min_year: Option<i32>,
    /// Only movies released in this year or earlier.
    #[oai(validator(minimum(value = "1800"), maximum(value = "2200")))]
    pub max_year: Option<i32>,
    /// Whether to say for each movie which ratings contributed most.
    #[oai(default)]
    pub explain: bool,
}

/// What to answer for a user of whom nothing is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "lowercase")]
pub enum Fallback {
    /// Popular movies instead of 404.
    Popular,
}

impl Recommendations {
    fn new(found: &Found, user_id: i64, wish: &Wish, is_random: bool) -> Self {
        let suggestions = suggestions(found).into_iter();
        let results = suggestions.map(|Suggestion { movie_id, title, score, because }| Recommendation {
            user_id: Id(user_id),
            movie_id,
            title,
            score,
            because,
        });
        Self {
            user_id: Id(user_id),
            n: narrow(wish.n),
            offset: narrow(wish.offset),
            is_random,
            model_version: Id(found.view.version.version),
            strategy: found.strategy.name().to_owned(),
            variant: found.view.variant.as_deref().map(str::to_owned),
            stale: found.view.is_stale.then_some(true),
            results: results.collect(),
        }
    }
}

impl FoldedIn {
    fn new(found: &Found, wish: &Wish) -> Self {
        Self {
            n: narrow(wish.n),
            offset: narrow(wish.offset),
            model_version: Id(found.view.version.version),
            strategy: found.strategy.name().to_owned(),
            stale: found.view.is_stale.then_some(true),
            results: suggestions(found),
        }
    }
}

/// A number that came in through a parameter of this size.
fn narrow<N: TryFrom<usize> + Default>(number: usize) -> N {
    N::try_from(number).unwrap_or_default()
}

fn ids(given: &[Id]) -> Vec<i64> {
    given.iter().map(|id| id.0).collect()
}

fn suggestions(found: &Found) -> Vec<Suggestion> {
    let catalogue = &found.view.version.catalogue;
    let mut reasons = found.reasons.iter().flatten();
    let suggestion = |scored: &crate::serving::version::Scored| {
        let movie = catalogue.movie(scored.place);
        Suggestion {
            movie_id: Id(movie.movie_id),
            title: movie.title.clone(),
            score: scored.score,
            because: reasons.next().map(|reasons| because(catalogue, reasons)),
        }
    };
    found.movies.iter().map(suggestion).collect()
}

impl Example for Recommendations {
    fn example() -> Self {
        let movie = |movie_id, title: &str, score| Recommendation {
            user_id: Id(42),
            movie_id: Id(movie_id),
            title: title.to_owned(),
            score,
            because: None,
        };
        Self {
            user_id: Id(42),
            n: 2,
            offset: 0,
            is_random: false,
            model_version: Id(12),
            strategy: "als".to_owned(),
            variant: None,
            stale: None,
            results: vec![
                movie(4973, "Amélie (Fabuleux destin d'Amélie Poulain, Le)", 0.9731),
                movie(1197, "Princess Bride, The", 0.9442),
            ],
        }
    }
}

impl Example for FoldedIn {
    fn example() -> Self {
        let because =
            vec![Because { movie_id: Id(1197), title: "Princess Bride, The".to_owned(), contribution: 0.41 }];
        let suggestion = Suggestion {
            movie_id: Id(4973),
            title: "Amélie (Fabuleux destin d'Amélie Poulain, Le)".to_owned(),
            score: 0.9731,
            because: Some(because),
        };
        Self {
            n: 1,
            offset: 0,
            model_version: Id(12),
            strategy: "fold_in".to_owned(),
            stale: None,
            results: vec![suggestion],
        }
    }
}

impl Example for Newcomer {
    fn example() -> Self {
        let rated = |movie_id, rating| GivenRating { movie_id: Id(movie_id), rating };
        Self {
            ratings: vec![rated(1197, 5.0), rated(296, 4.5)],
            n: 1,
            offset: 0,
            genre: vec!["Romance".to_owned()],
            exclude: Vec::new(),
            min_year: Some(1990),
            max_year: None,
            explain: true,
        }
    }
}

/// `GET /reco/{user_id}`.
#[derive(Debug)]
pub struct RecommendToUser;

impl Operation for RecommendToUser {
    const MEANS: &'static str = "The user's list";
    const PATH: &'static [&'static str] = &["user_id"];
    const HAS_ETAG: bool = true;
    const FAULTS: &'static [(u16, &'static str)] = &[
        BAD_REQUEST,
        (404, "Nothing is known of the user, or no movie has the genre"),
        TOO_MANY,
        INTERNAL,
        UNAVAILABLE,
    ];
}

/// `GET /reco/random`.
#[derive(Debug)]
pub struct RecommendToRandomUser;

impl Operation for RecommendToRandomUser {
    const MEANS: &'static str = "The list of a random user";
    const FAULTS: &'static [(u16, &'static str)] = &[BAD_REQUEST, TOO_MANY, INTERNAL, UNAVAILABLE];
}

/// `POST /reco/fold-in`.
#[derive(Debug)]
pub struct FoldInNewcomer;

impl Operation for FoldInNewcomer {
    const MEANS: &'static str = "The list of somebody with these ratings";
    const FAULTS: &'static [(u16, &'static str)] = &[
        BAD_REQUEST,
        (404, "A rated movie is unknown, or no movie has the genre"),
        TOO_LARGE,
        UNSUPPORTED,
        TOO_MANY,
        UNAVAILABLE,
    ];
}

/// The calls of this module.
#[derive(Debug)]
pub struct RecommendationsApi {
    /// What is served.
    pub serving: Serving,
    /// What is counted.
    pub telemetry: Telemetry,
}

/// Random users that are tried: more than one is needed only where a version goes live at that moment.
const CHANCES: usize = 3;

fn ten() -> u16 {
    10
}

#[OpenApi(prefix_path = "/reco", tag = "Tag::Recommendations")]
impl RecommendationsApi {
    /// Recommend movies to a random user
    ///
    /// Every user of the live model has the same chance.
    #[oai(path = "/random", method = "get", operation_id = "recommend_to_random_user")]
    async fn random(
        &self,
        /// How many movies
        #[oai(default = "ten", validator(minimum(value = "1"), maximum(value = "100")))]
        n: Query<u16>,
    ) -> Answer<Recommendations, RecommendToRandomUser> {
        self.at_random(n.0).await.into()
    }

    /// Recommend movies to a user
    ///
    /// The movies the live model expects the user to like best, among those the user has not rated. Filters look at the whole
    /// catalogue, so there are fewer than `n` movies only where no more exist. Feedback counts from the next answer on.
    #[oai(path = "/:user_id", method = "get", operation_id = "recommend_to_user")]
    #[allow(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn user(
        &self,
        /// The user, as the data set numbers them
        user_id: Path<Id>,
        /// How many movies
        #[oai(default = "ten", validator(minimum(value = "1"), maximum(value = "100")))]
        n: Query<u16>,
        /// How many of the best movies to pass over, to go on in a list
        #[oai(default, validator(minimum(value = "0"), maximum(value = "100000")))]
        offset: Query<u32>,
        /// Only movies of this genre; repeated: of at least one of them
        #[oai(validator(max_items = "100"))]
        genre: Query<Vec<String>>,
        /// Not this movie; may be repeated
        #[oai(validator(max_items = "1000"))]
        exclude: Query<Vec<Id>>,
        /// Only movies released in this year or later
        #[oai(validator(minimum(value = "1800"), maximum(value = "2200")))]
        min_year: Query<Option<i32>>,
        /// Only movies released in this year or earlier
        #[oai(validator(minimum(value = "1800"), maximum(value = "2200")))]
        max_year: Query<Option<i32>>,
        /// What to answer for a user of whom nothing is known, instead of 404
        fallback: Query<Option<Fallback>>,
        /// Whether to say for each movie which of the user's ratings contributed most
        #[oai(default)]
        explain: Query<bool>,
        /// The tag of an answer that the caller has
        #[oai(name = "if-none-match")]
        if_none_match: Header<Option<String>>,
    ) -> Answer<Recommendations, RecommendToUser> {
        let filter =
            Filter { genres: genre.0, exclude: ids(&exclude.0), min_year: min_year.0, max_year: max_year.0 };
        let wish = Wish { offset: offset.0 as usize, n: n.0.into(), filter, explain: explain.0 };
        self.to_user(user_id.0.0, wish, fallback.0, if_none_match.0.as_deref()).await.into()
    }

    /// Recommend movies to somebody unknown
    ///
    /// Solves for their taste exactly, as the training of the live model does for its users, and ranks the whole catalogue
    /// but for the movies they rated. Nothing is stored.
    #[oai(path = "/fold-in", method = "post", operation_id = "recommend_to_newcomer")]
    async fn fold_in(
        &self,
        /// Their ratings, and which movies are wanted
        newcomer: Json<Newcomer>,
    ) -> Answer<FoldedIn, FoldInNewcomer> {
        self.to_newcomer(newcomer.0).await.into()
    }
}

impl RecommendationsApi {
    async fn at_random(&self, n: u16) -> Result<Recommendations, Fault> {
        let wish = Wish { n: n.into(), ..Wish::default() };
        for _ in 0..CHANCES {
            let view = self.serving.view().await?;
            let user = view.version.users().choose(&mut rand::rng()).copied();
            let user_id = user.ok_or_else(|| Fault::unavailable(crate::errors::NO_MODEL))?;
            let person = self.serving.person(user_id).await?;
            if let Some(found) = self.serving.recommend(person, &wish).await? {
                self.count(&found);
                return Ok(Recommendations::new(&found, user_id, &wish, true));
            }
            // Another version has gone live in between that does not know the user.
        }
        Err(Fault::unavailable("another model has just gone live; try again"))
    }

    async fn to_user(
        &self,
        user_id: i64,
        wish: Wish,
        fallback: Option<Fallback>,
        if_none_match: Option<&str>,
    ) -> Result<Success<Recommendations>, Fault> {
        let person = self.serving.person(user_id).await?;
        let tag = person.tag();
        if person.is_known() && is_among(tag.as_deref(), if_none_match) {
            return Ok(Success::unchanged(tag));
        }
        let found = match self.serving.recommend(person, &wish).await? {
            Some(found) => found,
            None if fallback == Some(Fallback::Popular) => self.serving.popular(&wish).await?,
            None => {
                let detail = format!("user {user_id} is unknown; try fallback=popular or /reco/random");
                return Err(Fault::not_found(detail));
            }
        };
        self.count(&found);
        Ok(Success::tagged(Recommendations::new(&found, user_id, &wish, false), found.tag))
    }

    fn count(&self, found: &Found) {
        self.telemetry.count_answer(found.strategy.name(), found.view.variant.as_deref().unwrap_or_default());
    }

    async fn to_newcomer(&self, newcomer: Newcomer) -> Result<FoldedIn, Fault> {
        let Newcomer { ratings, n, offset, genre, exclude, min_year, max_year, explain } = newcomer;
        let filter = Filter { genres: genre, exclude: ids(&exclude), min_year, max_year };
        let wish = Wish { offset: offset as usize, n: n.into(), filter, explain };
        let found = self.serving.fold_in(latest(ratings), &wish).await?;
        self.count(&found);
        Ok(FoldedIn::new(&found, &wish))
    }
}
