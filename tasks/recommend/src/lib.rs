//! Brings the evaluated model up to date with the full history, and writes what will be served.

mod model;
mod popular;
mod similar;
mod top;

use anyhow::ensure;
use clap::builder::RangedU64ValueParser;
use contract::{ModelCard, gate};
use histories::{Histories, Times};
use lakehouse::tables::{
    GoldEvaluations, GoldPopularMovies, GoldRecommendations, GoldServedMovieFactors, GoldServedUserFactors,
    GoldSimilarMovies, SilverMovies, SilverRatings, gold_evaluations, gold_models,
};
use lakehouse::{Table, TableSpec, UntypedWriter};
use task::{CommonArgs, GateClosed, MemoryArgs, Report, Run, Step, read_histories};

use crate::popular::Popularity;

/// Refreshes the evaluated model on the full history, and writes recommendations, similar and popular movies.
#[derive(Debug, clap::Parser)]
#[command(name = "recommend", version = task::REVISION)]
pub struct Recommend {
    #[command(flatten)]
    common: CommonArgs,

    #[command(flatten)]
    memory: MemoryArgs,

    /// Iterations on the full history, starting from the evaluated factors. 0 only solves the users again
    #[arg(long, default_value_t = 2, value_parser = RangedU64ValueParser::<usize>::new().range(0..=100))]
    refresh: usize,

    /// Recommendations per user
    #[arg(long, default_value_t = 100, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1000))]
    top_n: usize,

    /// Similar movies per movie
    #[arg(long, default_value_t = 50, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1000))]
    similar_n: usize,

    /// Popular movies per genre
    #[arg(long, default_value_t = 100, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1000))]
    popular_n: usize,
}

impl Step for Recommend {
    const NAME: &'static str = "recommend";
    const INPUT: Option<&'static TableSpec> = Some(GoldEvaluations::SPEC);
    const OUTPUTS: &'static [&'static TableSpec] = &[
        GoldServedUserFactors::SPEC,
        GoldServedMovieFactors::SPEC,
        GoldPopularMovies::SPEC,
        GoldSimilarMovies::SPEC,
        GoldRecommendations::SPEC,
    ];

    fn common(&self) -> &CommonArgs {
        &self.common
    }

    fn inputs(&self) -> String {
        let Self { refresh, top_n, similar_n, popular_n, .. } = self;
        format!("refresh {refresh}, top {top_n}, similar {similar_n}, popular {popular_n}")
    }

    /// A model that did not pass its evaluation is not served, whoever asks.
    async fn before(&self, run: &Run) -> anyhow::Result<Option<Report>> {
        let figures = gold_evaluations::of_run(run.lake(), run.id()).await?;
        if gate::is_open(&figures) {
            return Ok(None);
        }
        let reason = "the evaluation of this run did not pass; see its task";
        Err(GateClosed::new(reason, Report::of_run(run.id())).into())
    }

    async fn work(&self, run: &Run) -> anyhow::Result<Option<Vec<UntypedWriter>>> {
        let card = gold_models::of_run(run.lake(), run.id()).await?;
        let movies = run.read::<SilverMovies>().await?;
        let histories = self.full_histories(run, &card).await?;
        let served = model::refresh(run, &card.hyperparameters, histories, self.refresh).await?;

        let popularity = Popularity::of(&served.seen);
        let popular = popular::write(run, &movies, &served.movies, &popularity, self.popular_n).await?;
        let similar = similar::write(run, &served, self.similar_n).await?;
        let top = top::write(run, &served, &popularity, self.top_n).await?;
        let (users, movies) = served.into_rows();
        let users = users.write::<GoldServedUserFactors>(run.lake(), run.by()).await?;
        let movies = movies.write::<GoldServedMovieFactors>(run.lake(), run.by()).await?;
        Ok(Some(vec![users.untyped(), movies.untyped(), popular.untyped(), similar.untyped(), top.untyped()]))
    }
}

impl Recommend {
    /// All ratings of the version that the model was trained on, the holdout included.
    async fn full_histories(&self, run: &Run, card: &ModelCard) -> anyhow::Result<Histories> {
        let version = card.training.ratings_version;
        let ratings = run.read_at::<SilverRatings>(version).await?;
        let made_by = &card.hyperparameters;
        let times = Times::for_learning(made_by);
        let histories = read_histories(run, &self.memory, &ratings, times, made_by.rank).await?;
        ensure!(!histories.is_empty(), "silver/ratings has no rows at version {version}: run clean first");
        Ok(histories)
    }
}
