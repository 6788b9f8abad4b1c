//! Brings the evaluated model up to date with the full history, and writes what will be served.

mod model;
mod popular;
mod similar;
mod top;

use als::{Histories, HistoriesBuilder};
use anyhow::ensure;
use clap::builder::RangedU64ValueParser;
use contract::{ModelCard, gate};
use lakehouse::tables::{
    GoldEvaluations, GoldModels, GoldPopularMovies, GoldRecommendations, GoldServedMovieFactors,
    GoldServedUserFactors, GoldSimilarMovies, SilverMovies, SilverRatings, gold_evaluations, gold_models,
    silver_ratings,
};
use lakehouse::{Committed, Lake, Provenance};
use task::{CommonArgs, GateClosed, Report, Task, Written};

/// Brings the evaluated model up to date with the full history and writes recommendations, similar and
/// popular movies.
#[derive(Debug, clap::Parser)]
#[command(name = "recommend", version = task::REVISION)]
pub struct Recommend {
    #[command(flatten)]
    common: CommonArgs,

    /// Iterations on the full history, from the evaluated model's factors; 0 only solves the users anew
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

impl Task for Recommend {
    const NAME: &'static str = "recommend";

    fn common(&self) -> &CommonArgs {
        &self.common
    }

    async fn run(self) -> anyhow::Result<Report> {
        let lake = Lake::open(&self.common.lake)?;
        let run_id = lake.resolve_run::<GoldEvaluations>(self.common.run_id()?).await?;
        task::log_run(&run_id);
        let inputs = self.inputs();
        let by = Provenance { run_id, task: Self::NAME, revision: task::REVISION, inputs };
        check_gate(&lake, &by.run_id).await?;
        match already_done(&lake, &by.run_id).await? {
            Some(report) => Ok(report),
            None => self.recommend(&lake, &by).await,
        }
    }
}

/// A model that did not pass its evaluation is not served, whoever asks.
async fn check_gate(lake: &Lake, run_id: &str) -> anyhow::Result<()> {
    let evaluations = lake.written_by::<GoldEvaluations>(run_id).await?;
    let figures = gold_evaluations::figures_of(&evaluations, run_id).await?;
    if gate::is_open(&figures) {
        Ok(())
    } else {
        Err(GateClosed::new("the evaluation of this run did not pass; see its task", Report::of_run(run_id))
            .into())
    }
}

async fn already_done(lake: &Lake, run_id: &str) -> anyhow::Result<Option<Report>> {
    let mut report = Report::of_run(run_id);
    for committed in [
        lake.committed::<GoldServedUserFactors>(run_id).await?,
        lake.committed::<GoldServedMovieFactors>(run_id).await?,
        lake.committed::<GoldPopularMovies>(run_id).await?,
        lake.committed::<GoldSimilarMovies>(run_id).await?,
        lake.committed::<GoldRecommendations>(run_id).await?,
    ] {
        let Some(committed) = committed else { return Ok(None) };
        add(&mut report, committed);
    }
    Ok(Some(report))
}

fn add(report: &mut Report, committed: Committed) {
    let Committed { table, version, rows, size, already } = committed;
    report.table(Written { table, version, rows, files: size.files, bytes: size.bytes, already });
}

impl Recommend {
    /// All that the recommendations depend on besides the run's model and ratings.
    fn inputs(&self) -> String {
        let Self { refresh, top_n, similar_n, popular_n, .. } = self;
        format!("refresh {refresh}, top {top_n}, similar {similar_n}, popular {popular_n}")
    }

    async fn recommend(&self, lake: &Lake, by: &Provenance) -> anyhow::Result<Report> {
        let card = gold_models::find(&lake.written_by::<GoldModels>(&by.run_id).await?, &by.run_id).await?;
        let movies = lake.written_by::<SilverMovies>(&by.run_id).await?;
        let histories = read_histories(lake, &card).await?;
        let served =
            model::refresh(lake, &by.run_id, &card.hyperparameters, &histories, self.refresh).await?;

        let popularity = popular::count(&histories);
        let popular = popular::write(lake, by, &movies, &histories, &popularity, self.popular_n).await?;
        let similar = similar::write(lake, by, &histories, &served, self.similar_n).await?;
        let top = top::write(lake, by, &histories, &served, &popularity, self.top_n).await?;
        let (user_rows, movie_rows) = served.into_rows(&histories);
        let users = user_rows.write::<GoldServedUserFactors>(lake, by).await?;
        let movies = movie_rows.write::<GoldServedMovieFactors>(lake, by).await?;

        let mut report = Report::of_run(&by.run_id);
        // The recommendations come last: their version means that everything beside them is there.
        add(&mut report, users.commit().await?);
        add(&mut report, movies.commit().await?);
        add(&mut report, popular.commit().await?);
        add(&mut report, similar.commit().await?);
        add(&mut report, top.commit().await?);
        Ok(report)
    }
}

/// All ratings of the version that the model was trained on, the holdout included.
async fn read_histories(lake: &Lake, card: &ModelCard) -> anyhow::Result<Histories> {
    let version = card.training.ratings_version;
    let ratings = lake.at::<SilverRatings>(version).await?;
    let mut builder = HistoriesBuilder::with_capacity(usize::try_from(ratings.rows())?);
    silver_ratings::scan(&ratings, |row| builder.push(row.user_id, row.movie_id, row.rating, row.rated_at))
        .await?;
    let histories = builder.build();
    ensure!(!histories.is_empty(), "silver/ratings has no rows at version {version}: run clean first");
    Ok(histories)
}
