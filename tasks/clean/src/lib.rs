//! Parses and checks the bronze rows, sets invalid ones aside with a reason, and writes the silver tables.
//!
//! Conservation law, checked at every run: each row of `bronze/ratings` and each event of `bronze/feedback` ends either
//! in `silver/ratings` or, with a reason, in `silver/rejected`; the same holds for movies and links.

mod feedback;
mod fields;
mod ids;
mod latest;
mod limit;
mod links;
mod movies;
mod quarantine;
mod ratings;
mod reason;
mod record;
mod spelling;
mod spill;
mod stats;
mod title;
mod users;

use anyhow::{Context, ensure};
use contract::Description;
use lakehouse::tables::{
    BronzeFeedback, BronzeLinks, BronzeMovies, BronzeRatings, BronzeSource, SilverKeys, SilverMovies,
    SilverRatings, SilverRejected, SilverStats, SilverUsers, bronze_source, silver_stats,
};
use lakehouse::{LakehouseError, Snapshot, Table, TableSpec, UntypedWriter};
use task::{CommonArgs, GateClosed, Report, Run, Step};

use crate::ids::Ids;
use crate::quarantine::Quarantine;
use crate::ratings::RatingsCleaner;
pub use crate::reason::Reason;
use crate::stats::Statistics;
use crate::users::Users;

/// Parses and checks the bronze rows of a run, sets invalid ones aside with a reason, and writes the silver tables.
#[derive(Debug, clap::Parser)]
#[command(name = "clean", version = task::REVISION)]
pub struct Clean {
    #[command(flatten)]
    common: CommonArgs,

    /// The greatest share of the ratings that may be rejected, superseded ones aside, from 0 to 1. Above it, or where more
    /// than a third is rejected for one reason, the run ends with exit code 3 and commits nothing
    #[arg(long, env = "MAX_REJECTED", value_name = "SHARE", default_value_t = 0.05, value_parser = limit::share)]
    max_rejected: f64,
}

impl Step for Clean {
    const NAME: &'static str = "clean";
    const INPUT: Option<&'static TableSpec> = Some(BronzeRatings::SPEC);
    /// The keys come first: what names a number must not be there without its key. A version of the ratings means that all
    /// others are there; their statistics follow.
    const OUTPUTS: &'static [&'static TableSpec] = &[
        SilverKeys::SPEC,
        SilverMovies::SPEC,
        SilverUsers::SPEC,
        SilverRejected::SPEC,
        SilverRatings::SPEC,
        SilverStats::SPEC,
    ];

    fn common(&self) -> &CommonArgs {
        &self.common
    }

    async fn work(&self, run: &Run) -> anyhow::Result<Option<Vec<UntypedWriter>>> {
        let bronze_ratings = run.read::<BronzeRatings>().await?;
        let bronze_movies = run.read::<BronzeMovies>().await?;
        let bronze_links = run.read::<BronzeLinks>().await?;
        let bronze_feedback = feedback_of(run).await?;
        let description = description_of(run).await?;
        let events = bronze_feedback.as_ref().map_or(0, Snapshot::rows);

        let mut quarantine = Quarantine::begin(run).await?;
        let mut ids = Ids::of(run, description.ids).await?;
        let mut catalogue =
            movies::read(&bronze_movies, &description, &mut ids.movies, &mut quarantine).await?;
        links::read(&bronze_links, &ids.movies, &mut catalogue, &mut quarantine).await?;
        let movies = movies::write(&catalogue, &ids, run).await?;

        let mut cleaner =
            RatingsCleaner::new(run.scratch(), &description, &mut ids, &catalogue, &bronze_ratings, events)?;
        cleaner.add_ratings(&bronze_ratings, &mut quarantine).await?;
        if let Some(feedback) = &bronze_feedback {
            cleaner.add_feedback(feedback, &mut quarantine).await?;
        }
        let mut statistics = Statistics::default();
        let partitions = cleaner.into_partitions()?;
        let mut users = Users::begin(run, &ids.users).await?;
        let ratings = partitions.write_latest(run, &mut quarantine, &mut users, &mut statistics).await?;

        let rated = [(BronzeRatings::NAME, bronze_ratings.rows()), (BronzeFeedback::NAME, events)];
        check_conservation(&rated, ratings.rows(), &quarantine)?;
        check_conservation(&[(BronzeMovies::NAME, bronze_movies.rows())], movies.rows(), &quarantine)?;

        let values = statistics.values(&catalogue, &quarantine.summary());
        let [lost, lost_movies] =
            [BronzeRatings::NAME, BronzeMovies::NAME].map(|table| quarantine.lost_of(table));
        if let Some(reason) = limit::objection(bronze_ratings.rows(), lost, lost_movies, self.max_rejected) {
            let mut report = Report::of_run(run.id());
            stats::report(&values, &mut report);
            return Err(GateClosed::new(reason, report).into());
        }
        ensure!(ratings.rows() > 0, "every rating was taken back: silver is unchanged");

        let stats = stats::write(&values, run).await?;
        let rejected = quarantine.into_writer().await?;
        let (keys, users) = (ids.write_new(run).await?, users.into_writer());
        Ok(Some(vec![
            keys.untyped(),
            movies.untyped(),
            users.untyped(),
            rejected.untyped(),
            ratings.untyped(),
            stats.untyped(),
        ]))
    }

    async fn describe(&self, run: &Run, mut report: Report) -> anyhow::Result<Report> {
        let values = silver_stats::of_run(&run.read::<SilverStats>().await?, run.id()).await?;
        stats::report(&values, &mut report);
        Ok(report)
    }
}

/// All feedback up to what the run took in. A run that an older release began has none.
async fn feedback_of(run: &Run) -> Result<Option<Snapshot<BronzeFeedback>>, LakehouseError> {
    match run.lake().version_of::<BronzeFeedback>(run.id()).await? {
        Some(version) => run.read_at(version).await.map(Some),
        None => Ok(None),
    }
}

/// How the run's data set is written. One that an older release took in is written as `MovieLens` is.
async fn description_of(run: &Run) -> anyhow::Result<Description> {
    let Some(version) = run.lake().version_of::<BronzeSource>(run.id()).await? else {
        return Ok(Description::movielens());
    };
    let description = bronze_source::read(&run.read_at(version).await?).await?;
    description.context("bronze/source of this run is empty: ingest the data set anew")
}

/// Compares the rows of some bronze tables with those that reached the silver table made of them.
fn check_conservation(bronze: &[(&str, u64)], silver: u64, quarantine: &Quarantine) -> anyhow::Result<()> {
    let rows: u64 = bronze.iter().map(|(_, rows)| rows).sum();
    let rejected: u64 = bronze.iter().map(|(name, _)| quarantine.rows_of(name)).sum();
    let names: Vec<_> = bronze.iter().map(|(name, _)| *name).collect();
    ensure!(
        rows == silver + rejected,
        "{} have {rows} rows but {silver} reached silver and {rejected} were rejected: this is a bug, \
         nothing was committed",
        names.join(" and ")
    );
    Ok(())
}

/// Wraps an error of a bronze row reader with the table it was reading.
fn reading<B: Table>() -> String {
    format!("while cleaning {}", B::NAME)
}

pub(crate) trait Reading<T> {
    fn reading<B: Table>(self) -> anyhow::Result<T>;
}

impl<T, E> Reading<T> for Result<T, E>
where
    Result<T, E>: Context<T, E>,
{
    fn reading<B: Table>(self) -> anyhow::Result<T> {
        self.with_context(reading::<B>)
    }
}
